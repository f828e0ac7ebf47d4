"""What must hold after every run, whatever went wrong: the invariants I1 to I8 of the fault table.

They are read from the files and devices themselves, not from what the service says of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from drivers.runtime_folder import runtime_path
from drivers.virtual.residents import RESIDENTS
from kiosk_app.audit import AuditLog
from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.issuing.states import (
    DELIVERED,
    IN_FLIGHT,
    VALID,
    WITH_STAFF,
    CopyState,
    IssuanceState,
)

CANARIES = tuple(
    word.encode(encoding)
    for resident in RESIDENTS
    for word in (resident.name, resident.id_number, resident.card.address)
    if word
    for encoding in ("utf-8", "utf-16-le", "gb18030")
)
"""What no file outside the register and no screen may ever hold."""

_KEPT = ("register", "papers", "virtual/tray", "virtual/taken")
"""The register's own records; what a rehearsal keeps and the citizen holds: the papers."""


def hold(folder: Path) -> None:
    """Assert the invariants of a run folder whose terminal is at rest."""
    issued_once(folder)
    nothing_personal(folder)
    audit_verifies(folder)
    documents, at_register = _documents(folder), _register(folder)
    for key, serial in at_register.items():
        assert documents[key] == serial, "I1: the journal has not heard of a number"
    waiting = {copy for copy, state in _copies(folder).items() if state in IN_FLIGHT}
    assert waiting == set(), "I2: nobody has looked what became of a copy"


def issued_once(folder: Path) -> None:
    """I1 to I3, which hold at any moment, even when the terminal has just been killed."""
    documents, copies = _documents(folder), _copies(folder)
    at_register = _register(folder)
    serials = [serial for serial in documents.values() if serial is not None]
    assert len(serials) == len(set(serials)), "I1: one number for two documents"
    numbered = {key: serial for key, serial in documents.items() if serial is not None}
    assert numbered.items() <= at_register.items(), "I1: a number that the register never gave"
    lost = {key for key in at_register if key not in documents}
    assert lost == set(), "I1: the register gave numbers that the journal forgot"

    valid = Counter(serial for (serial, _), state in copies.items() if state in VALID)
    assert all(count == 1 for count in valid.values()), "I2: two valid copies of one number"
    live = Counter(
        serial for (serial, _), state in copies.items() if state in DELIVERED | WITH_STAFF
    )
    assert all(count == 1 for count in live.values()), "I2: a copy beside one that waits for staff"

    sheets = Counter(sheets_out(folder))
    assert sheets.keys() <= copies.keys(), "I3: a sheet is out that is on no record"
    for copy, count in sheets.items():
        assert count == 1 or copies[copy] not in VALID, "I3: two sheets of one valid copy"


def audit_verifies(folder: Path) -> None:
    """I6."""
    with closing(AuditLog.open(folder / "records" / "audit.sqlite")) as audit:
        audit.verify()


def nothing_personal(folder: Path) -> None:
    """I5: nothing of a citizen lies about, in the run folder or in memory-backed folders."""
    assert [path for path in (folder / "spool").rglob("*") if not path.is_dir()] == []
    for path in files(folder):
        content = path.read_bytes()
        assert not any(word in content for word in CANARIES), f"I5: {path} tells of a resident"
        if "virtual" not in path.parts:
            assert b"%PDF-" not in content[:1024], f"I5: a paper was left at {path}"


def nothing_told(log: str, frames: Sequence[str]) -> None:
    """I5: neither the log of a terminal nor any frame that its page got tells of anybody."""
    for text in (log.encode(), "\n".join(frames).encode()):
        assert not any(word in text for word in CANARIES), "I5: a resident is named"
    assert "Traceback" not in log


def files(folder: Path) -> Iterator[Path]:
    """Every plain file of a run folder and of its memory-backed stand-ins, but for what is kept.

    What the virtual printer remembers inside is the printer's own, as its tray is.
    """
    kept = [folder / name for name in _KEPT]
    stand_ins = [runtime_path(folder / name) for name in ("virtual", "virtual/room", "print")]
    for root in (folder, *stand_ins):
        for path in root.rglob("*"):
            plain = path.is_file() and not path.is_symlink()
            if plain and not any(path.is_relative_to(each) for each in kept):
                yield path


def sheets_out(folder: Path) -> list[tuple[str, int]]:
    """Serial and copy number of each sheet that came out with ink on it, from its QR code."""
    found = []
    for place in ("tray", "taken"):
        for description in sorted((folder / "virtual" / place).glob("sheet-*.json")):
            if json.loads(description.read_text(encoding="utf-8"))["blank"]:
                continue
            found.append(_code_on(description.with_name(f"{description.stem}-1.png")))
    return found


_READ: dict[tuple[Path, int], tuple[str, int]] = {}


def _code_on(picture: Path) -> tuple[str, int]:
    """A sheet's code, read once: a sheet does not change."""
    name = (Path(picture.name), picture.stat().st_mtime_ns)
    if name not in _READ:
        with Image.open(picture) as image:
            codes = [CopyCode.parse(each.text) for each in zxingcpp.read_barcodes(image)]
        assert len(codes) == 1, f"{picture} has {len(codes)} codes"
        _READ[name] = (codes[0].serial, codes[0].copy)
    return _READ[name]


def _documents(folder: Path) -> dict[str, str | None]:
    """Serial, or ``None`` before there is one, by key."""
    rows = _rows(folder / "records" / "journal.sqlite", "SELECT key, serial, state FROM issuance")
    for _, serial, state in rows:
        assert (serial is not None) == (state == IssuanceState.ISSUED)
    return {str(key): serial for key, serial, _ in rows}


def _copies(folder: Path) -> dict[tuple[str, int], CopyState]:
    rows = _rows(
        folder / "records" / "journal.sqlite",
        "SELECT serial, number, copy.state FROM copy JOIN issuance ON issuance.id = issuance",
    )
    return {(serial, number): CopyState(state) for serial, number, state in rows}


def _register(folder: Path) -> dict[str, str]:
    rows = _rows(folder / "register" / "records.sqlite", "SELECT key, serial FROM issuance")
    return {str(key): str(serial) for key, serial in rows}


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(query).fetchall()
