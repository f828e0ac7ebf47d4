"""A copy code holds its claims, and nothing else passes for one."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_app.documents.copy_code import MAX_COPY, CopyCode
from kiosk_app.documents.errors import CodeInvalid
from kiosk_app.documents.keys import development_key, open_key
from kiosk_app.documents.papers import Paper, PaperKind
from kiosk_app.documents.public_key import SigningKey

MakePaper = Callable[..., Paper]
QR_ALPHANUMERIC = set(string.digits + string.ascii_uppercase + " $%*+-./:")


@pytest.fixture
def code(paper: MakePaper, key: SigningKey) -> CopyCode:
    return CopyCode.sign(paper(), 1, key)


def test_says_which_document_and_copy(code: CopyCode, key: SigningKey) -> None:
    read = CopyCode.parse(code.text)
    assert read == code
    assert (read.kind, read.serial, read.copy) == (
        PaperKind.CERTIFICATE,
        "PN-WF-20261124-0000317",
        1,
    )
    assert read.issued_on == date(2026, 11, 24)
    assert read.verify({key.public.key_id: key.public}) is key.public


def test_day_of_issue_is_chinas(paper: MakePaper, key: SigningKey) -> None:
    late = paper(issued_at="2026-11-24T16:30:00+00:00")
    assert CopyCode.sign(late, 1, key).issued_on == date(2026, 11, 25)


def test_is_compact_and_the_same_each_time(
    code: CopyCode, paper: MakePaper, key: SigningKey
) -> None:
    assert set(code.text) <= QR_ALPHANUMERIC
    assert len(code.text) <= 190
    assert CopyCode.sign(paper(), 1, key).text == code.text


def test_forgiving_only_in_case_and_outer_blanks(code: CopyCode) -> None:
    assert CopyCode.parse(f"  {code.text.lower()}\r\n") == code
    with pytest.raises(CodeInvalid):
        CopyCode.parse(code.text.replace(".", ". ", 1))


def test_a_changed_claim_does_not_verify(code: CopyCode, key: SigningKey) -> None:
    keys = {key.public.key_id: key.public}
    for forged in (
        replace(code, copy=2),
        replace(code, serial="PN-WF-20261124-0000318"),
        replace(code, kind=PaperKind.RECORD),
        replace(code, issued_on=date(2026, 11, 25)),
        replace(code, facts_digest=bytes(16)),
    ):
        with pytest.raises(CodeInvalid, match="signature"):
            CopyCode.parse(forged.text).verify(keys)


def test_a_foreign_key_is_not_known(code: CopyCode, tmp_path: Path) -> None:
    other = open_key(development_key(tmp_path, "别处")).public
    with pytest.raises(CodeInvalid, match="not known"):
        code.verify({other.key_id: other})
    with pytest.raises(CodeInvalid, match="signature"):
        code.verify({code.key_id: other})


def test_every_single_change_is_noticed(code: CopyCode, key: SigningKey) -> None:
    keys = {key.public.key_id: key.public}
    for place, letter in enumerate(code.text):
        other = "B" if letter != "B" else "C"
        with pytest.raises(CodeInvalid):
            CopyCode.parse(code.text[:place] + other + code.text[place + 1 :]).verify(keys)


def test_every_truncation_is_noticed(code: CopyCode) -> None:
    for length in range(len(code.text)):
        with pytest.raises(CodeInvalid):
            CopyCode.parse(code.text[:length])


@given(st.text(max_size=300))
def test_any_text_is_refused_by_type(text: str) -> None:
    with pytest.raises(CodeInvalid) as caught:
        CopyCode.parse(text)
    assert len(text) < 8 or text not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "A" * 1_000_000,
        lambda text: text.replace("YM1", "YM2"),
        lambda text: text.replace(".1.20261124.", ".1.20260230."),
        lambda text: text.replace(".1.20261124.", ".0.20261124."),
        lambda text: text.replace(".1.20261124.", ".1000.20261124."),
        lambda text: text.replace(".1.20261124.", ".１.20261124."),
        lambda text: text[:-1] + "R",
        lambda text: f"https://example.org/#{text}",
    ],
)
def test_refuses_what_is_nearly_one(code: CopyCode, change: Callable[[str], str]) -> None:
    with pytest.raises(CodeInvalid):
        CopyCode.parse(change(code.text))


@pytest.mark.parametrize("copy", [0, -1, MAX_COPY + 1])
def test_refuses_a_copy_number_out_of_range(paper: MakePaper, key: SigningKey, copy: int) -> None:
    with pytest.raises(CodeInvalid):
        CopyCode.sign(paper(), copy, key)
