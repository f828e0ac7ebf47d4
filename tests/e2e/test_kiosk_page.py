"""What the citizen's page does: answers, keyboard, reconnect, wipe, lockdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.gallery import PORTRAIT, Gallery, open_kiosk, set_comfort, show
from tests.e2e.gallery_frames import IDLE, SCREENS

WITHOUT_CITIZEN = ("welcome-closed", "left-card", "left-cards")
"""Screens of a terminal at which nobody is served."""


@pytest.fixture
def page(browser: Browser, gallery: Gallery, address: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": PORTRAIT[0], "height": PORTRAIT[1]}, reduced_motion="reduce"
    )
    yield open_kiosk(context, address)
    context.close()


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until something holds in this process; fails after five seconds."""
    for _ in range(250):
        if holds():
            return
        page.wait_for_timeout(20)
    pytest.fail("it did not happen within five seconds")


def said(gallery: Gallery, action: str) -> list[dict[str, Any]]:
    return [answer for answer in gallery.answers if answer["action"] == action]


def test_the_token_leaves_the_address_bar(page: Page) -> None:
    assert "token" not in page.url


def test_a_double_tap_sends_one_answer(page: Page, gallery: Gallery) -> None:
    page.get_by_role("button", name="无房证明").dblclick(delay=5)
    page.wait_for_timeout(200)
    assert said(gallery, "start") == [
        {"action": "start", "service": "service-0", "screen": gallery.frame.screen.id}
    ]


def test_a_service_that_is_not_offered_says_why_and_cannot_be_started(page: Page) -> None:
    tile = page.get_by_role("button", name="复印")
    expect(tile).to_be_disabled()
    expect(tile).to_contain_text("纸张不足，去 2 号机")


def test_search_by_initials_filters_and_an_empty_result_has_a_way_on(
    page: Page, gallery: Gallery
) -> None:
    page.get_by_label("找要办的事").click()
    for letter in "wf":
        page.get_by_role("button", name=letter, exact=True).click()
    expect(page.locator(".tile")).to_have_count(2)
    page.get_by_role("button", name="无房", exact=True).click()
    wait_until(page, lambda: gallery.searches[-1] == "无房")
    page.get_by_label("清空").click()
    expect(page.locator(".tile")).to_have_count(10)
    page.get_by_label("找要办的事").click()
    page.get_by_role("button", name="q", exact=True).click()
    expect(page.get_by_text("没有找到“q”")).to_be_visible()
    page.get_by_role("button", name="看全部业务").click()
    expect(page.locator(".tile")).to_have_count(10)


def test_several_options_and_the_exclusive_one(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "choose-several")
    page.get_by_role("checkbox", name="占陇镇").click()
    page.get_by_role("checkbox", name="里湖镇").click()
    expect(page.get_by_role("checkbox", name="普宁市全市")).not_to_be_checked()
    page.get_by_role("button", name="选好了").click()
    wait_until(page, lambda: bool(said(gallery, "chosen")))
    assert said(gallery, "chosen")[0]["values"] == ["zhanlong", "lihu"]


def test_a_person_is_entered_with_the_pages_own_keys(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "enter-person")
    send = page.get_by_role("button", name="填好了")
    send.click()
    expect(page.get_by_text("请先填姓名")).to_be_visible()
    for letter in "zhangwei":
        page.get_by_role("button", name=letter, exact=True).click()
    page.get_by_role("button", name="张伟", exact=True).click()
    page.get_by_role("button", name="打好了").click()
    for digit in "44528119860321371":
        page.get_by_role("button", name=digit, exact=True).click()
    send.click()
    expect(page.get_by_text("现在有 17 位")).to_be_visible()
    page.get_by_role("button", name="X", exact=True).click()
    send.click()
    expect(page.get_by_text("请先征得本人同意")).to_be_visible()
    page.get_by_role("checkbox").click()
    send.click()
    wait_until(page, lambda: bool(said(gallery, "person-entered")))
    answer = said(gallery, "person-entered")[0]
    assert (answer["name"], answer["id_number"], answer["consent"]) == (
        "张伟",
        "44528119860321371X",
        True,
    )


def test_what_was_typed_stays_when_the_service_finds_a_problem(
    page: Page, gallery: Gallery
) -> None:
    show(page, gallery, "enter-person")
    page.get_by_label("姓名").fill("林国栋")
    page.get_by_label("身份证号码").fill("445281198603213719")
    problem = SCREENS["enter-person-problem"].model_copy(update={"name": "", "id_number": ""})
    gallery.show(problem)
    expect(page.get_by_role("alert")).to_contain_text("最后一位对不上")
    expect(page.get_by_label("姓名")).to_have_value("林国栋")
    expect(page.get_by_label("身份证号码")).to_have_value("445281 19860321 3719")


def test_a_travel_document_is_typed_and_impossible_days_are_told(
    page: Page, gallery: Gallery
) -> None:
    show(page, gallery, "enter-document")
    send = page.get_by_role("button", name="填好了")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("请先填证件号码")
    for key in ("H", "1", "2"):
        page.get_by_role("button", name=key, exact=True).click()
    page.get_by_role("button", name="打好了").click()
    for digit in "19850231":
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_label("有效期至").fill("2031-01-31")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("没有这一天")
    page.get_by_label("出生日期").fill("19850617")
    send.click()
    wait_until(page, lambda: bool(said(gallery, "document-entered")))
    answer = said(gallery, "document-entered")[0]
    del answer["screen"]
    assert answer == {
        "action": "document-entered",
        "number": "H12",
        "birth": "1985-06-17",
        "expiry": "2031-01-31",
    }


def test_a_data_page_that_was_not_read_is_told(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "enter-document-unread")
    expect(page.get_by_role("alert")).to_contain_text("没有看清资料页")
    expect(page.get_by_role("alert")).to_be_in_viewport()


def test_a_signature_is_drawn_cleared_and_drawn_again(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "sign")
    confirm = page.get_by_role("button", name="签好了")
    confirm.click()
    expect(page.get_by_role("alert")).to_contain_text("还没有签名")
    box = page.get_by_role("img", name="签名的地方").bounding_box()
    assert box is not None

    def draw(*places: tuple[float, float]) -> None:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()

    draw((0.1, 0.1), (0.2, 0.2))
    page.get_by_role("button", name="重签").click()
    draw((0.25, 0.5), (0.5, 0.5), (1.5, 0.5))
    draw((0.75, 0.25))
    confirm.click()
    wait_until(page, lambda: bool(said(gallery, "signed")))
    first, second = said(gallery, "signed")[0]["strokes"]
    assert [(round(point["x"], 2), round(point["y"], 2)) for point in (first[0], *second)] == [
        (0.25, 0.5),
        (0.75, 0.25),
    ]
    assert first[-1]["x"] == 1, "a stroke that leaves the pad ends at its edge"
    assert first[0]["t"] == 0
    assert second[0]["t"] >= first[-1]["t"]
    assert all(0 <= point["p"] <= 1 for point in first)


def test_each_card_that_is_accepted_has_its_picture_and_place(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "identify-three")
    expect(page.locator(".places li")).to_have_count(3)
    expect(page.locator(".places li").nth(1)).to_contain_text("右边的插卡口")
    gallery.show(SCREENS["identify"])
    expect(page.locator(".places")).to_have_count(0)
    expect(page.get_by_role("img", name="把身份证平放")).to_be_visible()


def test_the_connection_comes_back_with_the_same_screen_and_all_that_was_typed(
    page: Page, gallery: Gallery
) -> None:
    show(page, gallery, "enter-person")
    page.get_by_label("姓名").fill("林国栋")
    gallery.refuse_streams = True
    gallery.cut()
    expect(page.get_by_text("请稍候")).to_be_visible()
    gallery.refuse_streams = False
    expect(page.get_by_text("请稍候")).to_be_hidden(timeout=10_000)
    expect(page.get_by_label("姓名")).to_have_value("林国栋")


def test_the_idle_warning_offers_to_go_on_and_to_end(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "choose-several+idle")
    expect(page.get_by_role("timer")).to_contain_text("2")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="继续").click()
    wait_until(page, lambda: bool(said(gallery, "stay")))
    gallery.show(SCREENS["choose-several"], idle=IDLE)
    page.get_by_role("button", name="现在结束").click()
    wait_until(page, lambda: bool(said(gallery, "leave")))


def test_a_new_citizen_finds_nothing_of_the_last_one(page: Page, gallery: Gallery) -> None:
    set_comfort(page, ("elder", "contrast", "reach", "en"))
    wait_until(
        page,
        lambda: any(
            told["elder"] and told["language"] == "en" for told in said(gallery, "comfort")
        ),
    )
    show(page, gallery, "enter-person")
    page.get_by_label("Name").fill("林国栋")
    show(page, gallery, "review")
    page.wait_for_selector(".paper img")
    page.evaluate("localStorage.setItem('a', 'b')")
    gallery.show(SCREENS["welcome-ten"], journey=2)
    wait_until(page, lambda: gallery.wiped[-1]["journey"] == 2)
    assert gallery.wiped[-1] == {
        "journey": 2,
        "storage_entries": 0,
        "object_urls": 0,
        "filled_inputs": 0,
    }
    assert page.evaluate("document.documentElement.className") == ""
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "林国栋" not in page.content()


def test_staff_can_be_called_from_any_screen_and_the_screen_says_so(
    page: Page, gallery: Gallery
) -> None:
    show(page, gallery, "progress")
    page.get_by_role("button", name="叫工作人员").click()
    expect(page.get_by_role("status")).to_contain_text("已经叫了工作人员")
    assert said(gallery, "call-staff")


def test_a_rating_is_sent_once(page: Page, gallery: Gallery) -> None:
    show(page, gallery, "done")
    page.get_by_role("button", name="很满意", exact=True).click()
    expect(page.get_by_text("谢谢您的评价")).to_be_visible()
    expect(page.get_by_role("button", name="一般")).to_be_disabled()
    wait_until(page, lambda: bool(said(gallery, "rated")))
    assert [answer["score"] for answer in said(gallery, "rated")] == [5]


def test_every_screen_has_a_way_on_and_a_way_out(page: Page, gallery: Gallery) -> None:
    for name, screen in SCREENS.items():
        show(page, gallery, name)
        expect(page.get_by_role("button", name="叫工作人员").first).to_be_enabled()
        waits = screen.kind in ("progress", "out-of-service") or name in WITHOUT_CITIZEN
        assert page.locator("main button:enabled").count() > 0 or waits, name


def test_the_heart_beats_while_the_page_draws(page: Page, gallery: Gallery) -> None:
    before = gallery.heartbeats
    wait_until(page, lambda: gallery.heartbeats > before)


def test_the_page_cannot_be_left_zoomed_or_copied(page: Page) -> None:
    events = page.evaluate(
        """() => {
            const fire = (event) => !document.body.dispatchEvent(event);
            const all = { bubbles: true, cancelable: true };
            return {
                menu: fire(new MouseEvent("contextmenu", all)),
                drag: fire(new DragEvent("dragstart", all)),
                drop: fire(new DragEvent("drop", all)),
                select: fire(new Event("selectstart", all)),
                zoom: fire(new WheelEvent("wheel", { ...all, ctrlKey: true })),
                reload: fire(new KeyboardEvent("keydown", { ...all, key: "F5" })),
                find: fire(new KeyboardEvent("keydown", { ...all, key: "f", ctrlKey: true })),
            };
        }"""
    )
    assert events == dict.fromkeys(events, True)
    address = page.url
    page.evaluate("history.back()")
    page.wait_for_timeout(100)
    assert page.url == address
    assert page.locator("a").count() == 0


def test_the_terminal_is_asked_to_read_aloud_in_the_language_shown(
    page: Page, gallery: Gallery
) -> None:
    page.get_by_role("button", name="语音").click()
    wait_until(page, lambda: bool(said(gallery, "comfort")))
    assert said(gallery, "comfort")[-1]["aloud"] is True
    page.get_by_role("button", name="English").click()
    wait_until(page, lambda: said(gallery, "comfort")[-1]["language"] == "en")
    page.get_by_role("button", name="Stop reading").click()
    wait_until(page, lambda: said(gallery, "comfort")[-1]["aloud"] is False)


def test_what_came_too_late_is_said_again_with_the_next_frame(page: Page, gallery: Gallery) -> None:
    page.get_by_role("button", name="语音").click()
    wait_until(page, lambda: bool(said(gallery, "comfort")))
    before = len(said(gallery, "comfort"))
    show(page, gallery, "identify")
    wait_until(page, lambda: len(said(gallery, "comfort")) > before)


def test_the_voice_is_hidden_where_there_is_none(page: Page, gallery: Gallery) -> None:
    gallery.languages = ()
    gallery.show(SCREENS["welcome-ten"], journey=2)
    expect(page.get_by_role("button", name="语音")).to_have_count(0)
