"""Verification over HTTP and by command: valid, void, altered, unknown; nothing about anybody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image

from drivers.virtual.residents import resident
from kiosk_app.issuing.staff import Decision
from tests.stand import Stand, go

ROOT = Path(__file__).parents[2]
PDF = {"content-type": "application/pdf"}


@dataclass
class Paper:
    """One paper that was printed here."""

    file: Path
    code: str
    serial: str


def printed(stand: Stand, **how: Any) -> Paper:
    played = stand.play(**how)
    serial = str(played.report.serial)
    state = stand.run(stand.hands.state())
    sheet = state["devices"]["document-printer"]
    picture = max((*sheet["taken"], *sheet["tray"]), key=lambda each: str(each["id"]))["png"]
    with Image.open(picture) as image:
        (code,) = zxingcpp.read_barcodes(image)
    return Paper(stand.folder / "papers" / f"{serial}-1.pdf", code.text, serial)


@pytest.fixture(scope="module")
def paper(running_stand: Stand) -> Paper:
    return printed(running_stand)


@pytest.fixture
def client(stand: Stand) -> Iterator[httpx.Client]:
    with stand.client() as client:
        yield client


def by_code(client: httpx.Client, code: str) -> Any:
    answer = client.post("/api/verify/code", json={"code": code})
    assert answer.status_code == 200
    return answer.json()


def by_file(client: httpx.Client, pdf: bytes) -> Any:
    answer = client.post("/api/verify/file", content=pdf, headers=PDF)
    assert answer.status_code == 200
    return answer.json()


def test_a_paper_that_was_printed_here_is_valid(client: httpx.Client, paper: Paper) -> None:
    for told in (by_code(client, paper.code), by_file(client, paper.file.read_bytes())):
        assert told["verdict"] == "valid"
        assert (told["serial"], told["copy"]) == (paper.serial, 1)
        assert told["development_key"] is True
        assert told["issued_on"] is not None
        assert told["document"]["zh"]


def test_nothing_in_an_answer_is_about_the_person(client: httpx.Client, paper: Paper) -> None:
    person = resident(1)
    for told in (by_code(client, paper.code), by_file(client, paper.file.read_bytes())):
        words = json.dumps(told, ensure_ascii=False)
        assert person.name not in words
        assert person.id_number not in words
        assert person.id_number[-4:] not in words.replace(paper.serial, "")


def test_a_copy_that_staff_declared_void_is_void(stand: Stand, client: httpx.Client) -> None:
    paper = printed(stand, turns=[("take", go("missing"))])
    office = stand.running.terminal.parts.office
    assert office is not None
    assert by_code(client, paper.code)["verdict"] == "void"
    stand.run(office.decide(paper.serial, 1, Decision.VOID, by="staff.li"))
    assert by_code(client, paper.code)["verdict"] == "void"
    assert by_file(client, paper.file.read_bytes())["verdict"] == "void"


def test_a_code_of_which_one_character_was_changed_is_altered_or_none(
    client: httpx.Client, paper: Paper
) -> None:
    verdicts = set()
    for at in range(0, len(paper.code), 7):
        other = "A" if paper.code[at] != "A" else "B"
        told = by_code(client, paper.code[:at] + other + paper.code[at + 1 :])
        verdicts.add(told["verdict"])
        assert told["serial"] is None
    assert verdicts <= {"altered", "unknown"}
    assert "altered" in verdicts


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7])
def test_a_file_of_which_a_byte_was_changed_is_not_valid(
    client: httpx.Client, paper: Paper, part: float
) -> None:
    data = bytearray(paper.file.read_bytes())
    data[int(len(data) * part)] ^= 0x01
    told = by_file(client, bytes(data))
    assert told["verdict"] in ("altered", "unknown")
    assert told["serial"] is None


def test_a_file_to_which_something_was_added_is_altered(client: httpx.Client, paper: Paper) -> None:
    told = by_file(client, paper.file.read_bytes() + b"\n% and a house of my own\n")
    assert told["verdict"] == "altered"


@pytest.mark.parametrize(
    "code", ["", "YM1.", "YM1.AAAA.BBBB", "x" * 1024, "PN-WF-20261124-1", "\0"]
)
def test_what_is_no_code_is_unknown(client: httpx.Client, code: str) -> None:
    assert by_code(client, code)["verdict"] == "unknown"


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", b"\0" * 5000, b"%PDF-1.7\n" + b"1 0 obj" * 500])
def test_what_is_no_paper_of_ours_is_unknown(client: httpx.Client, pdf: bytes) -> None:
    assert by_file(client, pdf)["verdict"] == "unknown"


def test_a_code_that_is_too_long_is_not_looked_at(client: httpx.Client) -> None:
    assert client.post("/api/verify/code", json={"code": "x" * 2000}).status_code == 422


def verify(stand: Stand, paper: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own beside the running terminal."""
    command = [sys.executable, "-m", "kiosk_app.cli", "--run-dir", str(stand.folder)]
    return subprocess.run(
        [*command, "verify", paper, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )


def test_the_command_says_the_same_and_ends_with_0_for_valid_only(
    stand: Stand, paper: Paper, tmp_path: Path
) -> None:
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(paper.file.read_bytes() + b"\n%\n")
    other = tmp_path / "other.pdf"
    other.write_bytes(b"%PDF-1.7")
    expected = {
        str(paper.file): (0, "valid"),
        paper.code: (0, "valid"),
        str(altered): (1, "altered"),
        str(other): (1, "unknown"),
        "YM1.AAAA": (1, "unknown"),
    }
    for what, (status, verdict) in expected.items():
        done = verify(stand, what)
        assert (done.returncode, json.loads(done.stdout)["verdict"]) == (status, verdict)
        assert resident(1).id_number not in done.stdout + done.stderr


def test_a_file_that_is_not_there_is_a_mistake_of_use(stand: Stand) -> None:
    done = verify(stand, "/none.pdf")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (2, 2)
    assert "/none.pdf" in json.loads(done.stdout)["error"]
