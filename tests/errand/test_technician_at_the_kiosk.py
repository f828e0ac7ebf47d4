"""The technician at the terminal's own screen: in by the door mark, out again, nothing left."""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk_app.accounts.roles import Role
from kiosk_app.audit.chain import AuditKind
from kiosk_app.workbench.bench import Workbench
from tests.errand.conftest import Hands
from tests.errand.kiosk import PORTRAIT, Kiosk, watched
from tests.errand.steps import WELCOME, start
from tests.stand import Stand

NAME, PASSWORD = "wang", "seven brooms 42"
LOGIN, DEVICES, BACK = "登录后维护这台终端", "设备", "返回市民页面"
HELD_MS, NOT_QUITE_MS, LEFT_ALONE_MS = 5_000, 3_000, 5 * 60_000
BEAT = "/api/citizen/heartbeat"


@pytest.fixture
def bench(stand: Stand) -> Workbench:
    assert stand.running.workbench is not None
    return stand.running.workbench


@pytest.fixture
def secret(bench: Workbench) -> Iterator[str]:
    """The second factor of a technician's new account."""
    assert bench.accounts is not None
    yield bench.accounts.add(NAME, Role.TECHNICIAN, PASSWORD)
    bench.accounts.remove(NAME)


@pytest.fixture
def kiosk(browser: Browser, stand: Stand) -> Iterator[Kiosk]:
    """The citizen's page on a portrait screen, with a clock that the test may put forward."""
    with watched(browser, PORTRAIT) as context:
        page = context.new_page()
        page.clock.install()
        opened = Kiosk(page)
        opened.open(stand.running.address.page())
        opened.at(WELCOME)
        yield opened
        assert opened.complaints == []


def hold(page: Page, milliseconds: int, *, ring: bool = True) -> None:
    """Press the door mark for so long; ``ring``: whether it shows that it is pressed."""
    box = page.locator(".mark").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(page.locator(".ring")).to_have_count(int(ring))
    page.clock.run_for(milliseconds)
    page.mouse.up()


def type_(page: Page, field: str, text: str) -> None:
    """Touch a field, then keys of the keyboard on the screen."""
    page.get_by_label(field, exact=field == "密码").tap()
    keys = page.get_by_role("group", name="屏幕键盘")
    for key in text:
        keys.get_by_role("button", name={" ": "空格"}.get(key, key), exact=True).tap()


def log_in(page: Page, secret: str) -> None:
    """With fingers alone."""
    type_(page, "账号", NAME)
    type_(page, "密码", PASSWORD)
    type_(page, "六位验证码", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="登录", exact=True).tap()
    expect(page.get_by_role("navigation")).to_be_visible()


def outcomes(bench: Workbench) -> list[str | int]:
    """How this account's logins and logouts went, in order."""
    found = bench.audit.entries(AuditKind.LOGIN)
    return [each.entry.details["outcome"] for each in found if each.entry.actor == NAME]


def test_in_by_the_door_mark_and_back(
    kiosk: Kiosk, stand: Stand, bench: Workbench, secret: str
) -> None:
    page, beats = kiosk.page, list[str]()
    hold(page, NOT_QUITE_MS)
    kiosk.at(WELCOME)
    expect(page.locator(".ring")).to_have_count(0)
    hold(page, HELD_MS)
    kiosk.at(LOGIN)
    assert page.url == f"{stand.running.address.url}/technician"
    page.on("request", lambda request: beats.append(request.url))
    log_in(page, secret)
    expect(page.get_by_role("button", name=DEVICES).first).to_be_visible()
    page.clock.run_for(10_000)
    assert sum(url.endswith(BEAT) for url in beats) >= 2
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]
    before = len(outcomes(bench))
    kiosk.tap(BACK)
    kiosk.at(WELCOME)
    assert page.url == f"{stand.running.address.url}/"
    assert outcomes(bench)[before:] == ["out"]
    assert NAME not in kiosk.residue()
    hold(page, HELD_MS)
    kiosk.at(LOGIN)
    kiosk.tap(BACK)
    kiosk.at(WELCOME)


def test_left_alone_it_goes_back_by_itself(kiosk: Kiosk, bench: Workbench, secret: str) -> None:
    page = kiosk.page
    hold(page, HELD_MS)
    kiosk.at(LOGIN)
    log_in(page, secret)
    page.clock.fast_forward(LEFT_ALONE_MS - 10_000)
    page.mouse.click(540, 1900)
    page.clock.fast_forward(LEFT_ALONE_MS - 10_000)
    expect(page.get_by_role("navigation")).to_be_visible()
    page.clock.fast_forward(10_000)
    kiosk.at(WELCOME)
    assert outcomes(bench)[-2:] == ["in", "out"]


def test_during_an_errand_the_press_does_nothing(kiosk: Kiosk, hands: Hands) -> None:
    start(kiosk, hands, 1)
    hold(kiosk.page, 2 * HELD_MS, ring=False)
    kiosk.at("给谁查")
    kiosk.tap("退出")
    kiosk.at(WELCOME)
    hands.remove()


def test_out_of_service_the_technician_can_come(kiosk: Kiosk, stand: Stand, hands: Hands) -> None:
    hands.fault("printer-paper-out", on=True)
    kiosk.at("这台机器暂时不能办事")
    hold(kiosk.page, HELD_MS)
    kiosk.at(LOGIN)
    hands.fault("printer-paper-out", on=False)
    stand.recover()
    kiosk.tap(BACK)
    kiosk.at(WELCOME)


def test_through_a_tunnel_nothing_of_the_kiosk_is_there(
    browser: Browser, stand: Stand, secret: str
) -> None:
    """Without the launch token: no way to the citizens, no sign of life in the page's stead."""
    with watched(browser, (1440, 900)) as context:
        page, asked = context.new_page(), list[str]()
        page.clock.install()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{stand.running.address.url}/technician")
        expect(page.get_by_role("button", name=BACK)).to_have_count(0)
        log_in(page, secret)
        page.clock.fast_forward(LEFT_ALONE_MS + 10_000)
        page.reload()
        expect(page.get_by_role("navigation")).to_be_visible()
        expect(page.get_by_role("button", name=BACK)).to_have_count(0)
        assert [url for url in asked if BEAT in url] == []
