"""Signatures: a call is good once and for a short time, a reply for one call."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk_app.connectors.housing_register.signing import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TERMINAL_HEADER,
    TIME_HEADER,
    WINDOW_S,
    CallChecker,
    KeyFileError,
    Stamp,
    load_private_key,
    load_public_key,
    make_key_pair,
    reply_is_signed,
    sign_reply,
    stamp_call,
)
from kiosk_app.connectors.housing_register.wire import Rejection

KEY = Ed25519PrivateKey.generate()
NOW = 1_770_000_000.0
PATH = "/v1/query"
BODY = b'{"protocol":1}'


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def checker(clock: Clock) -> CallChecker:
    return CallChecker({"03": KEY.public_key()}, clock=clock)


def stamp(at: float = NOW) -> Stamp:
    return stamp_call(KEY, "03", PATH, BODY, at=at)


def test_a_call_is_accepted_once(checker: CallChecker) -> None:
    headers = stamp().headers()
    assert checker.check(PATH, BODY, headers) is None
    assert checker.check(PATH, BODY, headers) is Rejection.REPLAY
    assert checker.check(PATH, BODY, stamp().headers()) is None


@pytest.mark.parametrize("late", [-WINDOW_S - 1, WINDOW_S + 1, 366 * 86400])
def test_a_call_of_another_time_is_rejected(checker: CallChecker, late: float) -> None:
    assert checker.check(PATH, BODY, stamp(NOW + late).headers()) is Rejection.CLOCK_SKEW


def test_a_call_from_the_edge_of_the_window_cannot_be_replayed_at_its_other_edge(
    checker: CallChecker, clock: Clock
) -> None:
    headers = stamp(NOW + WINDOW_S).headers()
    assert checker.check(PATH, BODY, headers) is None
    clock.now = NOW + 2 * WINDOW_S
    assert checker.check(PATH, BODY, headers) is Rejection.REPLAY
    clock.now += 1
    assert checker.check(PATH, BODY, headers) is Rejection.CLOCK_SKEW


@pytest.mark.parametrize(
    "change",
    [
        {"terminal": "04"},
        {"time": str(int(NOW) + 1)},
        {"nonce": "0" * 32},
        {"signature": stamp(NOW).signature},
        {"signature": ""},
        {"signature": "no base64 ä"},
    ],
)
def test_a_changed_stamp_is_no_proof(checker: CallChecker, change: dict[str, str]) -> None:
    assert checker.check(PATH, BODY, replace(stamp(), **change).headers()) is Rejection.SIGNATURE


def test_a_stamp_fits_its_own_path_and_body_only(checker: CallChecker) -> None:
    headers = stamp().headers()
    assert checker.check("/v1/issue", BODY, headers) is Rejection.SIGNATURE
    assert checker.check(PATH, BODY + b" ", headers) is Rejection.SIGNATURE
    assert checker.check(PATH, BODY, headers) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (TERMINAL_HEADER, ""),
        (TERMINAL_HEADER, "03\nPOST"),
        (TIME_HEADER, "now"),
        (TIME_HEADER, "9" * 400),
        (TIME_HEADER, "١٢٣"),
        (NONCE_HEADER, "A" * 32),
        (NONCE_HEADER, ""),
    ],
)
def test_a_stamp_of_another_form_is_malformed(checker: CallChecker, name: str, value: str) -> None:
    assert checker.check(PATH, BODY, stamp().headers() | {name: value}) is Rejection.MALFORMED
    assert checker.check(PATH, BODY, {}) is Rejection.MALFORMED


def test_a_reply_fits_one_call_one_status_and_one_body() -> None:
    signature = sign_reply(KEY, "a" * 32, 200, BODY)
    public = KEY.public_key()
    assert reply_is_signed(public, signature, "a" * 32, 200, BODY)
    assert not reply_is_signed(public, signature, "b" * 32, 200, BODY)
    assert not reply_is_signed(public, signature, "a" * 32, 422, BODY)
    assert not reply_is_signed(public, signature, "a" * 32, 200, BODY + b" ")
    assert not reply_is_signed(
        Ed25519PrivateKey.generate().public_key(), signature, "a" * 32, 200, BODY
    )


def test_a_call_signature_is_no_reply_signature(checker: CallChecker) -> None:
    reply = sign_reply(KEY, "a" * 32, 200, BODY)
    headers = stamp().headers() | {SIGNATURE_HEADER: reply, NONCE_HEADER: "a" * 32}
    assert checker.check(PATH, BODY, headers) is Rejection.SIGNATURE


def test_key_pairs_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    make_key_pair(tmp_path / "keys", "terminal")
    private = tmp_path / "keys" / "terminal.key"
    before = private.read_bytes()
    make_key_pair(tmp_path / "keys", "terminal")
    assert private.read_bytes() == before
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    public = load_public_key(tmp_path / "keys" / "terminal.pub")
    assert load_private_key(private).public_key() == public


def test_what_is_no_key_is_named_and_not_shown(tmp_path: Path) -> None:
    make_key_pair(tmp_path, "terminal")
    noise = tmp_path / "noise.pem"
    noise.write_text("secret words")
    for load in (load_private_key, load_public_key):
        for path in (noise, tmp_path / "absent.pem"):
            with pytest.raises(KeyFileError, match=path.name) as refused:
                load(path)
            assert "secret words" not in str(refused.value)
    with pytest.raises(KeyFileError):
        load_public_key(tmp_path / "terminal.key")
