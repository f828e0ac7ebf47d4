"""The technician's page in a browser: whole and accessible in every state, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.gallery import Gallery
from tests.e2e.gallery_technician import CODE, PASSWORD, Technician
from tests.e2e.gallery_technician_data import HISTORY, line
from tests.e2e.gallery_technician_scenes import (
    ALL,
    LANGUAGES,
    SIZES,
    device,
    log_in,
    play,
    tab,
    take_back,
)
from tests.e2e.test_gallery import AUDIT, RUN_AXE, prepared

TOUCHED = 44
CROWDED = (
    "login-keyboard",
    "devices",
    "discovery",
    "every-field",
    "camera",
    "tested",
    "keyboard",
    "health",
    "rehearsed",
    "log",
    "versions",
    "probation",
)
"""Where another shape of the screen makes a difference."""


@pytest.fixture
def desk(gallery: Gallery) -> Technician:
    return gallery.technician


@pytest.fixture
def page(browser: Browser, desk: Technician, address: str) -> Iterator[Page]:
    """Logged in, the devices shown."""
    context = browser.new_context(
        viewport={"width": 1920, "height": 1080}, locale="zh-CN", reduced_motion="reduce"
    )
    opened = context.new_page()
    play(opened, desk, address, "devices")
    yield opened
    context.close()


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(250):
        if holds():
            return
        page.wait_for_timeout(20)
    pytest.fail("it did not happen within five seconds")


@pytest.mark.parametrize(
    ("size", "language"), [("touch", "zh"), ("laptop", "en"), ("portrait", "zh")]
)
def test_every_state_is_whole_and_accessible(
    browser: Browser, desk: Technician, address: str, size: str, language: str
) -> None:
    context = prepared(browser, SIZES[size], locale=LANGUAGES[language], reduced_motion="reduce")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    arguments = {"key": TOUCHED, "narrowest": TOUCHED, "reach": False, "padded": False}
    found = {}
    for name in ALL if size == "touch" else CROWDED:
        play(page, desk, address, name)
        said = page.evaluate(AUDIT, arguments)
        if size != "portrait":
            # What fades while the connection is lost is not for reading.
            said += page.evaluate(RUN_AXE, {"color-contrast": {"enabled": name != "offline"}})
        if said:
            found[name] = said
    assert found == {}
    assert page.evaluate("window.violations") == []
    assert errors == []
    context.close()


def test_a_wrong_login_is_refused_and_a_locked_one_counts_down(
    browser: Browser, desk: Technician, address: str
) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    play(page, desk, address, "login-refused")
    expect(page.get_by_role("alert")).to_have_text("账号、密码或验证码不对")
    expect(page.get_by_label("密码", exact=True)).to_have_value("")
    desk.locked = 3
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("六位验证码").fill(CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("秒后再试")
    enter = page.get_by_role("button", name="登录", exact=True)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("六位验证码").fill(CODE)
    expect(enter).to_be_disabled()
    page.get_by_label("账号").fill("wang")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(enter).to_be_enabled()
    page.get_by_label("账号").fill("chen")
    expect(enter).to_be_disabled()
    desk.locked = 0
    expect(page.get_by_role("alert")).to_have_count(0)
    log_in(page)
    context.close()


def test_the_login_is_typed_on_the_screen(browser: Browser, desk: Technician, address: str) -> None:
    context = browser.new_context(locale="zh-CN", has_touch=True)
    page = context.new_page()
    play(page, desk, address, "login")
    page.get_by_label("账号").tap()
    keys = page.get_by_role("group", name="屏幕键盘")

    def type_(text: str) -> None:
        for key in text:
            keys.get_by_role("button", name={" ": "空格"}.get(key, key), exact=True).tap()

    type_("chenx")
    keys.get_by_role("button", name="删除").tap()
    keys.get_by_role("button", name="下一项").tap()
    type_(PASSWORD)
    keys.get_by_role("button", name="下一项").tap()
    type_(CODE)
    keys.get_by_role("button", name="下一项").tap()
    expect(page.get_by_text("技术员 · chen")).to_be_visible()
    context.close()


def test_a_session_lasts_through_a_reload_and_its_end_is_told(page: Page, desk: Technician) -> None:
    page.reload()
    expect(page.get_by_role("navigation")).to_be_visible()
    desk.sessions.clear()
    desk.cut()
    expect(page.get_by_text("登录已过期，请重新登录")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_logging_out_leaves_nothing(page: Page, desk: Technician) -> None:
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_selector("form")
    assert desk.sessions == set()
    assert page.evaluate("sessionStorage.length") == 0


def test_settings_are_checked_at_their_fields_and_saved_as_typed_values(
    page: Page, desk: Technician
) -> None:
    device("id-card-reader")(page, desk)
    interval = page.get_by_label("查看间隔")
    interval.fill("9")
    page.get_by_label("为什么改（写进记录）").fill("读得太慢")
    save = page.get_by_role("button", name="保存并试用")
    save.click()
    expect(page.get_by_role("alert")).to_have_text("不能大于 5")
    assert desk.said("PUT", "devices/id-card-reader") == []
    interval.fill("0.5")
    desk.refuse_places = [{"field": "port", "says": {"zh": "没有这个串口", "en": "no port"}}]
    save.click()
    expect(page.get_by_role("alert")).to_have_text("没有这个串口")
    desk.refuse_places = []
    save.click()
    wait_until(page, lambda: len(desk.said("PUT", "devices/id-card-reader")) == 2)
    assert desk.said("PUT", "devices/id-card-reader")[1] == {
        "driver": "sam-v-serial",
        "settings": {
            "port": "/dev/serial/by-id/usb-CVR_100-if00",
            "baud": 115200,
            "poll_interval_s": 0.5,
            "photo_library": None,
            "photo_mode": 0,
        },
        "note": "读得太慢",
        "since": desk.state["version"],
    }


def test_what_a_driver_refuses_is_told_at_the_nearest_field(page: Page, desk: Technician) -> None:
    device("camera")(page, desk)
    page.get_by_label("每秒帧数").fill("20")
    words = {"zh": "不能小于 0", "en": "Must not be below 0"}
    desk.refuse_places = [
        {"field": "controls.exposure", "kind": "greater_than_equal", "says": words},
        {"field": "tint", "kind": "extra_forbidden", "says": words},
    ]
    page.get_by_role("button", name="保存并试用").click()
    alerts = page.get_by_role("alert")
    expect(alerts).to_have_text(["曝光：不能小于 0", "tint：不能小于 0"])
    expect(page.get_by_text("每次打开摄像头都这样设")).to_be_visible()
    page.get_by_role("button", name="不改了").click()
    expect(alerts).to_have_count(0)
    expect(page.get_by_label("每秒帧数")).to_have_value("25")


def test_a_login_in_between_takes_nothing_away_that_was_filled_in(
    page: Page, desk: Technician
) -> None:
    device("id-card-reader")(page, desk)
    page.get_by_label("查看间隔").fill("0.5")
    tab(4)(page, desk)
    tab(1)(page, desk)
    expect(page.get_by_label("查看间隔")).to_have_value("0.5")
    desk.sessions.clear()
    desk.cut()
    expect(page.get_by_text("登录已过期，请重新登录")).to_be_visible()
    expect(page.get_by_text("您填的还在")).to_be_visible()
    log_in(page)
    expect(page.get_by_label("查看间隔")).to_have_value("0.5")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_selector("form")
    log_in(page)
    device("id-card-reader")(page, desk)
    expect(page.get_by_label("查看间隔")).to_have_value("0.3")


def test_what_somebody_else_changed_meanwhile_is_told_before_it_is_undone(
    page: Page, desk: Technician
) -> None:
    device("id-card-reader")(page, desk)
    interval = page.get_by_label("查看间隔")
    interval.fill("0.5")
    interval.focus()
    settings = {"port": "/dev/serial/by-id/usb-CVR_100-if00", "poll_interval_s": 0.7}
    desk.rebound["id-card-reader"] = {
        "bound": {"driver": "sam-v-serial", "settings": settings, "uri": None}
    }
    desk.change(version=8)
    expect(page.get_by_role("alert")).to_contain_text("别人改了这台设备")
    expect(interval).to_have_value("0.5")
    expect(interval).to_be_focused()
    page.get_by_role("button", name="保存并试用").click()
    question = page.get_by_role("dialog", name="盖掉别人的改动？")
    expect(question).to_contain_text("0.7 → 0.5")
    question.get_by_role("button", name="取消").click()
    assert desk.said("PUT", "devices/id-card-reader") == []
    page.get_by_role("button", name="保存并试用").click()
    question.get_by_role("button", name="盖掉并试用").click()
    wait_until(page, lambda: bool(desk.said("PUT", "devices/id-card-reader")))
    assert desk.said("PUT", "devices/id-card-reader")[0]["since"] == 8
    expect(page.get_by_role("alert").filter(has_text="已保存，试用一分钟")).to_be_visible()
    expect(interval).to_have_value("0.7")
    desk.rebound["id-card-reader"]["bound"]["settings"]["poll_interval_s"] = 0.9
    desk.change(version=9)
    expect(interval).to_have_value("0.9")


def test_a_save_names_the_version_that_its_form_was_opened_with(
    page: Page, desk: Technician
) -> None:
    device("id-card-reader")(page, desk)
    seen = desk.state["version"]
    page.get_by_label("查看间隔").fill("0.5")
    # Somebody saves, and the page has not heard of it yet.
    desk.state = {**desk.state, "version": seen + 1}
    page.get_by_role("button", name="保存并试用").click()
    wait_until(page, lambda: bool(desk.said("PUT", "devices/id-card-reader")))
    assert desk.said("PUT", "devices/id-card-reader")[0]["since"] == seen


def test_what_was_typed_on_a_change_that_is_taken_back_is_kept_aside(
    page: Page, desk: Technician
) -> None:
    device("id-card-reader")(page, desk)
    interval = page.get_by_label("查看间隔")
    interval.fill("0.5")
    take_back(desk)
    strip = page.get_by_role("alert").filter(has_text="改动已自动退回")
    expect(strip).to_contain_text("lin 的版本 8")
    expect(strip).to_contain_text("没有找到")
    expect(interval).to_have_value("0.3")
    kept = page.get_by_role("alert").filter(has_text="您填的还没有保存")
    expect(kept).to_contain_text("0.5")
    kept.get_by_role("button", name="填回表里").click()
    expect(interval).to_have_value("0.5")
    expect(kept).to_have_count(0)
    page.get_by_role("button", name="保存并试用").click()
    wait_until(page, lambda: bool(desk.said("PUT", "devices/id-card-reader")))
    assert desk.said("PUT", "devices/id-card-reader")[0]["since"] == 9
    strip.get_by_role("button", name="知道了").click()
    expect(strip).to_have_count(0)


def test_every_kind_of_field_becomes_its_own_kind_of_value(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.select_option("#driver", "trial")
    page.get_by_label("串口").fill("/dev/ttyS0")
    page.get_by_label("Mode").select_option("careful")
    page.get_by_label("Library").fill("/opt/lib.so")
    page.get_by_label("Wait").fill("1.5")
    page.get_by_label("Channel").fill("3")
    page.get_by_role("switch", name="Blinks").click()
    page.get_by_label("Slots").fill("[1, 2]")
    page.get_by_role("button", name="保存并试用").click()
    wait_until(page, lambda: bool(desk.said("PUT", "devices/id-card-reader")))
    assert desk.said("PUT", "devices/id-card-reader")[0]["settings"] == {
        "port": "/dev/ttyS0",
        "mode": "careful",
        "library": "/opt/lib.so",
        "wait_s": 1.5,
        "light": {"channel": 3, "blinks": False},
        "slots": [1, 2],
    }


def test_a_device_that_is_found_is_bound_in_one_touch(page: Page, desk: Technician) -> None:
    page.get_by_role("button", name="重新查找").click()
    page.get_by_role("row", name="扫码器").get_by_role("button", name="绑定为扫码器").click()
    wait_until(page, lambda: bool(desk.said("PUT", "devices/code-scanner")))
    assert desk.said("PUT", "devices/code-scanner") == [
        {
            "driver": "code-scanner-serial",
            "settings": {"port": "/dev/serial/by-id/usb-NLS_FM430-if00"},
        }
    ]


def test_what_is_not_recorded_says_why(page: Page, desk: Technician) -> None:
    device("camera")(page, desk)
    recording = page.locator("section").filter(has=page.get_by_role("heading", name="录制"))
    expect(recording).to_contain_text("线上传的就是市民的相貌")
    expect(recording.get_by_role("button")).to_have_count(0)
    expect(recording).not_to_contain_text("还没有录制")
    device("id-card-reader")(page, desk)
    expect(recording.get_by_role("button", name="录下通信")).to_be_visible()


def test_unbinding_asks_first(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.get_by_role("button", name="解除绑定").click()
    expect(page.get_by_role("dialog")).to_contain_text("少一种刷卡的办法：无房证明")
    page.get_by_role("button", name="取消").click()
    for role, means in (("document-printer", "会停下：无房证明"), ("camera", "没有哪项服务要靠它")):
        device(role)(page, desk)
        page.get_by_role("button", name="解除绑定").click()
        expect(page.get_by_role("dialog")).to_contain_text(means)
        page.get_by_role("button", name="取消").click()
    device("id-card-reader")(page, desk)
    page.get_by_role("button", name="解除绑定").click()
    page.get_by_role("dialog").get_by_role("button", name="解除绑定").click()
    seen = {"since": desk.state["version"]}
    wait_until(page, lambda: desk.said("DELETE", "devices/id-card-reader") == [seen])


def test_what_somebody_changes_while_unbinding_is_asked_about_is_not_lost(
    page: Page, desk: Technician
) -> None:
    device("id-card-reader")(page, desk)
    seen = desk.state["version"]
    page.get_by_role("button", name="解除绑定").click()
    desk.change(version=seen + 1)
    desk.refused.add("unbind")
    page.get_by_role("dialog").get_by_role("button", name="解除绑定").click()
    expect(page.get_by_role("alert")).to_contain_text("别人刚改过这台设备")
    assert desk.said("DELETE", "devices/id-card-reader") == [{"since": seen}]


def test_a_change_on_trial_is_gone_back_from_at_once(page: Page, desk: Technician) -> None:
    desk.change(version=8, pending={"version": 8, "seconds_left": 55, "back": 6})
    strip = page.get_by_role("status").filter(has_text="新设置试用中")
    expect(strip).to_be_visible()
    page.get_by_role("button", name="现在就退回").click()
    expect(page.get_by_role("dialog")).to_contain_text("文档打印机 · 队列")
    desk.change(pending=None)
    expect(strip).to_have_count(0)
    page.get_by_role("dialog").get_by_role("button", name="退回版本 6").click()
    wait_until(page, lambda: desk.said("POST", "rollback") == [{"version": 6}])
    expect(page.get_by_role("dialog")).to_have_count(0)
    desk.change(pending={"version": 9, "seconds_left": 55, "back": None})
    expect(strip).to_be_visible()
    expect(page.get_by_role("button", name="现在就退回")).to_have_count(0)


def test_a_test_shows_what_was_measured_or_why_it_failed(page: Page, desk: Technician) -> None:
    device("document-printer")(page, desk)
    page.locator("form").get_by_role("button", name="打印测试页").click()
    expect(page.locator(".result")).to_contain_text("48,213 → 48,214")
    expect(page.locator(".result")).to_contain_text("测试通过")
    assert desk.said("POST", "devices/document-printer/test") == [
        {"test": "test-page", "arguments": {}}
    ]
    desk.change(repairs=[])
    page.get_by_role("row", name="凭条打印机").get_by_role("button", name="测试").click()
    expect(page.locator(".result")).to_contain_text("printer-paper-out")
    expect(page.locator(".result")).to_contain_text("测试没通过")


def test_a_test_that_runs_is_in_view_at_once_and_its_result_too(
    page: Page, desk: Technician
) -> None:
    page.set_viewport_size({"width": 1366, "height": 600})
    desk.test_s = 1.0
    device("id-card-reader")(page, desk)
    page.get_by_role("row", name="密码键盘").get_by_role("button", name="测试").click()
    sign = page.locator(".running")
    expect(sign).to_contain_text("密码键盘")
    expect(sign).to_be_in_viewport(ratio=1)
    expect(
        page.get_by_role("row", name="密码键盘").get_by_role("button", name="测试")
    ).to_be_disabled()
    expect(page.locator(".result")).to_be_in_viewport(ratio=1)
    expect(sign).to_have_count(0)


def test_the_live_picture_moves_keeps_no_old_frames_and_comes_back(
    page: Page, desk: Technician
) -> None:
    page.evaluate(
        """() => {
            window.lent = new Set();
            const [lend, take] = [URL.createObjectURL, URL.revokeObjectURL];
            URL.createObjectURL = (blob) => { const url = lend(blob); lent.add(url); return url; };
            URL.revokeObjectURL = (url) => { lent.delete(url); take(url); };
        }"""
    )
    page.get_by_role("button", name="看画面").click()
    picture = page.get_by_role("img", name="人像摄像头现在看到的")
    expect(picture).to_be_visible()
    before = picture.get_attribute("src")
    expect(picture).not_to_have_attribute("src", before or "")
    expect(page.get_by_text("640 × 360")).to_be_visible()
    assert page.evaluate("lent.size") <= 1
    desk.cut()
    expect(page.get_by_text("画面断了")).to_be_visible()
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_text("画面断了")).to_be_hidden()
    page.get_by_role("button", name="停止", exact=True).click()
    expect(picture).to_have_count(0)
    assert page.evaluate("lent.size") == 0


def test_a_camera_is_set_beside_its_picture(page: Page, desk: Technician) -> None:
    page.get_by_role("button", name="看画面").click()
    side = page.locator(".side")
    side.get_by_role("button", name="焦点调大").click()
    expect(side.get_by_role("slider", name="焦点")).to_have_value("45")
    side.get_by_role("switch", name="自动对焦").click()
    expect(side.get_by_role("switch", name="自动对焦")).to_be_checked()
    side.get_by_label("曝光方式", exact=True).select_option("快门自动，光圈手动")
    side.get_by_role("slider", name="亮度").fill("-20")
    side.get_by_role("button", name="亮度回到出厂值 0").click()
    expect(side.get_by_role("slider", name="亮度")).to_have_value("0")
    expect(side.get_by_role("button", name="亮度回到出厂值 0")).to_be_disabled()
    assert desk.said("POST", "devices/camera/control") == [
        {"name": "focus", "value": 45},
        {"name": "focus-auto", "value": 1},
        {"name": "exposure-auto", "value": 3},
        {"name": "brightness", "value": -20},
        {"name": "brightness", "value": 0},
    ]
    side.get_by_role("button", name="保留这样的画面").click()
    expect(page.get_by_role("alert")).to_contain_text("已保留为第")
    assert desk.said("POST", "devices/camera/controls/keep") == [{}]
    desk.refused = {"exposure-auto", "white-balance"}
    side.get_by_label("曝光方式", exact=True).select_option("手动")
    expect(page.get_by_role("alert")).to_contain_text("摄像头不接受这个值")
    expect(side.get_by_label("曝光方式", exact=True)).to_have_value("3")
    side.get_by_role("slider", name="白平衡").fill("6500")
    expect(side.get_by_role("slider", name="白平衡")).to_have_value("4600")


def test_a_repair_leads_through_its_steps_and_closes_itself(page: Page, desk: Technician) -> None:
    expect(page.get_by_role("heading", name="修复：卡纸")).to_be_visible()
    expect(page.get_by_role("img", name="第 1 步的图")).to_be_visible()
    page.get_by_role("button", name="纸加好了").click()
    expect(page.get_by_role("alert")).to_contain_text("好了")
    assert desk.said("POST", "repairs/document-printer:paper-jam/act") == [{"act": "filled"}]
    page.locator("section", has_text="修复：卡纸").get_by_role("button", name="打印测试页").click()
    wait_until(page, lambda: bool(desk.said("POST", "devices/document-printer/test")))
    assert desk.said("POST", "devices/document-printer/test")[0]["test"] == "test-page"
    desk.change(repairs=[])
    expect(page.get_by_role("heading", name="修复：卡纸")).to_have_count(0)


def test_a_fault_is_switched_and_bytes_are_recorded(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.get_by_role("switch", name="线上全是乱码").click()
    page.get_by_role("button", name="录下通信").click()
    page.get_by_role("button", name="回放").click()
    wait_until(page, lambda: len(desk.asked) == 3)
    assert desk.said("POST", "faults") == [{"name": "reader-garbage", "on": True}]
    assert desk.said("POST", "devices/id-card-reader/record") == [{"on": True}]
    assert desk.said("POST", "recordings/r1/replay") == [{}]
    expect(page.get_by_role("alert")).to_contain_text("驱动读通了录下的通信")
    desk.refused = {"replay"}
    page.get_by_role("button", name="回放").click()
    expect(page.get_by_role("alert")).to_contain_text("回放不了：里面有遮掉的内容")


def test_maintenance_is_switched_on_and_off(page: Page, desk: Technician) -> None:
    page.get_by_role("button", name="进入维护").click()
    expect(page.get_by_text("维护模式，市民端已暂停")).to_be_visible()
    page.get_by_role("button", name="恢复对外服务").click()
    expect(page.get_by_text("正在对外服务")).to_be_visible()
    assert desk.said("POST", "maintenance") == [{"on": True}, {"on": False}]


def test_a_terminal_that_can_do_nothing_is_not_called_open(page: Page, desk: Technician) -> None:
    desk.change(services=[{**each, "offered": False} for each in desk.state["services"]])
    expect(page.get_by_text("没有一件事能办")).to_be_visible()
    expect(page.get_by_text("正在对外服务")).to_have_count(0)


def test_an_administrator_lets_other_programs_in(page: Page, desk: Technician) -> None:
    tab(2)(page, desk)
    card = page.locator("section").filter(has_text="XFS4IoT")
    expect(card).to_contain_text("没有开放")
    expect(card).to_contain_text("ws://127.0.0.1:5846/xfs4iot/v1.0/ServicePublisher")
    expect(card).to_contain_text("只有管理员能开关")
    expect(card.get_by_role("switch")).to_have_count(0)
    desk.role = "admin"
    desk.change()
    use, identities = (
        card.get_by_role("switch", name=name)
        for name in ("允许其他程序使用设备", "还允许它们读取身份信息")
    )
    use.click()
    expect(card.get_by_role("status")).to_have_text("已开放")
    assert desk.said("PUT", "interop") == [{"on": True}]
    desk.change(interop={**desk.state["interop"], "open": False, "error": "interop-port-taken"})
    expect(card.get_by_role("status")).to_have_text("端口被别的程序占用")
    use.click()
    expect(use).not_to_be_checked()
    expect(identities).not_to_be_checked()
    identities.click()
    expect(identities).to_be_checked()
    assert desk.said("PUT", "interop")[-1]["identities"] is True
    desk.history = [{**each, "allowed": each["version"] != 6} for each in HISTORY]
    tab(5)(page, desk)
    page.get_by_role("button", name="绑定人像摄像头").click()
    expect(page.get_by_text("只有管理员可以")).to_be_visible()
    expect(page.get_by_role("button", name="退回到这一版")).to_have_count(0)
    expect(page.get_by_text("控制台 · 2026-11-20 08:00")).to_be_visible()
    desk.history = [{**each, "allowed": each["version"] == 7} for each in HISTORY]
    tab(1)(page, desk)
    device("document-printer")(page, desk)
    expect(page.get_by_role("button", name="改动对比")).to_be_visible()
    expect(page.get_by_role("button", name="退回版本 6")).to_have_count(0)


def test_a_rehearsal_shows_each_step_in_time(page: Page, desk: Technician) -> None:
    tab(3)(page, desk)
    page.get_by_role("combobox", name="市民", exact=True).select_option("2")
    page.get_by_label("故障").select_option("printer-paper-jam")
    page.get_by_role("button", name="开始演练").click()
    expect(page.get_by_text("PN-WF-20261124-0000318")).to_be_visible()
    expect(page.get_by_text("一共 11.7 秒")).to_be_visible()
    assert desk.said("POST", "rehearse") == [
        {
            "service": "no-housing-certificate",
            "card": "id-card",
            "resident": 2,
            "fault": "printer-paper-jam",
        }
    ]


def test_what_can_be_rehearsed_fits_the_card_that_is_shown(page: Page, desk: Technician) -> None:
    tab(3)(page, desk)
    faults = page.get_by_label("故障")
    expect(faults).to_contain_text("读卡器不回答")
    faults.select_option("reader-silent")
    page.get_by_role("combobox", name="市民", exact=True).select_option("2")
    page.get_by_label("市民出示").select_option("社保卡")
    expect(page.get_by_role("combobox", name="市民", exact=True)).to_have_value("")
    expect(faults).to_have_value("")
    expect(faults).not_to_contain_text("读卡器不回答")
    page.get_by_label("市民出示").select_option("通行证或护照")
    expect(page.get_by_role("combobox", name="市民", exact=True)).to_have_count(0)
    page.get_by_label("哪一种证件").select_option("护照")
    page.get_by_role("button", name="开始演练").click()
    expect(page.get_by_text("PN-WF-20261124-0000318")).to_be_visible()
    assert desk.said("POST", "rehearse") == [
        {"service": "no-housing-certificate", "card": "travel-document", "document": "passport"}
    ]


def test_the_log_comes_as_it_is_written_is_filtered_and_paused(
    page: Page, desk: Technician
) -> None:
    tab(4)(page, desk)
    rows = page.locator("ol li")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("09:42:09.120")
    page.get_by_label("级别").select_option("error")
    expect(rows).to_have_count(1)
    page.get_by_label("级别").select_option("all")
    page.get_by_role("button", name="暂停").click()
    desk.log.append(line(20, "info", "journey over"))
    expect(page.get_by_text("1 行在等")).to_be_visible()
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="继续").click()
    expect(rows.first).to_contain_text("一次办理结束")


def test_an_earlier_version_comes_back_after_a_question(page: Page, desk: Technician) -> None:
    device("document-printer")(page, desk)
    page.get_by_role("button", name="改动对比").click()
    expect(page.get_by_text("hall-a4-03")).to_be_visible()
    page.get_by_role("button", name="绑定人像摄像头").click()
    page.get_by_role("button", name="退回到这一版").click()
    expect(page.get_by_role("dialog")).to_contain_text("文档打印机 · 队列")
    page.get_by_role("button", name="退回版本 6").click()
    wait_until(page, lambda: desk.said("POST", "rollback") == [{"version": 6}])
    desk.history = HISTORY[:1]
    desk.change(version=8, pending={"version": 8, "seconds_left": 55, "back": None})
    expect(page.get_by_text("版本 8 还剩 5")).to_be_visible()
    expect(page.get_by_text("第一次开机")).to_be_visible()


def test_a_lost_connection_is_told_and_comes_back(page: Page, desk: Technician) -> None:
    desk.down = True
    desk.cut()
    expect(page.get_by_role("alert")).to_have_text("和终端断开了，正在重新连接")
    expect(page.get_by_role("row", name="身份证读卡器")).to_be_visible()
    desk.down = False
    expect(page.get_by_role("alert")).to_have_count(0, timeout=10_000)


def test_staff_may_look_and_clear_and_see_no_button_that_is_not_theirs(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    desk = gallery.technician
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    page.goto(f"{address}/technician")
    desk.role = "staff"
    desk.forbidden = {"drivers/document-printer", "recordings", "rehearsals"}
    page.wait_for_selector("form")
    log_in(page)
    expect(page.get_by_role("heading", name="现在要做的")).to_be_visible()
    expect(page.get_by_role("button", name="进入维护")).to_have_count(0)
    expect(page.get_by_role("button", name="演练")).to_have_count(0)
    page.get_by_role("listitem").filter(has_text="卡纸").get_by_role("button", name="去看").click()
    expect(page.get_by_role("button", name="重新查找")).to_have_count(0)
    expect(page.get_by_role("button", name="开始演练")).to_have_count(0)
    page.get_by_role("button", name="纸加好了").click()
    wait_until(page, lambda: bool(desk.said("POST", "repairs/document-printer:paper-jam/act")))
    device("camera")(page, desk)
    expect(page.locator(".side")).to_contain_text("有人")
    expect(page.locator(".side").get_by_role("button")).to_have_count(0)
    assert refused == []
    context.close()


def test_each_status_is_said_in_words_with_the_devices_own_beside_it(
    page: Page, desk: Technician
) -> None:
    device("document-printer")(page, desk)
    status = page.locator(".side").get_by_role("row", name="打印机报告")
    expect(status).to_contain_text("卡纸（错误）、碳粉不多了（警告）")
    expect(status).to_contain_text("media-jam-error toner-low-warning")
    expect(page.locator(".side").get_by_role("row", name="纸路里的纸")).to_contain_text("卡住了")
    device("password-keypad")(page, desk)
    expect(page.get_by_role("row", name="加密模块")).to_contain_text("没有就绪 notReady")
    device("lights")(page, desk)
    relays = page.locator(".side").get_by_role("row", name="继电器")
    expect(relays).to_contain_text("读卡器灯、正常灯")


def test_a_version_that_would_change_nothing_is_not_offered(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    expect(page.get_by_text("装机以后没有改过")).to_be_visible()
    expect(page.get_by_role("button", name="退回版本 6")).to_have_count(0)
    desk.history = [{**each, "same_as_now": True} for each in HISTORY]
    device("document-printer")(page, desk)
    expect(page.get_by_text("版本 7 · 2026-11-23 16:02，chen 改")).to_be_visible()
    expect(page.get_by_role("button", name="退回版本 6")).to_have_count(0)
    page.get_by_role("button", name="改动对比").click()
    expect(page.get_by_role("row", name="文档打印机 · 队列")).to_contain_text("不设")
    page.get_by_role("button", name="绑定人像摄像头").click()
    expect(page.get_by_role("button", name="退回到这一版")).to_have_count(0)


def test_a_copy_is_decided_after_a_question(page: Page, desk: Technician) -> None:
    tab(0)(page, desk)
    card = page.locator("section").filter(has_text="等您决定的证明")
    expect(card).to_contain_text("PN-WF-20261124-0000317 第 1 份")
    expect(card).to_contain_text("打印机计数 +0")
    expect(card.get_by_role("button", name="纸在这里")).to_have_count(1)
    void = card.get_by_role("button", name="作废并补打")
    void.first.click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    assert desk.said("POST", "copies/decide") == []
    void.first.click()
    expect(page.get_by_role("dialog")).to_contain_text("PN-WF-20261124-0000317 第 1 份将永远作废")
    page.get_by_role("dialog").get_by_role("button", name="作废并补打").click()
    expect(page.get_by_role("alert")).to_contain_text("已作废第 1 份")
    expect(card).not_to_contain_text("0000317")
    decided = {"serial": "PN-WF-20261124-0000317", "copy": 1, "decision": "void"}
    assert desk.said("POST", "copies/decide") == [decided]
    desk.refused = {"copies/decide"}
    void.click()
    page.get_by_role("dialog").get_by_role("button", name="作废并补打").click()
    expect(page.get_by_role("alert")).to_contain_text("这一份已经有了结论")
    desk.change(copies=None)
    expect(card).to_contain_text("现在读不出来")
    desk.change(copies=[])
    expect(card).to_contain_text("没有等您决定的证明")
