"""A travel-document reader: the second slot of the virtual PC/SC reader, and documents for it."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from drivers.travel_document.files import File
from drivers.travel_document.pcsc import TravelDocumentSettings
from drivers.travel_document.secure_messaging import SECURED
from drivers.virtual import emrtd_files
from drivers.virtual.emrtd_chip import LONGEST_ANSWER, OFFERED, Access, EmrtdChip
from drivers.virtual.emrtd_people import HOLDERS, Holder, holder
from drivers.virtual.emrtd_signing import Signer
from drivers.virtual.pcscd import READER
from drivers.virtual.peer import FaultSwitch
from drivers.virtual.slot_peer import ChipInSlot, SlotPeer
from drivers.virtual.smart_card import VirtualCard
from drivers.virtual.social_security_card_chip import transit_chip

_SLOT_NUMBER = 1
_UNPLUGGED = "travel-document-unplugged"
_PULLED_MID_READ = "travel-document-pulled-mid-read"
_WRONG_MAC = "travel-document-wrong-mac"
_ALTERED = "travel-document-altered-dg"
_UNTRUSTED = "travel-document-untrusted-signer"
_EXPIRED = "travel-document-expired-signer"
_REVOKED = "travel-document-revoked-signer"
_GARBAGE = "travel-document-garbage"
_SILENT = "travel-document-silent"
_MADE_SO = frozenset((_ALTERED, _UNTRUSTED, _EXPIRED, _REVOKED))
"""Faults of the document itself: the one that lies there is exchanged."""
_MID_READ = 6
"""The protected command at which ``travel-document-pulled-mid-read`` pulls the document."""
_SHORT_LIFE = timedelta(hours=12)
"""A certificate that begins yesterday is over today."""
_NO_DOCUMENT = "transit-card"
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


class VirtualTravelDocumentReader(SlotPeer[tuple[str, Access]]):
    """Documents answer at the pace of a contactless chip.

    Actions: ``place`` ``{"document": "passport|home-return|taiwan-pass|transit-card", "access":
    "bac|pace-brainpool|pace-nist"}`` lays a document on the reader (``access`` is ``bac`` unless
    given); ``remove`` takes it away.
    """

    role = "travel-document-reader"
    driver = "travel-document"
    slot = "document"
    unplugged = _UNPLUGGED
    pulled_mid_read = _PULLED_MID_READ
    switches = (
        FaultSwitch(_UNPLUGGED),
        FaultSwitch(_PULLED_MID_READ, once=True),
        FaultSwitch(_WRONG_MAC),
        FaultSwitch(_ALTERED),
        FaultSwitch(_UNTRUSTED),
        FaultSwitch(_EXPIRED),
        FaultSwitch(_REVOKED),
        FaultSwitch(_GARBAGE),
        FaultSwitch(_SILENT),
    )

    def __init__(self, run_dir: Path) -> None:
        super().__init__(run_dir)
        self._certificates = run_dir.absolute() / "country-certificates"
        self._made_so: frozenset[str] = frozenset()
        """The faults with which the document that lies there was made."""
        self._signers: dict[str | None, Signer] = {}
        """Who signs documents, by the fault that lets another one sign."""

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
        """See ``VirtualPeer.start``. The made-up country's certificate is put into a store, and
        its list of what it revoked."""
        own = Signer.create()
        revoked = own.colleague()
        self._signers = {
            None: own,
            _UNTRUSTED: Signer.create(),
            _EXPIRED: own.colleague(lives=_SHORT_LIFE),
            _REVOKED: revoked,
        }
        self._certificates.mkdir(parents=True, exist_ok=True)
        (self._certificates / "virtual.cer").write_bytes(own.authority_der)
        (self._certificates / "virtual.crl").write_bytes(own.revocation_list(revoked.certificate))
        super().start()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        super().stop()
        shutil.rmtree(self._certificates, ignore_errors=True)

    def chip(self, document: str, access: Access) -> VirtualCard:
        """A document's chip as the faults of the moment make it."""
        if document == _NO_DOCUMENT:
            return transit_chip()
        if not self._signers:
            raise RuntimeError("the reader was not started")
        person = holder(document)
        instead = next((each for each in self._signers if each in self._on), None)
        application = emrtd_files.application(person, self._signers[instead])
        if _ALTERED in self._on:
            place = File.DG1.value.short_id
            forged = application[place].replace(b"ANNA", b"ANNE").replace(b"OU<<", b"OV<<")
            application[place] = forged.replace(b"LIN<<", b"LIM<<")
        offered = OFFERED[access]
        master = emrtd_files.master_file(offered, LONGEST_ANSWER)
        return EmrtdChip(
            person.key, offered, master, application, access_number=person.access_number
        )

    def _reconcile(self) -> None:
        with self._lock:
            if self._placed is not None and self._on & _MADE_SO != self._made_so:
                self._lay(*self._placed)

    def _seen(self) -> dict[str, Any]:
        """``document`` and ``access`` of what lies there or ``None``, ``documents`` that may be
        placed, each with its ``mrz`` (printed lines) and ``key`` (what a person types)."""
        document, access = self._placed or (None, None)
        return {
            "document": document,
            "access": access,
            "documents": [_printed(each) for each in HOLDERS],
        }

    def _place(self, arguments: dict[str, Any]) -> None:
        self._lay(*_understood(arguments))

    def _lay(self, document: str, access: Access) -> None:
        with self._lock:
            self._made_so = frozenset(self._on & _MADE_SO)
            chip = self.chip(document, access)
            self._insert((document, access), _TravelDocument(chip, self._on, self._pulled))


class _TravelDocument(ChipInSlot):
    silent = _SILENT
    garbage = _GARBAGE

    def _counts(self, command: bytes) -> bool:
        return command[0] & SECURED == SECURED

    def _pull_at(self) -> int | None:
        return _MID_READ if _PULLED_MID_READ in self._faults else None

    def _takes_s(self, command: bytes, answer: bytes) -> float:
        return on_air_s(command, answer)

    def _spoiled(self, answer: bytes) -> bytes:
        if _WRONG_MAC in self._faults and self.counted and len(answer) > 2:
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
