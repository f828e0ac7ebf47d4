"""Password keypads: what is typed leaves the keypad encrypted, and nothing else tells of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from drivers.device import DeviceState
from drivers.errors import CommandRejected, DeviceError, HardwareFault, UserFault
from drivers.password_keypad.contract import EncryptionState, EntryMode, PinBlock
from drivers.password_keypad.serial_line import SerialKeypad, account_digits
from drivers.virtual.password_keypad import (
    MASTER_KEY,
    VirtualPasswordKeypad,
    decrypt,
    encrypt,
    format_0,
)
from tests.drivers.serial_device.bench import Bench, opened

Keypad = Bench[SerialKeypad, VirtualPasswordKeypad]
SESSION_KEY = bytes.fromhex("fedcba98765432100123456789abcdef")
ACCOUNT = "6217004452810000019"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Keypad]:
    with opened(SerialKeypad, VirtualPasswordKeypad, tmp_path) as found:
        found.driver.load_session_key(
            encrypt(MASTER_KEY, SESSION_KEY), encrypt(SESSION_KEY, bytes(8))[:3]
        )
        yield found


def type_on(bench: Keypad, keys: str) -> None:
    """Press keys one after the other once the keypad takes them."""

    def press() -> None:
        while not bench.peer.state()["entering"]:
            time.sleep(0.01)
        for key in keys:
            bench.peer.act("press", {"keys": key})

    Thread(target=press, daemon=True).start()


def read(bench: Keypad, keys: str) -> str:
    type_on(bench, keys)
    return decrypt(SESSION_KEY, bench.driver.read_pin(ACCOUNT, 5.0, 4, 12).block).hex()


def test_format_0_is_the_published_example() -> None:
    """ISO 9564-1: PIN 1234, PAN 43219876543210987."""
    account = account_digits("43219876543210987")
    assert account == "987654321098"
    assert format_0("1234", account).hex() == "0412ac89abcdef67"


def test_a_password_leaves_as_an_encrypted_block(bench: Keypad) -> None:
    assert read(bench, "202611#") == format_0("202611", account_digits(ACCOUNT)).hex()
    assert bench.driver.status().entry.value is EntryMode.IDLE


def test_keys_show_as_stars_and_nothing_else_tells(bench: Keypad) -> None:
    type_on(bench, "93<c5831#")
    block = bench.driver.read_pin(ACCOUNT, 5.0, 4, 4)
    assert decrypt(SESSION_KEY, block.block) == format_0("5831", account_digits(ACCOUNT))
    assert bench.events[0].name == "EnterDataEvent"
    shown = [event.payload["key"] for event in bench.events[1:]]
    assert shown == ["*", "*", "backspace", "clear", "*", "*", "*", "*"]
    told = repr(block) + repr(bench.events[0].payload) + str(bench.driver.status())
    assert "5831" not in told
    assert repr(PinBlock(b"secret!!")) == "PinBlock(format='iso0')"


def test_enter_counts_only_when_enough_stands(bench: Keypad) -> None:
    assert read(bench, "12#3#4#")[:6] == format_0("1234", account_digits(ACCOUNT)).hex()[:6]
    type_on(bench, "1234567890")
    error = bench.refusal("read_pin", ACCOUNT, 0.6, 6, 6)
    assert (type(error), error.code) == (UserFault, "pin-timeout")
    assert len([event for event in bench.events if event.name == "KeyEvent"]) == 4 + 6


def test_the_citizen_may_cancel(bench: Keypad) -> None:
    type_on(bench, "12x")
    error = bench.refusal("read_pin", ACCOUNT, 5.0)
    assert (type(error), error.code) == (UserFault, "pin-cancelled")
    assert bench.peer.state()["stars"] == 0


def test_without_a_session_key_nothing_is_typed(tmp_path: Path) -> None:
    with opened(SerialKeypad, VirtualPasswordKeypad, tmp_path) as bench:
        assert bench.driver.status().encryption_state.value is EncryptionState.NOT_READY
        error = bench.refusal("read_pin", ACCOUNT, 1.0)
        assert (error.code, error.error_code) == ("keypad-no-key", "keyNotLoaded")


@pytest.mark.parametrize(
    ("key", "check"), [(bytes(16), bytes(3)), (bytes(8), bytes(3)), (bytes(16), b"")]
)
def test_a_wrong_session_key_is_refused_and_the_old_one_stays(
    bench: Keypad, key: bytes, check: bytes
) -> None:
    error = bench.refusal("load_session_key", key, check)
    assert (type(error), error.code) == (CommandRejected, "keypad-key-rejected")
    assert bench.driver.status().encryption_state.value is EncryptionState.READY
    assert read(bench, "123456#").startswith("06")


@pytest.mark.parametrize("account", ["", "1234", "1" * 20, "4452811990031544X", "４" * 14])
def test_an_account_is_digits(bench: Keypad, account: str) -> None:
    error = bench.refusal("read_pin", account, 1.0)
    assert error.code == "account-invalid"
    assert not account or account not in str(error)


@pytest.mark.parametrize(("shortest", "longest"), [(3, 6), (6, 13), (8, 6)])
def test_a_length_that_no_password_has_is_refused(
    bench: Keypad, shortest: int, longest: int
) -> None:
    error = bench.refusal("read_pin", ACCOUNT, 1.0, shortest, longest)
    assert error.code == "pin-length-invalid"


def test_an_opened_keypad_forgets_its_key(bench: Keypad) -> None:
    bench.fault("tampered")
    error = bench.refusal("read_pin", ACCOUNT, 1.0)
    assert (type(error), error.code) == (HardwareFault, "keypad-tampered")
    bench.driver.refresh()
    assert bench.device() is DeviceState.FRAUD_ATTEMPT
    assert bench.driver.status().tampered.value is True
    bench.fault("tampered", on=False)
    assert bench.refusal("read_pin", ACCOUNT, 1.0).code == "keypad-no-key"


def test_a_stuck_key_ends_the_entry(bench: Keypad) -> None:
    type_on(bench, "12")
    bench.soon("press", keys="3")
    bench.fault("key-stuck")
    error: DeviceError = bench.refusal("read_pin", ACCOUNT, 2.0)
    assert error.code == "keypad-key-stuck"


@pytest.mark.parametrize("keys", [None, 5, "12a", "1" * 65, "\x00"])
def test_a_key_that_is_not_there_cannot_be_pressed(bench: Keypad, keys: object) -> None:
    with pytest.raises(ValueError, match="key"):
        bench.peer.act("press", {"keys": keys})
