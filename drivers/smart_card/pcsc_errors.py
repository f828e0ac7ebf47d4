"""What PC/SC's return codes mean here (pcsc-lite, ``winscard``)."""

from __future__ import annotations

from smartcard import scard

from drivers.errors import (
    DeviceError,
    DeviceNotReady,
    OperatorAction,
    ProtocolError,
    UserFault,
)

_DOWN = {
    scard.SCARD_E_NO_SERVICE,
    scard.SCARD_E_SERVICE_STOPPED,
    scard.SCARD_E_INVALID_HANDLE,
}
_ABSENT = {
    scard.SCARD_E_READER_UNAVAILABLE,
    scard.SCARD_E_UNKNOWN_READER,
    scard.SCARD_E_NO_READERS_AVAILABLE,
}
_PULLED = {scard.SCARD_W_REMOVED_CARD, scard.SCARD_E_NO_SMARTCARD}
_MUTE = {
    scard.SCARD_W_UNRESPONSIVE_CARD,
    scard.SCARD_W_UNPOWERED_CARD,
    scard.SCARD_W_UNSUPPORTED_CARD,
    scard.SCARD_E_PROTO_MISMATCH,
}


def pcsc_down() -> DeviceNotReady:
    """``pcsc-down``: no pcscd answers."""
    return DeviceNotReady(
        "pcsc-down", "the smart card service (pcscd) does not run", action=OperatorAction.RESET
    )


def reader_absent() -> DeviceNotReady:
    """``reader-absent``: pcscd knows no reader of that name."""
    return DeviceNotReady("reader-absent", "the card reader is not connected")


def reader_busy() -> DeviceNotReady:
    """``reader-busy``: another program holds the card."""
    return DeviceNotReady(
        "reader-busy", "another program uses the card reader", action=OperatorAction.CONFIGURATION
    )


def card_pulled() -> UserFault:
    """``card-pulled``: the card has gone."""
    return UserFault("card-pulled", "the card has gone", error_code="noMedia")


def card_mute() -> UserFault:
    """``card-unreadable``: there is a card, and it does not come to life."""
    return UserFault(
        "card-unreadable", "the card does not answer to reset", error_code="invalidMedia"
    )


def card_garbled() -> ProtocolError:
    """``card-garbled``: what came from the card is no response."""
    return ProtocolError("card-garbled", "reader and card did not understand each other")


def error_for(code: int) -> DeviceError | None:
    """The error that a return code stands for by itself; ``None`` where it may mean several."""
    if code in _DOWN:
        return pcsc_down()
    if code in _ABSENT:
        return reader_absent()
    if code in _PULLED:
        return card_pulled()
    if code == scard.SCARD_W_RESET_CARD:
        return card_garbled()
    if code in _MUTE:
        return card_mute()
    return reader_busy() if code == scard.SCARD_E_SHARING_VIOLATION else None
