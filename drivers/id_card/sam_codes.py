"""What a SAM_V module's status byte SW3 means, and which error it is.

Meanings by the published SAM_V tables; 31 and 32 name the two directions of one mutual
authentication.
"""

from __future__ import annotations

from copy import copy
from enum import IntEnum

from drivers.errors import (
    DeviceError,
    HardwareFault,
    OperatorAction,
    ProtocolError,
    UserFault,
)


class Sw3(IntEnum):
    """SW3 of an answer."""

    OK = 0x90
    CHECKSUM_ERROR = 0x10
    """The request arrived damaged."""
    LENGTH_ERROR = 0x11
    BAD_COMMAND = 0x21
    """An unknown command, or one out of order."""
    UNRECOGNISED_ERROR = 0x24
    CARD_REFUSED_SAM = 0x31
    SAM_REFUSED_CARD = 0x32
    VERIFICATION_FAILED = 0x33
    """What the card says does not bear its signature."""
    WRONG_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_NUMBER_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    NO_MORE_CONTENT = 0x91
    """The card holds no newest address."""
    CARD_FOUND = 0x9F


_GARBLED = ProtocolError("reader-garbled", "the reader gave an answer that does not fit")
_ERRORS: dict[int, DeviceError] = {
    Sw3.CHECKSUM_ERROR: ProtocolError("reader-garbled", "a request reached the reader damaged"),
    Sw3.LENGTH_ERROR: ProtocolError("reader-garbled", "a request reached the reader damaged"),
    Sw3.BAD_COMMAND: ProtocolError("reader-garbled", "reader and driver are out of step"),
    Sw3.UNRECOGNISED_ERROR: HardwareFault(
        "reader-failed", "the reader's security module failed", action=OperatorAction.RESET
    ),
    Sw3.RANDOM_NUMBER_FAILED: HardwareFault(
        "reader-failed", "the reader made no random number", action=OperatorAction.RESET
    ),
    Sw3.CARD_REFUSED_SAM: UserFault(
        "card-unreadable", "the card did not recognise the reader", error_code="securityFail"
    ),
    Sw3.SAM_REFUSED_CARD: UserFault(
        "card-unreadable", "the reader did not recognise the card", error_code="securityFail"
    ),
    Sw3.VERIFICATION_FAILED: UserFault(
        "card-unreadable", "the card's content is not authentic", error_code="securityFail"
    ),
    Sw3.WRONG_CARD: UserFault(
        "card-unsupported", "not one of the reader's cards", error_code="invalidMedia"
    ),
    Sw3.READ_FAILED: UserFault(
        "card-unreadable", "the card could not be read", error_code="invalidMedia"
    ),
    Sw3.NO_CARD: UserFault("card-pulled", "the card has gone", error_code="noMedia"),
    Sw3.SELECT_FAILED: UserFault(
        "card-collision", "no single card could be selected", error_code="cardCollision"
    ),
    Sw3.SELF_TEST_FAILED: HardwareFault("reader-self-test-failed", "the reader failed its test"),
    Sw3.NOT_AUTHORISED: HardwareFault("reader-not-authorised", "the reader may not be used"),
}


def error_for(sw3: int) -> DeviceError:
    """The error that a refusing answer stands for; a new one each time.

    Codes that no refusal may carry (90, 91, 9F, unknown ones) are ``reader-garbled``.
    """
    return copy(_ERRORS.get(sw3, _GARBLED))
