"""Password keypads on a serial line (``drivers.serial_device.frames``).

Commands: 10 LOAD_KEY (key, check value); 11 READ_PIN (account digits, 12 of ASCII; shortest,
longest, wait in ms) → block. Events of READ_PIN: 10 keys are taken; 11 a key, whose field says
``*`` for every digit, 08 for backspace, 0C for clear. Status: encryption state, entry (numbers in
the order of the contract's enums), tampered 0 or 1.

The driver never has a digit: the keypad encrypts what is typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from drivers.device import Capabilities, DeviceEvent, Reading, assumed, command, sensed
from drivers.errors import (
    CommandRejected,
    DeviceError,
    HardwareFault,
    OperatorAction,
    ProtocolError,
    UserFault,
)
from drivers.password_keypad.contract import (
    EncryptionState,
    EntryMode,
    PasswordKeypad,
    PasswordKeypadCapabilities,
    PasswordKeypadStatus,
    PinBlock,
)
from drivers.serial_device.driver import LONGEST_WAIT_S, SerialDevice, member
from drivers.serial_device.frames import Field, Fields, HardwareClass, Refusal, pack
from drivers.serial_device.mask import FieldRules

_KEY_LENGTH, _CHECK_LENGTH, _BLOCK_LENGTH = 16, 3, 8
_ACCOUNT_DIGITS = 12


class KeypadCommand(IntEnum):
    """Commands of the class."""

    LOAD_KEY = 0x10
    READ_PIN = 0x11


class KeypadField(IntEnum):
    """Fields of the class."""

    ENCRYPTION = 0x20
    ENTRY = 0x21
    TAMPERED = 0x22
    KEY = 0x23
    CHECK_VALUE = 0x24
    ACCOUNT = 0x25
    SHORTEST = 0x26
    LONGEST = 0x27
    BLOCK = 0x28
    PRESSED = 0x29


class KeypadEvent(IntEnum):
    """Events of the class."""

    ENTRY_BEGAN = 0x10
    KEY_PRESSED = 0x11


class KeypadRefusal(IntEnum):
    """Refusals of the class."""

    NO_KEY = 0x10
    KEY_REJECTED = 0x11
    CITIZEN_CANCELLED = 0x12
    TAMPERED = 0x13
    KEY_STUCK = 0x14


PRESSED = {0x2A: "*", 0x08: "backspace", 0x0C: "clear"}
"""What an event may say of a key."""


class SerialKeypad(SerialDevice, PasswordKeypad):
    """See the module."""

    hardware_class = HardwareClass.PASSWORD_KEYPAD
    refusals: ClassVar[Mapping[int, DeviceError]] = {
        Refusal.TIMED_OUT: UserFault("pin-timeout", "the password was not finished in time"),
        KeypadRefusal.NO_KEY: CommandRejected(
            "keypad-no-key", "the keypad has no session key", error_code="keyNotLoaded"
        ),
        KeypadRefusal.KEY_REJECTED: CommandRejected(
            "keypad-key-rejected", "the keypad does not take this key", error_code="keyInvalid"
        ),
        KeypadRefusal.CITIZEN_CANCELLED: UserFault("pin-cancelled", "the cancel key was pressed"),
        KeypadRefusal.TAMPERED: HardwareFault(
            "keypad-tampered", "the keypad was opened", action=OperatorAction.SUSPEND
        ),
        KeypadRefusal.KEY_STUCK: HardwareFault("keypad-key-stuck", "a key does not come up"),
    }

    recorded = FieldRules(
        frozenset(
            {
                KeypadField.ENCRYPTION,
                KeypadField.ENTRY,
                KeypadField.TAMPERED,
                KeypadField.SHORTEST,
                KeypadField.LONGEST,
            }
        ),
        unseen=frozenset({KeypadEvent.KEY_PRESSED}),
    )

    _encryption: Reading[EncryptionState]
    _entry: Reading[EntryMode]
    _tampered: Reading[bool | None]

    def status(self) -> PasswordKeypadStatus:
        """See ``Driver.status``."""
        return PasswordKeypadStatus(self._device, self._encryption, self._entry, self._tampered)

    def capabilities(self) -> PasswordKeypadCapabilities:
        """See ``Driver.capabilities``."""
        known: Capabilities = self._identity
        return PasswordKeypadCapabilities(
            known.vendor, known.model, known.serial_number, known.firmware
        )

    @command(deadline_s=15.0)
    def load_session_key(self, key: bytes, check_value: bytes) -> None:
        """See ``PasswordKeypad.load_session_key``."""
        if len(key) != _KEY_LENGTH or len(check_value) != _CHECK_LENGTH:
            raise CommandRejected("keypad-key-rejected", "a session key has 16 bytes")
        payload = pack({KeypadField.KEY: key, KeypadField.CHECK_VALUE: check_value})
        with self._truthful():
            self._ask(KeypadCommand.LOAD_KEY, payload)
            self._ask_status()

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def read_pin(
        self, account: str, wait_s: float, shortest: int = 6, longest: int = 6
    ) -> PinBlock:
        """See ``PasswordKeypad.read_pin``."""
        if not 4 <= shortest <= longest <= 12:
            raise CommandRejected("pin-length-invalid", "a password has 4 to 12 digits")
        bounded_s = max(0.0, min(wait_s, LONGEST_WAIT_S))
        payload = pack(
            {
                KeypadField.ACCOUNT: account_digits(account),
                KeypadField.SHORTEST: shortest,
                KeypadField.LONGEST: longest,
                Field.WAIT_MS: round(bounded_s * 1000),
            }
        )
        with self._truthful():
            answer = self._ask(KeypadCommand.READ_PIN, payload, work_s=bounded_s)
            block = answer.data(KeypadField.BLOCK)
            if len(block) != _BLOCK_LENGTH:
                raise ProtocolError("device-garbled", "a password's block has 8 bytes")
        self._entry = sensed(EntryMode.IDLE)
        return PinBlock(block)

    def _happened(self, event: int, fields: Fields) -> None:
        if event == KeypadEvent.ENTRY_BEGAN:
            self._entry = sensed(EntryMode.SECURE)
            self.emit(DeviceEvent("EnterDataEvent"))
        elif event == KeypadEvent.KEY_PRESSED:
            pressed = PRESSED.get(fields.number(KeypadField.PRESSED))
            if pressed is None:
                raise ProtocolError("device-garbled", "the keypad tells a key that it must hide")
            self.emit(DeviceEvent("KeyEvent", {"key": pressed}))

    def _learn(self, fields: Fields) -> None:
        encryption = member(EncryptionState, fields.number(KeypadField.ENCRYPTION))
        entry = member(EntryMode, fields.number(KeypadField.ENTRY))
        self._tampered = sensed(fields.number(KeypadField.TAMPERED) != 0)
        self._encryption, self._entry = sensed(encryption), sensed(entry)

    def _forget(self) -> None:
        self._encryption = assumed(EncryptionState.UNKNOWN)
        self._entry = assumed(EntryMode.UNKNOWN)
        self._tampered = assumed(None)

    def _measured(self) -> dict[str, str | int | float | bool]:
        return {
            "encryption": self._encryption.value.value,
            "tampered": self._tampered.value is True,
        }


def account_digits(account: str) -> str:
    """The twelve digits of an account that go into a block of format 0: the last ones, but for the
    check digit (ISO 9564-1:2017 9.3.2)."""
    if not (account.isascii() and account.isdigit() and _ACCOUNT_DIGITS < len(account) <= 19):
        raise CommandRejected("account-invalid", "an account has 13 to 19 digits")
    return account[-_ACCOUNT_DIGITS - 1 : -1]
