"""Every screen kind in every mode: nothing cut off, nothing on top of another, all in reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.gallery import (
    LANDSCAPE,
    MODES,
    PORTRAIT,
    TOKEN,
    Gallery,
    open_kiosk,
    set_comfort,
    show,
)
from tests.e2e.gallery_frames import OVERLAID, SCREENS

ROOT = Path(__file__).parents[2]
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
RUN_AXE = """async (rules) => (await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules,
})).violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`
        + ` ${node.any[0]?.message ?? ""}`))
"""
KEY, KEY_ELDER = 96, 128
ALL = [*SCREENS, *OVERLAID]


def audit(page: Page, mode: tuple[str, ...]) -> list[str]:
    """What is wrong with the screen that is shown."""
    arguments = {
        "key": KEY_ELDER if "elder" in mode else KEY,
        "reach": "reach" in mode,
        "padded": page.locator(".stage.padded").count() > 0,
    }
    complaints: list[str] = page.evaluate(AUDIT, arguments)
    return complaints


def prepared(browser: Browser, size: tuple[int, int], **options: Any) -> Any:
    """A context that notes what the security policy stops, and holds axe."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    context.add_init_script(VIOLATIONS)
    context.add_init_script(path=AXE)
    return context


@pytest.mark.parametrize("mode", ["zh", "en", "elder-en", "reach", "reach-elder"])
@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE], ids=["portrait", "landscape"])
def test_every_screen_is_whole(
    browser: Browser, gallery: Gallery, address: str, size: tuple[int, int], mode: str
) -> None:
    context = prepared(browser, size)
    errors: list[str] = []
    page = open_kiosk(context, address)
    page.on("pageerror", lambda error: errors.append(str(error)))
    set_comfort(page, MODES[mode])
    found = {}
    for name in ALL:
        show(page, gallery, name)
        found[name] = audit(page, MODES[mode])
    assert {name: said for name, said in found.items() if said} == {}
    assert page.evaluate("window.violations") == []
    assert errors == []
    context.close()


@pytest.mark.parametrize(
    ("size", "mode"), [(PORTRAIT, "zh"), (PORTRAIT, "contrast"), (LANDSCAPE, "elder-en")]
)
def test_every_screen_is_accessible(
    browser: Browser, gallery: Gallery, address: str, size: tuple[int, int], mode: str
) -> None:
    enhanced = {"color-contrast-enhanced": {"enabled": mode == "contrast"}}
    context = prepared(browser, size, reduced_motion="reduce")
    page = open_kiosk(context, address)
    set_comfort(page, MODES[mode])
    found = {}
    for name in ALL:
        show(page, gallery, name)
        found[name] = page.evaluate(RUN_AXE, enhanced)
    assert {name: said for name, said in found.items() if said} == {}
    context.close()


@pytest.mark.parametrize("path", ["/verify", "/rehearsal"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_desk_pages_are_accessible(
    browser: Browser, gallery: Gallery, address: str, path: str, locale: str
) -> None:
    gallery.desk.tray = ["1"]
    gallery.desk.faults.add("register-down")
    context = prepared(browser, (1366, 768), locale=locale, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}{path}#t={TOKEN}")
    page.wait_for_selector("main")
    page.wait_for_timeout(200)
    assert page.evaluate(RUN_AXE, {}) == []
    assert page.evaluate("window.violations") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_reduced_motion_stops_what_moves(browser: Browser, gallery: Gallery, address: str) -> None:
    context = prepared(browser, PORTRAIT, reduced_motion="reduce")
    page = open_kiosk(context, address)
    for name in ("identify", "progress", "take-insist"):
        show(page, gallery, name)
        assert page.evaluate("document.getAnimations().length") == 0
    context.close()


@pytest.mark.parametrize("size", [(1280, 800), (1280, 720), (800, 1280), LANDSCAPE, PORTRAIT])
def test_the_way_on_of_the_only_service_is_never_cut_off(
    browser: Browser, gallery: Gallery, address: str, size: tuple[int, int]
) -> None:
    width, height = size
    for mode in ("zh", "en", "elder", "elder-en", "reach-elder"):
        context = prepared(browser, size, screen={"width": width, "height": height})
        page = open_kiosk(context, address)
        set_comfort(page, MODES[mode])
        show(page, gallery, "welcome-one")
        area, start = (page.locator(each).bounding_box() for each in (".area", ".start"))
        assert area is not None
        assert start is not None
        assert start["y"] + start["height"] < area["y"] + area["height"], mode
        assert page.locator(".more").count() == 0, mode
        context.close()


@pytest.mark.parametrize("size", [(1280, 720), (768, 1366), (2160, 3840)])
def test_other_screens_scale(
    browser: Browser, gallery: Gallery, address: str, size: tuple[int, int]
) -> None:
    context = prepared(browser, size)
    page = open_kiosk(context, address)
    fit = min(size[0] / 1080, size[1] / 1920) if size[0] < size[1] else size[1] / 1080
    for name in ("welcome-ten", "review", "enter-person", "fault"):
        show(page, gallery, name)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        root = float(
            page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        )
        assert 0.99 * fit <= root / 16 <= 1.2 * fit + 0.01
    context.close()
