"""What every reader of social security cards does, whichever wire it is on."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import date

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status
from drivers.id_card.contract import CardMedia


@dataclass(frozen=True, slots=True)
class SocialSecurityReaderStatus(Status):
    """CardReader.Status, as far as a reader of contact chips knows it."""

    media: Reading[CardMedia]


@dataclass(frozen=True, slots=True)
class SocialSecurityReaderCapabilities(Capabilities):
    """``model``: the reader's name as pcscd has it."""

    chip_protocols: tuple[str, ...] = ("chipT0", "chipT1")


@dataclass(frozen=True, slots=True)
class SocialSecurityRecord:
    """What one card says. ``repr`` hides all of it, so that no log line can hold it."""

    generation: int
    """1, 2 or 3, by the version of the specification that the card names."""
    id_number: str = field(repr=False)
    """The social security number, which is the citizen's identity number."""
    name: str = field(repr=False)
    birth: date = field(repr=False)
    """As in the number; a card that holds another date is refused."""
    sex: str = field(default="", repr=False)
    """GB/T 2261.1: ``1`` male, ``2`` female; empty when the card does not say."""
    nation: str = field(default="", repr=False)
    """GB/T 3304, two digits."""
    birthplace: str = field(default="", repr=False)
    """GB/T 2260, six digits."""
    card_number: str = field(default="", repr=False)
    division: str = field(default="", repr=False)
    """Where the card belongs (GB/T 2260, six digits): the beginning of its identification code."""
    version: str = field(default="", repr=False)
    """The specification's version as the card names it (``2.00``)."""
    issued_on: date | None = field(default=None, repr=False)
    valid_to: date | None = field(default=None, repr=False)
    """``None`` when the card names no end."""


class SocialSecurityCardDriver(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``card-timeout`` (no card came), ``card-pulled`` (it left while it was read),
    ``card-unsupported`` (a chip that is no social security card), ``card-unreadable`` (it does not
    start, or refuses its files), ``card-data-invalid`` (readable, but number, name, dates or
    layout are wrong), ``card-garbled`` (answers that follow no protocol), ``card-silent``,
    ``reader-absent``, ``reader-busy`` (another program holds the card), ``pcsc-down``.
    """

    device_class = "social-security-card-reader"

    @abstractmethod
    def read_card(self, wait_s: float) -> SocialSecurityRecord:
        """Wait up to ``wait_s`` seconds for a card and read it whole.

        Emits ``MediaInsertedEvent`` when a card is found (before it is read).
        Never returns a partial identity.
        """

    @abstractmethod
    def wait_removed(self, wait_s: float) -> bool:
        """Wait until the card is away; ``False`` when it is still there after ``wait_s``.

        ``MediaRemovedEvent`` tells when it goes.
        """

    @abstractmethod
    def reset(self) -> None:
        """End what was begun with the card, and begin to watch the reader anew."""

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Start the card that is in the reader, if any: ``reader``, ``card``, ``protocol``,
        ``answer_to_reset`` (interface bytes), ``connect_ms``, ``reset_ms``."""

    @abstractmethod
    def chip_power(self, action: str) -> bytes:
        """CardReader.ChipPower: ``cold`` or ``warm`` starts the chip and keeps it for
        ``chip_io``; its answer to reset. ``off`` gives it back; empty."""

    @abstractmethod
    def chip_io(self, data: bytes) -> bytes:
        """CardReader.ChipIO: one command APDU, its response APDU as it comes.

        Raises ``CommandRejected`` ``chip-not-powered`` (``atrNotObtained``) before
        ``chip_power``.
        """
