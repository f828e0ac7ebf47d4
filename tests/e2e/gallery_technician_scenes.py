"""Every place of the technician's page in every state, and their pictures.

``python -m tests.e2e.gallery_technician_scenes --out FOLDER [NAME …]`` writes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.gallery import Gallery, chromium, serve
from tests.e2e.gallery_technician import CODE, PASSWORD, Technician
from tests.e2e.gallery_technician_data import text
from tests.e2e.gallery_technician_drivers import DRIVERS

SIZES = {"touch": (1920, 1080), "laptop": (1366, 768), "portrait": (1080, 1920)}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}

Scene = Callable[[Page, Technician], None]


def log_in(page: Page) -> None:
    """Through the login, as anybody would."""
    fields = page.locator("form input")
    fields.nth(0).fill("chen")
    fields.nth(1).fill(PASSWORD)
    fields.nth(2).fill(CODE)
    page.keyboard.press("Enter")
    page.wait_for_selector("header nav")


def tab(number: int) -> Scene:
    """A tab by its place: health, devices, services, rehearsal, log, versions."""

    def open_tab(page: Page, _desk: Technician) -> None:
        page.locator("nav button").nth(number).click()
        page.wait_for_timeout(200)

    return open_tab


def device(role: str) -> Scene:
    """One device's side of the devices tab; roles by their place in the list."""

    def choose(page: Page, desk: Technician) -> None:
        roles = [each["role"] for each in desk.state["devices"]]
        page.locator(".pick").nth(roles.index(role)).click()
        page.wait_for_timeout(200)

    return choose


def _act(role: str) -> Scene:
    def press(page: Page, desk: Technician) -> None:
        roles = [each["role"] for each in desk.state["devices"]]
        page.locator("td.act button").nth(roles.index(role)).click()
        page.wait_for_timeout(300)

    return press


def _discover(page: Page, _desk: Technician) -> None:
    page.locator(".list > header button").click()
    page.wait_for_selector(".list section li")


def _nothing_found(page: Page, desk: Technician) -> None:
    desk.findings = []
    page.locator(".list > header button").click()
    page.wait_for_selector(".list section .nothing")


def _every_field(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.select_option("#driver", "trial")
    page.wait_for_timeout(100)
    page.locator("form button.main").click()
    page.wait_for_selector("[role=alert]")


def _confirm(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.locator("form .buttons button.danger").click()
    page.wait_for_selector("dialog[open]")


def _deciding(page: Page, desk: Technician) -> None:
    tab(0)(page, desk)
    page.locator(".copies .buttons button").first.click()
    page.wait_for_selector("dialog[open]")


def _camera(page: Page, desk: Technician) -> None:
    _act("camera")(page, desk)
    page.wait_for_selector(".picture img")
    page.wait_for_timeout(400)


def _printed(page: Page, desk: Technician) -> None:
    device("document-printer")(page, desk)
    page.locator("form .buttons button.main").click()
    page.wait_for_selector(".result")


def _testing(page: Page, desk: Technician) -> None:
    desk.test_s = 2.0
    device("id-card-reader")(page, desk)
    _act("lights")(page, desk)
    page.wait_for_selector(".running")


def _governed(page: Page, desk: Technician) -> None:
    tab(2)(page, desk)
    desk.role = "admin"
    desk.change(interop={**desk.state["interop"], "on": True, "error": "interop-port-taken"})
    page.wait_for_selector("main [role=switch]")


def _rehearsed(page: Page, desk: Technician) -> None:
    tab(3)(page, desk)
    page.locator("form button.main").click()
    page.wait_for_selector("ol li svg")


def _empty(page: Page, desk: Technician) -> None:
    desk.change(devices=[], services=[], consumables=[], repairs=[])
    page.wait_for_selector(".list .nothing")


def _all_well(page: Page, desk: Technician) -> None:
    desk.change(repairs=[], consumables=[], copies=[])
    tab(0)(page, desk)


def _idle(page: Page, desk: Technician) -> None:
    desk.change(services=[{**each, "offered": False} for each in desk.state["services"]])
    tab(0)(page, desk)


def _probation(page: Page, desk: Technician) -> None:
    desk.change(pending={"version": 8, "seconds_left": 42, "back": 6}, maintenance="active")
    page.wait_for_selector(".strip.soon")


def take_back(desk: Technician) -> None:
    """The reader's version 8 did not prove itself: version 9 takes it back."""
    role, bound = "id-card-reader", DRIVERS["id-card-reader"]["bound"]
    change = {"place": f"{role}.settings.poll_interval_s", "before": "1.5", "after": "0.3"}
    summary = text(
        "身份证阅读器 60 秒内未恢复正常，自动退回（没有找到 reader-absent）",
        "Identity-card reader was not well within 60 s, taken back (not found reader-absent)",
    )
    back = {"at": "2026-11-24T09:31:00+08:00", "summary": summary, "changes": [change]}
    newest = {**back, "version": 9, "author": "automatic", "state": "active", "allowed": True}
    desk.history = [*desk.history, {**newest, "same_as_now": True, "back": []}]
    desk.rebound[role] = {
        "bound": {**bound, "settings": {**bound["settings"], "poll_interval_s": 0.3}}
    }
    desk.change(version=9, taken_back={**back, "version": 9, "undone": [8], "authors": ["lin"]})


def _taken_back(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.get_by_label("查看间隔").or_(page.get_by_label("Poll interval")).fill("0.5")
    take_back(desk)
    page.wait_for_selector(".lost")


def _overtaken(page: Page, desk: Technician) -> None:
    device("id-card-reader")(page, desk)
    page.get_by_label("查看间隔").or_(page.get_by_label("Poll interval")).fill("0.5")
    bound = DRIVERS["id-card-reader"]["bound"]
    settings = {**bound["settings"], "poll_interval_s": 0.7}
    desk.rebound["id-card-reader"] = {"bound": {**bound, "settings": settings}}
    changed = {"version": 8, "at": "2026-11-24T09:31:00+08:00", "author": "wang"}
    devices = [
        {**each, "changed": changed} if each["role"] == "id-card-reader" else each
        for each in desk.state["devices"]
    ]
    desk.change(version=8, devices=devices)
    page.wait_for_selector(".overtaken")
    page.locator("form button.main").click()
    page.wait_for_selector("dialog[open]")


def _offline(page: Page, desk: Technician) -> None:
    desk.down = True
    desk.cut()
    page.wait_for_selector(".strip.stop")


def _forbidden(page: Page, desk: Technician) -> None:
    desk.forbidden = {"history"}
    tab(5)(page, desk)
    page.wait_for_selector(".nothing")


def _failed(page: Page, desk: Technician) -> None:
    desk.forbidden = {"maintenance"}
    page.locator(".right > button").first.click()
    page.wait_for_selector(".notice")


def _typing(page: Page, _desk: Technician) -> None:
    page.locator(".icon-only").first.click()
    page.wait_for_selector(".keyboard")


SCENES: dict[str, Scene] = {
    "devices": lambda _page, _desk: None,
    "device-reader": device("id-card-reader"),
    "device-unbound": device("document-camera"),
    "discovery": _discover,
    "nothing-found": _nothing_found,
    "every-field": _every_field,
    "confirm": _confirm,
    "camera": _camera,
    "tested": _printed,
    "testing": _testing,
    "keyboard": _typing,
    "health": tab(0),
    "health-well": _all_well,
    "health-idle": _idle,
    "deciding": _deciding,
    "services": tab(2),
    "interop": _governed,
    "rehearsal": tab(3),
    "rehearsed": _rehearsed,
    "log": tab(4),
    "versions": tab(5),
    "probation": _probation,
    "taken-back": _taken_back,
    "overtaken": _overtaken,
    "empty": _empty,
    "offline": _offline,
    "forbidden": _forbidden,
    "failed": _failed,
}
"""After a login."""


def _refused(page: Page, _desk: Technician) -> None:
    _fill(page, "wrong")
    page.wait_for_selector("[role=alert]")


def _locked(page: Page, desk: Technician) -> None:
    desk.locked = 90
    _refused(page, desk)


def _fill(page: Page, password: str) -> None:
    for index, value in enumerate(("chen", password, CODE)):
        page.locator("form input").nth(index).fill(value)
    page.keyboard.press("Enter")


def _no_accounts(page: Page, desk: Technician) -> None:
    desk.accounts = False
    page.reload()
    page.wait_for_selector("code")


def _keyboard(page: Page, _desk: Technician) -> None:
    page.locator(".tools button").first.click()
    page.wait_for_selector(".keyboard")


ENTRANCE: dict[str, Scene] = {
    "login": lambda _page, _desk: None,
    "login-refused": _refused,
    "login-locked": _locked,
    "login-keyboard": _keyboard,
    "no-accounts": _no_accounts,
}
"""Before a login."""

ALL = [*ENTRANCE, *SCENES]


def play(page: Page, desk: Technician, address: str, name: str) -> None:
    """Open the page anew and bring it into a state by name."""
    desk.clear()
    if page.url.startswith(address):
        page.evaluate("sessionStorage.clear()")
    page.goto(f"{address}/technician")
    page.wait_for_selector("form")
    if name in SCENES:
        log_in(page)
        page.wait_for_selector("main > *")
        page.wait_for_selector(".side form")
    {**ENTRANCE, **SCENES}[name](page, desk)
    page.wait_for_timeout(100)


def _draw(browser: Browser, address: str, gallery: Gallery, options: argparse.Namespace) -> None:
    for size in options.size or SIZES:
        for language in options.language or LANGUAGES:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale=LANGUAGES[language]
            )
            page = context.new_page()
            for name in options.names or ALL:
                play(page, gallery.technician, address, name)
                page.screenshot(path=options.out / f"{name}-{size}-{language}.png")
            context.close()


def main() -> None:
    """Write the pictures asked for."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", action="append", choices=SIZES)
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    gallery = Gallery()
    with serve(gallery) as address, chromium() as browser:
        _draw(browser, address, gallery, options)


if __name__ == "__main__":
    main()
