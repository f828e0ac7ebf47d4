"""The workshop: the same paper everywhere, each copy its own, and nothing left behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.documents.errors import (
    CharacterMissing,
    CodeInvalid,
    KeyUnusable,
    PaperTooLong,
    TemplateBroken,
    WorkshopFailed,
)
from kiosk_app.documents.key_sources import KeyFile
from kiosk_app.documents.papers import Draft, Paper
from kiosk_app.documents.workshop import PaperWorkshop
from tests.documents.samples import CERTIFICATE, CONFIG, RECORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

MakePaper = Callable[..., Paper]


def draft_of(paper: Paper) -> Draft:
    return Draft.of(**{name: getattr(paper, name) for name in Draft.model_fields})


def worker_pid(workshop: PaperWorkshop) -> int:
    process = workshop._printing._process
    assert process is not None
    return process.pid


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def test_same_bytes_in_two_processes(
    workshop: PaperWorkshop, paper: MakePaper, key_file: KeyFile
) -> None:
    other = PaperWorkshop(CONFIG, key_file)
    try:
        here = await workshop.make_copy(CERTIFICATE, paper(), 1)
        there = await other.make_copy(CERTIFICATE, paper(), 1)
    finally:
        await other.close()
    assert here.sha256_unsigned == there.sha256_unsigned
    assert here.code == there.code
    end = here.pdf.index(b"%%EOF") + len(b"%%EOF")
    assert hashlib.sha256(here.pdf[:end]).hexdigest() == here.sha256_unsigned


async def test_each_copy_is_its_own(workshop: PaperWorkshop, paper: MakePaper) -> None:
    copies = [await workshop.make_copy(CERTIFICATE, paper(), number) for number in (1, 2)]
    assert len({copy.sha256_unsigned for copy in copies}) == 2
    assert [CopyCode.parse(copy.code).copy for copy in copies] == [1, 2]


async def test_a_kept_code_must_be_this_copys(workshop: PaperWorkshop, paper: MakePaper) -> None:
    made = await workshop.make_copy(CERTIFICATE, paper(), 1)
    again = await workshop.make_copy(CERTIFICATE, paper(), 1, made.code)
    assert again.sha256_unsigned == made.sha256_unsigned
    for facts, copy in (({}, 2), ({"purpose": "落户"}, 1)):
        with pytest.raises(CodeInvalid, match="another copy"):
            await workshop.make_copy(CERTIFICATE, paper(**facts), copy, made.code)
    with pytest.raises(CodeInvalid):
        await workshop.make_copy(CERTIFICATE, paper(), 1, made.code[:-1])


async def test_preview_is_a_picture(workshop: PaperWorkshop, paper: MakePaper) -> None:
    png = await workshop.preview(CERTIFICATE, draft_of(paper()), 600)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == 600


async def test_errors_come_back_typed(
    workshop: PaperWorkshop,
    paper: MakePaper,
    record: MakePaper,
    applicant: dict[str, Any],
    home: dict[str, Any],
) -> None:
    with pytest.raises(TemplateBroken):
        await workshop.make_copy(Path("services/none.typ"), paper(), 1)
    with pytest.raises(CodeInvalid):
        await workshop.make_copy(CERTIFICATE, paper(), 0)
    rare = applicant | {"name": "李\U00031350"}
    with pytest.raises(CharacterMissing):
        await workshop.make_copy(CERTIFICATE, paper(applicants=[rare]), 1)
    long_home = home | {"location": "新" * 60, "certificate_number": "粤" * 40}
    long_name = applicant | {"name": "名" * 70}
    full = record(applicants=[long_name] * 4, homes=[long_home] * 6)
    with pytest.raises(PaperTooLong):
        await workshop.make_copy(RECORD, full, 1)


async def test_a_wrong_key_is_told(paper: MakePaper, tmp_path: Path) -> None:
    workshop = PaperWorkshop(CONFIG, KeyFile(path=tmp_path / "none.p12"))
    try:
        with pytest.raises(KeyUnusable):
            await workshop.warm()
    finally:
        await workshop.close()


async def test_forget_ends_the_process_and_the_next_call_starts_one(
    workshop: PaperWorkshop, paper: MakePaper
) -> None:
    await workshop.warm()
    first = worker_pid(workshop)
    await workshop.forget()
    assert gone(first)
    assert (await workshop.make_copy(CERTIFICATE, paper(), 1)).pdf
    assert worker_pid(workshop) != first


async def test_a_killed_process_is_replaced(workshop: PaperWorkshop, paper: MakePaper) -> None:
    await workshop.warm()
    os.kill(worker_pid(workshop), 9)
    with pytest.raises(WorkshopFailed):
        await workshop.make_copy(CERTIFICATE, paper(), 1)
    assert (await workshop.make_copy(CERTIFICATE, paper(), 1)).pdf


async def test_a_hung_process_is_ended(
    workshop: PaperWorkshop, paper: MakePaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await workshop.warm()
    hung = worker_pid(workshop)
    os.kill(hung, 19)
    monkeypatch.setattr("kiosk_app.documents.workshop.DEADLINE_S", 0.2)
    with pytest.raises(WorkshopFailed, match="in time"):
        await workshop.warm()
    assert gone(hung)


async def test_a_withdrawn_request_leaves_no_answer_to_the_next(
    workshop: PaperWorkshop, paper: MakePaper
) -> None:
    await workshop.warm()
    withdrawn = asyncio.create_task(workshop.preview(CERTIFICATE, draft_of(paper())))
    await asyncio.sleep(0)
    withdrawn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await withdrawn
    assert (await workshop.make_copy(CERTIFICATE, paper(), 1)).pdf.startswith(b"%PDF")


async def test_requests_at_once_are_served_in_turn(
    workshop: PaperWorkshop, paper: MakePaper
) -> None:
    copies = await asyncio.gather(
        *(workshop.make_copy(CERTIFICATE, paper(), number) for number in range(1, 5))
    )
    assert [CopyCode.parse(copy.code).copy for copy in copies] == [1, 2, 3, 4]


async def test_repr_hides_the_paper(workshop: PaperWorkshop, paper: MakePaper) -> None:
    made = await workshop.make_copy(CERTIFICATE, paper(), 1)
    assert "PDF" not in repr(made)
    assert made.code not in repr(made)
