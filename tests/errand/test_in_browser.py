"""Whole errands through the page in Debian's Chromium: real service, real wires."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Response, expect

from drivers.virtual.residents import resident
from kiosk_app.audit import AuditKind
from kiosk_app.settings import Timers
from tests.errand.conftest import Hands, OpenKiosk
from tests.errand.kiosk import LANDSCAPE, Kiosk
from tests.errand.steps import WELCOME, answer_the_rest, start, take_and_finish, to_child_form
from tests.stand import TIMERS, Stand

SCREENS_TO_ANSWER = 5
"""``page.md`` section 7, 26: at most so many from card to paper."""


def code_on(sheet: Path) -> str:
    """The QR code on a printed sheet."""
    with Image.open(sheet) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    return code.text


def wipes(stand: Stand) -> list[dict[str, str | int]]:
    """What the audit log says of each wipe."""

    async def read() -> list[dict[str, str | int]]:
        log = stand.running.terminal.parts.audit
        return [dict(each.entry.details) for each in log.entries(AuditKind.WIPE)]

    stand.run(stand.running.terminal.settled())
    return stand.run(read())


def assert_clean(wipe: dict[str, str | int]) -> None:
    """Nothing was left; and the page was there to say so."""
    assert (wipe["files"], wipe["held"], wipe["page"]) == (0, 0, 0)


def test_from_card_to_paper(stand: Stand, kiosk: Kiosk, hands: Hands) -> None:
    hands.take()
    start(kiosk, hands, 1)
    kiosk.tap("只查我自己")
    answer_the_rest(kiosk)
    kiosk.at("请核对，没问题就打印")
    kiosk.sees("名下无登记房屋")
    expect(kiosk.page.locator("img[src^='blob:']")).to_be_visible()
    kiosk.tap("打印 1 份")
    kiosk.at("请取走您的东西")
    (sheet,) = hands.tray()
    assert (sheet["pages"], sheet["blank"]) == (1, False)
    code = code_on(Path(str(sheet["png"])))

    hands.take()
    kiosk.tap("都拿好了")
    kiosk.at("办好了")
    assert len([each for each in kiosk.answers[1:] if each["action"] != "chosen"]) <= (
        SCREENS_TO_ANSWER
    )
    kiosk.tap("完成")
    kiosk.at(WELCOME)
    with stand.client() as client:
        answer = client.post("/api/verify/code", json={"code": code}).json()
    assert answer["verdict"] == "valid"
    assert_clean(wipes(stand)[-1])


def test_a_child_is_entered_by_consent(kiosk: Kiosk, hands: Hands) -> None:
    child = resident(19)
    wrong = child.id_number[:-1] + ("1" if child.id_number[-1] != "1" else "2")
    to_child_form(kiosk, hands)
    kiosk.write("lin", "林")
    kiosk.write("zi", "子")
    kiosk.write("han", "涵")
    kiosk.tap("打好了")
    kiosk.type(wrong)
    kiosk.page.get_by_role("checkbox", name="我是孩子的监护人").click()
    kiosk.tap("填好了")
    kiosk.sees("身份证号不对，请检查 18 位数字")
    name, number = kiosk.page.get_by_label("姓名"), kiosk.page.get_by_label("身份证号码")
    expect(name).to_have_value("林子涵")
    expect(number).to_have_value(f"{wrong[:6]} {wrong[6:14]} {wrong[14:]}")

    kiosk.type(["删除", child.id_number[-1]])
    expect(kiosk.page.get_by_role("checkbox", name="我是孩子的监护人")).to_be_checked()
    kiosk.tap("填好了")
    kiosk.at("请把家人加进来")
    kiosk.sees("手工填写，已声明同意")
    assert child.name not in kiosk.residue()
    assert child.id_number not in kiosk.residue()
    kiosk.tap("就这些人")
    answer_the_rest(kiosk)
    kiosk.at("请核对，没问题就打印")
    kiosk.sees("全家名下无登记房屋")
    take_and_finish(kiosk, hands)


def test_a_home_is_registered(kiosk: Kiosk, hands: Hands) -> None:
    owner = resident(2)
    start(kiosk, hands, owner.number)
    kiosk.tap("只查我自己")
    answer_the_rest(kiosk)
    kiosk.at("查到有登记的房屋")
    (home,) = kiosk.page.locator("main li b").all_inner_texts()
    assert "＊" in home or "*" in home
    assert owner.id_number not in kiosk.residue()
    assert owner.name not in kiosk.residue()
    kiosk.tap("打印这张清单")
    kiosk.at("请核对，没问题就打印清单")
    kiosk.sees("1 处登记房屋")
    kiosk.tap("打印 1 份")
    kiosk.at("请取走您的东西")
    assert len(hands.tray()) == 1
    hands.take()
    kiosk.tap("都拿好了")
    kiosk.at("办好了")
    kiosk.tap("完成")
    kiosk.at(WELCOME)


def test_paper_jams_and_the_terminal_recovers(kiosk: Kiosk, hands: Hands) -> None:
    hands.fault("printer-paper-jam", on=True)
    start(kiosk, hands, 1)
    kiosk.tap("只查我自己")
    answer_the_rest(kiosk)
    kiosk.at("请核对")
    kiosk.tap("打印 1 份")
    kiosk.at("打印机卡纸了")
    kiosk.sees("没有打好")
    kiosk.sees("DP-JAM")
    hands.remove()
    kiosk.tap("退出")
    kiosk.at("这台机器暂时不能办事")
    hands.fault("printer-paper-jam", on=False)
    kiosk.at(WELCOME)
    expect(kiosk.button("开始办理")).to_be_enabled()


def set_timers(stand: Stand, timers: Timers) -> None:
    """Other timers, from the next citizen on."""
    terminal = stand.running.terminal
    settings = terminal.parts.terminal.model_copy(update={"timers": timers})
    terminal.parts = replace(terminal.parts, terminal=settings)


def test_who_walks_away_is_forgotten(stand: Stand, kiosk: Kiosk, hands: Hands) -> None:
    set_timers(stand, TIMERS.model_copy(update={"idle": 3.0, "warning": 4.0}))
    kiosk.at(WELCOME)
    kiosk.tap("开始办理", "退出")
    to_child_form(kiosk, hands)
    set_timers(stand, TIMERS)
    kiosk.write("lin", "林")
    kiosk.type("zi")
    kiosk.sees("您还在吗")
    expect(kiosk.page.get_by_role("timer").locator("b")).to_have_text("3")
    kiosk.tap("我还在，继续")
    expect(kiosk.page.get_by_text("您还在吗")).to_be_hidden()
    expect(kiosk.page.get_by_label("姓名")).to_have_value("林zi")
    kiosk.sees("您还在吗")
    kiosk.at(WELCOME)
    hands.remove()

    assert_clean(wipes(stand)[-1])
    held = kiosk.residue()
    person = resident(17)
    for trace in ("林", person.name, person.id_number, person.id_number[-4:]):
        assert trace not in held
    stores = kiosk.page.evaluate("[localStorage.length, sessionStorage.length, window.name]")
    assert stores == [0, 0, ""]
    assert kiosk.page.context.cookies() == []


def test_a_page_opened_anew_shows_the_same_screen(stand: Stand, kiosk: Kiosk, hands: Hands) -> None:
    start(kiosk, hands, 1)
    kiosk.tap("只查我自己")
    kiosk.at("查哪些地方")
    shown = kiosk.page.locator("main").inner_text()
    kiosk.open(stand.running.address.page())
    kiosk.at("查哪些地方")
    assert kiosk.page.locator("main").inner_text() == shown
    kiosk.tap("选好了")
    kiosk.at("拿去做什么用")
    kiosk.tap("退出")
    kiosk.at(WELCOME)
    hands.remove()


def test_two_pages_that_answer_at_once_have_one_effect(open_kiosk: OpenKiosk, hands: Hands) -> None:
    pages = [open_kiosk(), open_kiosk()]
    start(pages[0], hands, 1)
    pages[1].at("给谁查")
    responses: list[Response] = []

    def keep(response: Response) -> None:
        responses.append(response)

    for kiosk in pages:
        kiosk.page.on("response", keep)
    moment = time.time() * 1000 + 500
    for kiosk in pages:
        kiosk.button("只查我自己").evaluate(
            "(button, moment) => void setTimeout(() => button.click(), moment - Date.now())", moment
        )
    for kiosk in pages:
        kiosk.at("查哪些地方")
    answers = [each for each in responses if each.url.endswith("/api/citizen/answers")]
    assert [each.json()["accepted"] for each in answers].count(True) == 1
    pages[1].tap("退出")
    for kiosk in pages:
        kiosk.at(WELCOME)
    hands.remove()


def test_a_double_tap_does_not_answer_the_next_question(kiosk: Kiosk, hands: Hands) -> None:
    start(kiosk, hands, 1)
    kiosk.tap("只查我自己", "选好了")
    kiosk.at("拿去做什么用")
    kiosk.button("子女入学").dblclick(delay=60)
    kiosk.at("交给哪个单位")
    kiosk.tap("普宁市教育局")
    kiosk.at("请核对")
    kiosk.sees("子女入学")
    assert [each["action"] for each in kiosk.answers].count("chosen") == 4
    kiosk.tap("退出")
    kiosk.at(WELCOME)
    hands.remove()


def test_a_lost_connection_comes_back_with_what_was_typed(kiosk: Kiosk, hands: Hands) -> None:
    to_child_form(kiosk, hands)
    kiosk.write("lin", "林")
    kiosk.page.context.set_offline(True)
    kiosk.sees("正在重新连接，您填的内容都还在")
    kiosk.page.context.set_offline(False)
    expect(kiosk.page.get_by_text("正在重新连接")).to_be_hidden(timeout=15_000)
    expect(kiosk.page.get_by_label("姓名")).to_have_value("林")
    kiosk.tap("退出")
    kiosk.at(WELCOME)
    hands.remove()


VISIBLE = """() => {
    const complaints = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) complaints.push(`scrolls to ${root.scrollWidth}`);
    for (const button of document.querySelectorAll(".actions button, nav button, .only")) {
        const {left, right, top, bottom} = button.getBoundingClientRect();
        const on = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
        if (!inside || !button.contains(on)) complaints.push(button.innerText);
    }
    return complaints;
}"""


def test_in_english_with_every_comfort_on_a_wide_screen(
    open_kiosk: OpenKiosk, hands: Hands
) -> None:
    kiosk = open_kiosk(LANDSCAPE)

    def at(title: str) -> None:
        kiosk.at(title)
        assert kiosk.page.evaluate(VISIBLE) == []

    kiosk.at(WELCOME)
    kiosk.tap("长辈版", "放低画面", "高对比度", "English")
    at("Hello, what can we do for you?")
    kiosk.tap("Start")
    at("Put your identity card on the lit pad")
    hands.place(1)
    at("Who is it for?")
    kiosk.tap("Only me")
    at("Where shall we look?")
    kiosk.tap("Continue")
    at("What is it for?")
    kiosk.tap("School")
    at("Who will receive it?")
    kiosk.page.locator("main li button").first.click()
    at("Please check")
    kiosk.tap("Print 1 copy")
    at("Please take")
    hands.take()
    kiosk.page.locator(".actions .main").click()
    at("All done")
    classes = kiosk.page.locator("html").get_attribute("class") or ""
    assert {"elder", "reach", "contrast"} <= set(classes.split())
    kiosk.tap("Finish")
    kiosk.at(WELCOME)
    expect(kiosk.page.locator("html")).not_to_have_class(re.compile("elder|reach|contrast"))
