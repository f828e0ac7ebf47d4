"""What every identity-card reader does, whichever wire it is on."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, Status


class CardKind(StrEnum):
    """The four cards of the SAM_V text layouts (type flag at byte 248)."""

    RESIDENT = "resident"
    HK_MACAO_TAIWAN_RESIDENCE = "hk-macao-taiwan-residence"
    FOREIGN_PERMANENT_2017 = "foreign-permanent-2017"
    FOREIGN_PERMANENT_2023 = "foreign-permanent-2023"


class CardMedia(StrEnum):
    """CardReader.Status ``media``."""

    UNKNOWN = "unknown"
    PRESENT = "present"
    NOT_PRESENT = "notPresent"
    JAMMED = "jammed"
    ENTERING = "entering"
    LATCHED = "latched"


@dataclass(frozen=True, slots=True)
class IdCardReaderStatus(Status):
    """CardReader.Status, as far as a contactless identity reader knows it."""

    media: Reading[CardMedia]
    security: Reading[str]
    """SAM: ``ready`` or ``notReady``."""


@dataclass(frozen=True, slots=True)
class IdCardReaderCapabilities(Capabilities):
    """``sam_id``: the SAM's number as printed on the reader; empty when it was not read."""

    sam_id: str = ""
    chip_protocols: tuple[str, ...] = ("chipTypeB",)
    photo: bool = False
    """Whether a photo decoder is bound; without one a card reads with no picture."""


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """What one card says. ``repr`` hides all of it, so that no log line can hold it."""

    kind: CardKind
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    sex: str = field(repr=False)
    """GB/T 2261.1: ``1`` male, ``2`` female, ``0`` unknown, ``9`` not stated."""
    birth: date = field(repr=False)
    valid_from: date = field(repr=False)
    valid_to: date | None = field(repr=False)
    """``None`` means 长期 (no end)."""
    foreign_name: str = field(default="", repr=False)
    nation: str = field(default="", repr=False)
    """GB/T 3304 code for residents; empty on the other cards."""
    nationality: str = field(default="", repr=False)
    """GB/T 2659, three letters, for foreigners."""
    address: str = field(default="", repr=False)
    """The newest address where the card holds one."""
    issuer: str = field(default="", repr=False)
    pass_number: str = field(default="", repr=False)
    issue_count: str = field(default="", repr=False)
    photo_png: bytes | None = field(default=None, repr=False)
    """``None`` when no decoder is bound; a valid state."""


class IdCardReader(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``card-timeout`` (no card came), ``card-pulled`` (card left while it was read),
    ``card-collision`` (more than one card), ``card-unsupported``, ``card-unreadable`` (damaged or
    not authentic), ``card-data-invalid`` (readable, but number, dates or layout are wrong),
    ``reader-not-authorised``, ``reader-self-test-failed``, ``reader-failed``, ``reader-silent``,
    ``reader-garbled``, ``reader-absent``, ``reader-port-busy`` (another process holds its port),
    ``reader-port-denied``.
    """

    device_class = "id-card-reader"

    @abstractmethod
    def read_card(self, wait_s: float) -> IdentityRecord:
        """Wait up to ``wait_s`` seconds for one card and read it whole.

        Emits ``MediaInsertedEvent`` when a card is found (before it is read).
        Never returns a partial identity.
        """

    @abstractmethod
    def wait_removed(self, wait_s: float) -> bool:
        """Wait until the card is away; ``False`` when it still lies there after ``wait_s``.

        Emits ``MediaRemovedEvent`` when it goes.
        """

    @abstractmethod
    def reset(self) -> None:
        """Bring the reader back to its first state."""
