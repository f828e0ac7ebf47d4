"""The page stays where it is, and what is put into it stays text."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage

from drivers.virtual.residents import resident
from tests.errand.conftest import Hands
from tests.errand.kiosk import Kiosk
from tests.errand.steps import WELCOME, answer_the_rest, to_child_form

CHORDS = (
    *(f"F{number}" for number in range(1, 13)),
    *(f"Control+{key}" for key in ("n", "t", "w", "o", "p", "s", "f", "u", "r", "+", "-", "0")),
    *("Control+Shift+I", "Control+Shift+J", "Alt+ArrowLeft", "Alt+ArrowRight", "Alt+F4"),
    *("Escape", "ContextMenu"),
)
LISTEN = """() => {
    window.heard = [];
    for (const name of ["keydown", "contextmenu", "wheel", "dragstart", "drop"])
        addEventListener(name, (event) => window.heard.push([name, event.defaultPrevented]));
}"""
WAYS_OUT = (
    "location.href = 'https://example.org/'",
    "location.assign('/verify')",
    "location.replace('http://localhost:9/')",
    "location.reload()",
    "history.back()",
    "window.open('https://example.org/')",
    """(() => {
        const link = document.createElement("a");
        link.href = "https://example.org/";
        link.target = "_blank";
        document.body.append(link);
        link.click();
        link.remove();
    })()""",
    """(() => {
        const form = document.createElement("form");
        form.action = "https://example.org/";
        document.body.append(form);
        form.submit();
        form.remove();
    })()""",
)
FORBIDDEN = (
    ("require-trusted-types-for", "eval('hacked = 1')"),
    ("require-trusted-types-for", "document.body.innerHTML = '<img src=x onerror=hacked=1>'"),
    ("script-src", "import('https://example.org/x.js').catch(() => 0)"),
    ("connect-src", "fetch('https://example.org/').catch(() => 0)"),
    ("img-src", "new Image().src = 'https://example.org/x.png'"),
    (
        "frame-src",
        "document.body.append(Object.assign(document.createElement('iframe'), {src: '/verify'}))",
    ),
)
"""What the security policy stops, after the directive that stops it."""


def test_the_page_cannot_be_left(kiosk: Kiosk) -> None:
    page = kiosk.page
    kiosk.at(WELCOME)
    before = page.url, page.evaluate("[innerWidth, visualViewport.scale, devicePixelRatio]")
    page.evaluate(LISTEN)
    for chord in CHORDS:
        page.keyboard.press(chord)
    page.mouse.click(540, 900, button="right")
    page.keyboard.down("Control")
    page.mouse.wheel(0, 300)
    page.keyboard.up("Control")
    heard = page.evaluate("window.heard")
    assert {name for name, _ in heard} >= {"keydown", "contextmenu", "wheel"}
    assert [each for each in heard if not each[1]] == []
    for way in WAYS_OUT:
        page.evaluate(f"() => void ({way})")
        page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
        assert page.evaluate("window.heard !== undefined"), way
    assert len(page.context.pages) == 1
    assert (
        page.url,
        page.evaluate("[innerWidth, visualViewport.scale, devicePixelRatio]"),
    ) == before
    assert WELCOME in page.evaluate("document.querySelector('h1').innerText")


def test_the_policy_stops_what_is_put_into_the_page(kiosk: Kiosk) -> None:
    kiosk.at(WELCOME)
    url = kiosk.page.url
    for directive, act in FORBIDDEN:

        def told(message: ConsoleMessage, directive: str = directive) -> bool:
            return message.text.startswith(f"policy: {directive}")

        with kiosk.page.expect_console_message(told):
            kiosk.page.evaluate(f"() => void setTimeout(() => {{ {act} }})")
    kiosk.complaints.clear()
    assert kiosk.page.evaluate("window.hacked") is None
    assert kiosk.page.url == url


PAYLOADS = (
    "<img src=x onerror=hacked=1>",
    "<script>hacked=1</script>",
    "<svg/onload=hacked=1>",
    "javascript:hacked=1",
    "{{constructor.constructor('hacked=1')()}}",
    "${hacked=1}",
    "#panic(1) $x$ \\\" '; DROP TABLE entry; --",
    "\u202e\u0000\ufeff\ud7ff",
)


def test_what_is_typed_stays_text(kiosk: Kiosk, hands: Hands) -> None:
    page = kiosk.page
    kiosk.at(WELCOME)
    elements = page.locator("script, iframe, img, object, embed").count()
    for payload in PAYLOADS:
        page.get_by_label("找要办的事").fill(payload)
        if payload.isascii():
            kiosk.sees(f"没有找到“{payload}”")
    assert page.locator("script, iframe, img, object, embed").count() == elements
    kiosk.tap("清空")
    to_child_form(kiosk, hands)
    page.get_by_label("姓名").fill(PAYLOADS[0])
    page.get_by_label("身份证号码").fill(resident(19).id_number)
    page.get_by_role("checkbox", name="我是孩子的监护人").click()
    kiosk.tap("填好了")
    kiosk.at("请把家人加进来")
    kiosk.tap("就这些人")
    answer_the_rest(kiosk)
    kiosk.at("请核对")
    assert page.evaluate("window.hacked") is None
    kiosk.tap("退出")
    kiosk.at(WELCOME)
    hands.remove()
