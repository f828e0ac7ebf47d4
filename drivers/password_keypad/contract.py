"""What every password keypad does: a password that leaves it only encrypted."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, Status


class EncryptionState(StrEnum):
    """KeyManagement.Status ``encryptionState``."""

    UNKNOWN = "undefined"
    READY = "ready"
    NOT_READY = "notReady"
    NOT_INITIALIZED = "notInitialized"
    BUSY = "busy"


class EntryMode(StrEnum):
    """Whether keys are taken now, and as what."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    SECURE = "secure"


@dataclass(frozen=True, slots=True)
class PasswordKeypadStatus(Status):
    """``encryption_state`` is ``ready`` once a session key is loaded; ``tampered``: whether the
    housing was opened, after which the keypad has no keys any more."""

    encryption_state: Reading[EncryptionState]
    entry: Reading[EntryMode]
    tampered: Reading[bool | None]


@dataclass(frozen=True, slots=True)
class PasswordKeypadCapabilities(Capabilities):
    """``pin_formats`` in the words of PinPad.Capabilities."""

    pin_formats: tuple[str, ...] = ("iso0",)
    longest_pin: int = 12


@dataclass(frozen=True, slots=True)
class PinBlock:
    """A password as it leaves the keypad. ``repr`` hides it.

    ``block``: 8 bytes, ISO 9564-1 format 0, encrypted with the session key (TDEA of two keys, one
    block, no chaining). ``format``: PinPad's word for it.
    """

    block: bytes = field(repr=False)
    format: str = "iso0"


class PasswordKeypad(Driver):
    """Commands of the class. Their errors, beside those of the wire (``SerialDevice``):

    ``pin-timeout`` (not finished in time), ``pin-cancelled`` (the cancel key), ``keypad-no-key``
    (``keyNotLoaded``), ``keypad-key-rejected`` (``keyInvalid``: the check value differs),
    ``keypad-tampered``, ``keypad-key-stuck``, ``account-invalid``, ``pin-length-invalid``.
    No digit is in any event, log, error or result, and neither is the length.
    """

    device_class = "password-keypad"

    @abstractmethod
    def load_session_key(self, key: bytes, check_value: bytes) -> None:
        """Give the keypad a session key (16 bytes, encrypted under the master key that was put
        into the keypad on site) with the first 3 bytes of eight zero bytes encrypted with it."""

    @abstractmethod
    def read_pin(
        self, account: str, wait_s: float, shortest: int = 6, longest: int = 6
    ) -> PinBlock:
        """Let the citizen type a password of 4 to 12 digits and press enter.

        ``account``: the number that the password belongs to, 13 to 19 digits; its last 12 digits
        but one go into the block. Emits ``EnterDataEvent`` when keys are taken, and ``KeyEvent``
        for each key: ``{"key": "*"}`` for a digit, else ``clear`` or ``backspace``.
        """

    @abstractmethod
    def reset(self) -> None:
        """End the entry and forget what was typed; the session key stays."""
