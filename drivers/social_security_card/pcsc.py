"""Social security cards in a PC/SC reader.

The driver selects the environment SSSE, then reads the records of EF05 and EF06 one by one until
there are no more (6A83). It reads by short file identifier, and selects the file where a card does
not take that. Nothing else on the card is touched: not the bank's application, and no PIN.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.device import command
from drivers.errors import UserFault
from drivers.smart_card.channel import CardChannel
from drivers.smart_card.settings import PcscSettings
from drivers.smart_card.slot_reader import LONGEST_WAIT_S, SlotDriver
from drivers.social_security_card.contract import (
    SocialSecurityCardDriver,
    SocialSecurityReaderCapabilities,
    SocialSecurityReaderStatus,
    SocialSecurityRecord,
)
from drivers.social_security_card.mask import SocialSecurityMask
from drivers.social_security_card.records import SSSE, decode, gather

_OK = b"\x90\x00"
_NO_RECORD = b"\x6a\x83"
_NO_FILE = b"\x6a\x82"
_NOT_THIS_WAY = (_NO_FILE, b"\x6a\x86", b"\x69\x81", b"\x69\x86", b"\x6b\x00")
"""No such file, wrong P1 P2, wrong kind of file, no file selected, wrong offset."""
_UNKNOWN_NAME = (_NO_FILE, b"\x6a\x81", b"\x6d\x00", b"\x6e\x00", b"\x6a\x86", b"\x69\x99")
"""How chips that are no social security cards answer to its name."""
_ISSUER, _HOLDER = 5, 6
_LAST_RECORD = 10


class SocialSecurityCardReader(SlotDriver, SocialSecurityCardDriver):
    """See the module."""

    settings_type = PcscSettings

    def status(self) -> SocialSecurityReaderStatus:
        """See ``Driver.status``."""
        return SocialSecurityReaderStatus(self._slot.device, self._slot.media)

    def capabilities(self) -> SocialSecurityReaderCapabilities:
        """See ``Driver.capabilities``."""
        return SocialSecurityReaderCapabilities(
            model=self._slot.name, chip_protocols=self._slot.chip_protocols
        )

    def new_mask(self) -> SocialSecurityMask:
        """See ``Recordable.new_mask``."""
        return SocialSecurityMask()

    @command(deadline_s=LONGEST_WAIT_S + 60)
    def read_card(self, wait_s: float) -> SocialSecurityRecord:
        """See ``SocialSecurityCardDriver.read_card``."""
        self._power_off()
        self._slot.await_card(wait_s, self.cancellation)
        with self._slot.connect() as channel:
            return channel.converse(lambda: read(channel))


def read(channel: CardChannel) -> SocialSecurityRecord:
    """Read a whole card.

    Raises ``UserFault`` ``card-unsupported``, ``card-unreadable``, ``card-data-invalid``, and what
    the channel raises.
    """
    status = channel.transmit(bytes((0x00, 0xA4, 0x04, 0x00, len(SSSE))) + SSSE)[-2:]
    if status in _UNKNOWN_NAME:
        raise UserFault("card-unsupported", "not a social security card", error_code="invalidMedia")
    if status != _OK:
        raise _unreadable("the card does not open its environment")
    return decode(gather(_records(channel, _ISSUER)), gather(_records(channel, _HOLDER)))


def _records(channel: CardChannel, file: int) -> Iterator[bytes]:
    """Every record of a file, in the card's order (READ RECORD, ISO/IEC 7816-4 7.3.3)."""
    reference = file << 3 | 0x04
    for number in range(1, _LAST_RECORD + 1):
        answer = channel.transmit(bytes((0x00, 0xB2, number, reference, 0x00)))
        if number == 1 and answer[-2:] in _NOT_THIS_WAY:
            _select(channel, file)
            reference = 0x04
            answer = channel.transmit(bytes((0x00, 0xB2, number, reference, 0x00)))
        if answer[-2:] == _NO_RECORD:
            return
        if answer[-2:] != _OK:
            raise _unreadable("the card refuses a record")
        yield answer[:-2]


def _select(channel: CardChannel, file: int) -> None:
    """Select an elementary file of the environment (ISO/IEC 7816-4 7.1.1)."""
    status = channel.transmit(bytes((0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, file)))[-2:]
    if status != _OK:
        raise _unreadable("the card lacks a file")


def _unreadable(what: str) -> UserFault:
    return UserFault("card-unreadable", what, error_code="invalidMedia")
