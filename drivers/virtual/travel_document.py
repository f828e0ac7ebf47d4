"""A travel-document reader: the second slot of the virtual PC/SC reader, and documents for it."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from drivers.travel_document.files import File
from drivers.travel_document.pcsc import TravelDocumentSettings
from drivers.travel_document.secure_messaging import SECURED
from drivers.virtual import emrtd_files
from drivers.virtual.emrtd_chip import LONGEST_ANSWER, OFFERED, Access, EmrtdChip
from drivers.virtual.emrtd_people import HOLDERS, Holder, holder
from drivers.virtual.emrtd_signing import Signer
from drivers.virtual.pcscd import READER, VirtualPcscd
from drivers.virtual.peer import FaultSwitch, VirtualPeer
from drivers.virtual.smart_card import CardLeaves, VirtualCard
from drivers.virtual.social_security_card_chip import transit_chip

_SLOT, _SLOT_NUMBER = "document", 1
_UNPLUGGED = "travel-document-unplugged"
_PULLED_MID_READ = "travel-document-pulled-mid-read"
_WRONG_MAC = "travel-document-wrong-mac"
_ALTERED = "travel-document-altered-dg"
_UNTRUSTED = "travel-document-untrusted-signer"
_GARBAGE = "travel-document-garbage"
_SILENT = "travel-document-silent"
_MADE_SO = (_ALTERED, _UNTRUSTED)
"""Faults of the document itself: the one that lies there is exchanged."""
_MID_READ = 6
"""The protected command at which ``travel-document-pulled-mid-read`` pulls the document."""
_NO_DOCUMENT = "transit-card"
_LOOK_S = 0.01
BIT_RATE = 847_500
"""Bits a second between a contactless reader and a chip at the fastest of the four rates (13.56 MHz
/ 16; ISO/IEC 14443-2, 8.1)."""
_BITS_A_BYTE = 9
"""Eight and a parity bit (ISO/IEC 14443-3, 6.2.3.2)."""
_MAC_FROM_END = -3
"""A byte of the checksum, before the two of the status."""


def on_air_s(command: bytes, answer: bytes) -> float:
    """Seconds that a command and its answer are on their way between reader and chip."""
    return (len(command) + len(answer)) * _BITS_A_BYTE / BIT_RATE


class VirtualTravelDocumentReader(VirtualPeer):
    """Documents answer at the pace of a contactless chip. ``travel-document-unplugged`` takes the
    whole PC/SC reader away, both of its slots."""

    role = "travel-document-reader"
    driver = "travel-document"
    switches = (
        FaultSwitch(_UNPLUGGED),
        FaultSwitch(_PULLED_MID_READ, once=True),
        FaultSwitch(_WRONG_MAC),
        FaultSwitch(_ALTERED),
        FaultSwitch(_UNTRUSTED),
        FaultSwitch(_GARBAGE),
        FaultSwitch(_SILENT),
    )

    def __init__(self, run_dir: Path) -> None:
        self._pcscd = VirtualPcscd.shared(run_dir)
        self._slot = self._pcscd.slots[_SLOT]
        self._certificates = run_dir.absolute() / "country-certificates"
        self._lock = threading.RLock()
        self._faults: set[str] = set()
        self._placed: tuple[str, Access] | None = None
        self._signer: Signer | None = None

    @property
    def settings(self) -> TravelDocumentSettings:
        """What a driver of this reader is to be given."""
        return TravelDocumentSettings(
            reader=READER,
            slot=_SLOT_NUMBER,
            pcscd_socket=str(self._pcscd.socket),
            answer_s=2.0,
            certificates=self._certificates,
        )

    def start(self) -> None:
        """See ``VirtualPeer.start``. The made-up country's certificate is put into a store."""
        self._signer = Signer.create()
        self._certificates.mkdir(parents=True, exist_ok=True)
        (self._certificates / "virtual.cer").write_bytes(self._signer.authority_der)
        self._pcscd.start()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        self._remove()
        self._pcscd.stop()
        shutil.rmtree(self._certificates, ignore_errors=True)

    def set_fault(self, name: str, on: bool) -> None:
        """See ``VirtualPeer.set_fault``."""
        if not any(switch.name == name for switch in self.switches):
            raise KeyError(name)
        if name == _UNPLUGGED:
            self._pcscd.plug(plugged=not on)
            return
        with self._lock:
            (self._faults.add if on else self._faults.discard)(name)
            placed = self._placed
        if name in _MADE_SO and placed is not None:
            self._insert(*placed)

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            on = {*self._faults, *(() if self._pcscd.plugged else (_UNPLUGGED,))}
        return tuple(switch.name for switch in self.switches if switch.name in on)

    def state(self) -> dict[str, Any]:
        """``light`` (``off``, ``idle``, ``found``, ``reading``), ``document`` and ``access`` of
        what lies there or ``None``, ``documents`` that may be placed, each with its ``mrz``
        (printed lines) and ``key`` (what a person types), ``reader`` as pcscd has it, ``socket``
        of pcscd."""
        with self._lock:
            document, access = self._placed or (None, None)
            return {
                "light": self._light(),
                "document": document,
                "access": access,
                "documents": [_printed(each) for each in HOLDERS],
                "reader": VirtualPcscd.reader(_SLOT),
                "socket": str(self._pcscd.socket),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``place`` ``{"document": "passport|home-return|taiwan-pass|transit-card", "access":
        "bac|pace-brainpool|pace-nist"}`` lays a document on the reader (``access`` is ``bac``
        unless given); ``remove`` takes it away. Both return the new state."""
        if action == "place":
            self._insert(*_understood(arguments))
        elif action == "remove":
            self._remove()
        else:
            raise KeyError(action)
        return self.state()

    def chip(self, document: str, access: Access) -> VirtualCard:
        """A document's chip as the faults of the moment make it."""
        if document == _NO_DOCUMENT:
            return transit_chip()
        if self._signer is None:
            raise RuntimeError("the reader was not started")
        person = holder(document)
        stranger = Signer.create() if _UNTRUSTED in self._faults else self._signer
        application = emrtd_files.application(person, stranger)
        if _ALTERED in self._faults:
            place = File.DG1.value.short_id
            forged = application[place].replace(b"ANNA", b"ANNE").replace(b"OU<<", b"OV<<")
            application[place] = forged.replace(b"LIN<<", b"LIM<<")
        offered = OFFERED[access]
        master = emrtd_files.master_file(offered, LONGEST_ANSWER)
        return EmrtdChip(person.key, offered, master, application)

    def _insert(self, document: str, access: Access) -> None:
        with self._lock:
            card = _ChipOnReader(self.chip(document, access), self._faults, self._pulled)
            self._remove()
            self._placed = (document, access)
            self._slot.insert(card)

    def _remove(self) -> None:
        with self._lock:
            self._placed = None
            card = self._slot.card
        if isinstance(card, _ChipOnReader):
            card.pulled.set()
        self._slot.remove()

    def _pulled(self) -> None:
        """The document's doing, on the slot's thread."""
        with self._lock:
            self._placed = None
            self._faults.discard(_PULLED_MID_READ)

    def _light(self) -> str:
        if not self._pcscd.running or not self._pcscd.plugged:
            return "off"
        card = self._slot.card
        if not isinstance(card, _ChipOnReader):
            return "idle"
        return "reading" if card.protected else "found"


class _ChipOnReader:
    """A chip with what may go wrong between it and the reader. Fulfils ``VirtualCard``."""

    def __init__(self, chip: VirtualCard, faults: set[str], on_pulled: Callable[[], None]) -> None:
        self.atr = chip.atr
        self.pulled = threading.Event()
        self.protected = 0
        """Commands under secure messaging since the chip was last powered."""
        self._chip = chip
        self._faults = faults
        self._on_pulled = on_pulled
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run

    def power_on(self) -> None:
        self.protected = 0
        self._chip.power_on()

    def answer(self, command: bytes) -> bytes:
        self.protected += command[0] & SECURED == SECURED
        if _PULLED_MID_READ in self._faults and self.protected >= _MID_READ:
            self._on_pulled()
            raise CardLeaves
        while _SILENT in self._faults and not self.pulled.is_set():
            time.sleep(_LOOK_S)
        answer = self._chip.answer(command)
        if self.pulled.wait(on_air_s(command, answer)):
            raise CardLeaves
        return self._spoiled(answer)

    def _spoiled(self, answer: bytes) -> bytes:
        if _GARBAGE in self._faults:
            return self._random.randbytes(max(2, len(answer)))
        if _WRONG_MAC in self._faults and self.protected and len(answer) > 2:
            spoiled = bytearray(answer)
            spoiled[_MAC_FROM_END] ^= 0xFF
            return bytes(spoiled)
        return answer


def _printed(person: Holder) -> dict[str, Any]:
    key = {name: str(value) for name, value in asdict(person.key).items()}
    return {"document": person.document, "mrz": list(person.lines), "key": key}


def _understood(arguments: dict[str, Any]) -> tuple[str, Access]:
    document = arguments.get("document")
    known = (*(each.document for each in HOLDERS), _NO_DOCUMENT)
    if not isinstance(document, str) or document not in known:
        raise ValueError("there is no such document in the drawer")
    try:
        return document, Access(arguments.get("access", Access.BAC))
    except ValueError:
        raise ValueError("access is bac, pace-brainpool or pace-nist") from None
