"""What the window lets through, decided without a window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_app.shell.lockdown import is_page, is_writing

PAGE = "http://127.0.0.1:8631/#t=token"


OWN = ("http://127.0.0.1:8631/", "http://127.0.0.1:8631/technician")


@pytest.mark.parametrize("url", [*OWN, PAGE, f"{OWN[0]}#other", f"{OWN[1]}#t=token"])
def test_an_own_page_is_one_whatever_its_fragment(url: str) -> None:
    assert is_page(url, PAGE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "about:blank",
        "http://127.0.0.1:8631",
        "http://127.0.0.1:8631/verify",
        "http://127.0.0.1:8631/technician/",
        "http://127.0.0.1:8631/technician?x",
        "http://127.0.0.1:8631/technician.html",
        "http://127.0.0.1:8631/Technician",
        "http://127.0.0.1:8631//technician",
        "http://127.0.0.1:8631/api/technician/state",
        "http://127.0.0.1:8632/technician",
        "http://localhost:8631/technician",
        "https://example.org/technician",
        "/technician",
        "http://127.0.0.1:8631/?x",
        "http://127.0.0.1:8632/",
        "http://localhost:8631/",
        "https://127.0.0.1:8631/",
        "http://user@127.0.0.1:8631/",
        "http://127.0.0.1:8631.example.org/",
        "file:///etc/passwd",
        "data:text/html,out",
        "javascript:alert(1)",
        "blob:http://127.0.0.1:8631/0b1a",
    ],
)
def test_anything_else_is_not_the_page(url: str) -> None:
    assert not is_page(url, PAGE)


@given(st.text())
def test_no_text_is_taken_for_the_page(url: str) -> None:
    assert is_page(url, PAGE) == (url.partition("#")[0] in OWN)


@pytest.mark.parametrize("character", ["a", "Z", "7", "门", "@", " "])
def test_writing_keys_are_let_through(character: str) -> None:
    assert is_writing("", character, chord=False)
    assert not is_writing("", character, chord=True)


@pytest.mark.parametrize("key", ["F1", "F11", "Escape", "Menu", "Print", "Super_L", "XF86Back"])
def test_other_keys_are_not(key: str) -> None:
    assert not is_writing(key, "", chord=False)
    assert not is_writing(key, "\x1b", chord=False)
