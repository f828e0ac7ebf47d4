"""A password keypad at the far end of a pseudo-terminal, with a master key for trials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from drivers.password_keypad.contract import EncryptionState, EntryMode
from drivers.password_keypad.serial_line import (
    KeypadCommand,
    KeypadEvent,
    KeypadField,
    KeypadRefusal,
)
from drivers.serial_device.frames import Fields, HardwareClass, State
from drivers.virtual.serial_peer import (
    Handler,
    Refuse,
    Values,
    VirtualSerialDevice,
    Work,
    switches,
    while_waiting,
)

MASTER_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
"""What a site puts into a real keypad in secret; this one is for trials, and known to all."""
_ENTER, _CANCEL, _CLEAR, _BACKSPACE = "#", "x", "c", "<"


def encrypt(key: bytes, data: bytes) -> bytes:
    """TDEA of two keys, block by block without chaining, as keypads use it for single blocks."""
    encryptor = Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(data) + encryptor.finalize()


def decrypt(key: bytes, data: bytes) -> bytes:
    """What ``encrypt`` made, undone."""
    decryptor = Cipher(TripleDES(key + key[:8]), modes.ECB()).decryptor()  # noqa: S305
    return decryptor.update(data) + decryptor.finalize()


def format_0(pin: str, account: str) -> bytes:
    """A clear block (ISO 9564-1:2017 9.3.2): 0, length, digits, F to the end; XOR 0000 and the
    account's twelve digits."""
    typed = int(f"0{len(pin):x}{pin}".ljust(16, "f"), 16)
    return (typed ^ int(account.rjust(16, "0"), 16)).to_bytes(8, "big")


class VirtualPasswordKeypad(VirtualSerialDevice):
    """Actions: ``press`` ``{"keys": "123456#"}``: digits, ``#`` enter, ``c`` clear, ``<``
    backspace, ``x`` cancel. Keys that nobody waits for do nothing. The state tells how many digits
    stand, as their stars on the screen do, and never which."""

    role = "password-keypad"
    driver = "password-keypad"
    prefix = "keypad"
    hardware_class = HardwareClass.PASSWORD_KEYPAD
    model = "Virtual keypad"
    switches = switches("keypad", ("tampered", "key-stuck"))

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__(run_dir, baud)
        self._session_key: bytes | None = None
        self._typed = ""
        self._keys: list[str] = []
        self._entering = False

    def _seen(self) -> dict[str, Any]:
        return {"entering": self._entering, "stars": len(self._typed)}

    def _do(self, action: str, arguments: dict[str, Any]) -> None:
        if action != "press":
            raise KeyError(action)
        keys = arguments.get("keys")
        if not isinstance(keys, str) or len(keys) > 64 or set(keys) - set("0123456789#c<x"):
            raise ValueError("the keypad has no such key")
        if self._entering:
            self._keys += keys

    def _handlers(self) -> Mapping[int, Handler]:
        return {KeypadCommand.LOAD_KEY: self._load_key, KeypadCommand.READ_PIN: self._read_pin}

    def _condition(self) -> State:
        if "tampered" in self._on:
            return State.TAMPERED
        return State.BROKEN if "key-stuck" in self._on else State.ONLINE

    def _status(self) -> Values:
        if "tampered" in self._on:
            self._session_key = None
        encryption = EncryptionState.READY if self._session_key else EncryptionState.NOT_READY
        entry = EntryMode.SECURE if self._entering else EntryMode.IDLE
        return {
            KeypadField.ENCRYPTION: tuple(EncryptionState).index(encryption),
            KeypadField.ENTRY: tuple(EntryMode).index(entry),
            KeypadField.TAMPERED: int("tampered" in self._on),
        }

    def _reset(self) -> None:
        self._typed, self._keys, self._entering = "", [], False

    def _check_fit(self) -> None:
        if "tampered" in self._on:
            self._session_key = None
            raise Refuse(KeypadRefusal.TAMPERED)
        if "key-stuck" in self._on:
            raise Refuse(KeypadRefusal.KEY_STUCK)

    def _load_key(self, fields: Fields) -> Work:
        yield from ()
        self._check_fit()
        key = decrypt(MASTER_KEY, fields.data(KeypadField.KEY))
        if encrypt(key, bytes(8))[:3] != fields.data(KeypadField.CHECK_VALUE):
            raise Refuse(KeypadRefusal.KEY_REJECTED)
        self._session_key = key
        return {}

    def _read_pin(self, fields: Fields) -> Work:
        self._check_fit()
        if self._session_key is None:
            raise Refuse(KeypadRefusal.NO_KEY)
        account = fields.text(KeypadField.ACCOUNT)
        bounds = fields.number(KeypadField.SHORTEST), fields.number(KeypadField.LONGEST)
        self._reset()
        self._entering = True
        self._tell(KeypadEvent.ENTRY_BEGAN)
        try:
            yield from self._type(while_waiting(fields), *bounds)
            clear = format_0(self._typed, account)
            return {KeypadField.BLOCK: encrypt(self._session_key, clear)}
        finally:
            self._reset()

    def _type(self, waiting: Work | Any, shortest: int, longest: int) -> Any:
        """Take keys until enter stands behind enough digits."""
        while True:
            self._check_fit()
            if not self._keys:
                yield next(waiting)
                continue
            key = self._keys.pop(0)
            if key == _CANCEL:
                raise Refuse(KeypadRefusal.CITIZEN_CANCELLED)
            if key == _ENTER:
                if len(self._typed) >= shortest:
                    return
            else:
                self._edit(key, longest)

    def _edit(self, key: str, longest: int) -> None:
        if key == _CLEAR:
            self._typed = ""
        elif key == _BACKSPACE:
            self._typed = self._typed[:-1]
        elif len(self._typed) < longest:
            self._typed += key
        else:
            return
        shown = {_CLEAR: 0x0C, _BACKSPACE: 0x08}.get(key, 0x2A)
        self._tell(KeypadEvent.KEY_PRESSED, {KeypadField.PRESSED: shown})
