"""Resident identity-card readers with a SAM_V module, on whatever wire.

The driver finds, selects and reads (``30 01``), then asks for the newest address (``30 03``) at
once, which needs no new authentication. It never asks for fingerprints (``30 10``).

Three readings of the SAM's behaviour are design assumptions, to be verified on hardware:
- After a successful read, ``30 03`` answers 90 or 91 while that card still lies on the reader and
  anything else once it has gone. (``20 01`` cannot tell: it answers 80 for a card that was read.)
- A card that is found but, twice running, cannot be selected shares the field with another.
- After a failed read, ``20 01`` finds the card again if it still lies there. After one that was
  called off the SAM may have read it: both are asked.
"""

from __future__ import annotations

import contextlib
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from drivers.byte_stream import ByteStream
from drivers.device import (
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Reading,
    SelfTest,
    assumed,
    command,
    concluded,
    sensed,
)
from drivers.errors import (
    DeviceCancelled,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
    UserFault,
)
from drivers.id_card import layouts, sam_link
from drivers.id_card.contract import (
    CardMedia,
    IdCardReader,
    IdCardReaderCapabilities,
    IdCardReaderStatus,
    IdentityRecord,
)
from drivers.id_card.frames import Answer, Request
from drivers.id_card.mask import SamMask
from drivers.id_card.photo import WLT_LENGTH, LibraryPhotoDecoder, PhotoDecoder
from drivers.id_card.sam_codes import Sw3, error_for
from drivers.id_card.sam_link import SamLink
from drivers.recording.tap import Recordable, TappedStream

_MAY_PASS = (Sw3.SELECT_FAILED, Sw3.READ_FAILED, Sw3.BAD_COMMAND)
"""Failures that a second try with the same card may mend. A module that has noticed that the card
went takes no command that needs one (``BAD_COMMAND``), until it has found one again."""
_LONGEST_WAIT_S = 600.0


class SamReaderSettings(DriverSettings):
    """What is the same on every wire."""

    poll_interval_s: float = Field(
        default=0.3,
        title="Poll interval",
        description="Seconds between two looks for a card; readers ask for 0.3 or more.",
        ge=0.05,
        le=5.0,
    )
    photo_library: Path | None = Field(
        default=None,
        title="Photo decoder",
        description="The site's WLT library (libwlt2bmp.so); without it cards read with no photo.",
    )
    photo_mode: int = Field(
        default=0,
        title="Photo decoder mode",
        description="The third argument of the library's unpack function.",
    )


class SamReader(Recordable, IdCardReader):
    """See the module. A subclass says which wire it is on."""

    refresh_every_s = 3.0

    def __init__(self, settings: SamReaderSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._link: SamLink | None = None
        self._decoder = _decoder(settings)
        self._sam_id = ""
        self._card_was_read = False
        self._read_broke_off = False
        """Whether nobody heard how the last read ended, so that the SAM may have read the card."""
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._media: Reading[CardMedia] = assumed(CardMedia.UNKNOWN)
        self._security: Reading[str] = assumed("unknown")

    @abstractmethod
    def _open_wire(self) -> ByteStream:
        """Take the wire. Raises ``DeviceNotReady``."""

    def open(self) -> None:
        """See ``Driver.open``. A reader that reports a fault of its own opens, and its status says
        so; one that does not speak SAM_V does not."""
        try:
            with self._truthful():
                wire = TappedStream(self._open_wire(), self.tap)
                self._link = SamLink(wire, self._check_withdrawn)
                self._ask_status()
                self._sam_id = read_sam_id(self._link)
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message, action=error.action) from None

    def close(self) -> None:
        """See ``Driver.close``."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
        self._card_was_read = self._read_broke_off = False
        self._media = assumed(CardMedia.UNKNOWN)

    def refresh(self) -> None:
        """See ``Driver.refresh``. A silent or garbled reader stays open, and its status says so;
        a card that was read is looked after, whether anybody waits for it to go or not."""
        with contextlib.suppress(DeviceTimeout, ProtocolError), self._truthful():
            self._ask_status()
            if self._card_was_read and not self._card_lies_there():
                self._card_has_gone()

    def status(self) -> IdCardReaderStatus:
        """See ``Driver.status``."""
        return IdCardReaderStatus(self._device, self._media, self._security)

    def capabilities(self) -> IdCardReaderCapabilities:
        """See ``Driver.capabilities``."""
        return IdCardReaderCapabilities(
            model="SAM_V", sam_id=self._sam_id, photo=self._decoder is not None
        )

    @command(deadline_s=_LONGEST_WAIT_S + 30)
    def read_card(self, wait_s: float) -> IdentityRecord:
        """See ``IdCardReader.read_card``. Looks at once, then every poll interval."""
        with self._truthful():
            if (state := self._ask_status()) != Sw3.OK:
                raise error_for(state)
            self._await_card(min(wait_s, _LONGEST_WAIT_S))
            self._media = sensed(CardMedia.PRESENT)
            self.emit(DeviceEvent("MediaInsertedEvent"))
            return self._read_found_card()

    @command(deadline_s=_LONGEST_WAIT_S + 30)
    def wait_removed(self, wait_s: float) -> bool:
        """See ``IdCardReader.wait_removed``, and the module for how the driver knows."""
        end = time.monotonic() + min(wait_s, _LONGEST_WAIT_S)
        with self._truthful():
            while self._card_lies_there():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self.cancellation.sleep(min(left, self._settings.poll_interval_s))
        self._card_has_gone()
        return True

    def _card_has_gone(self) -> None:
        self._card_was_read = self._read_broke_off = False
        self._media = concluded(CardMedia.NOT_PRESENT)
        self.emit(DeviceEvent("MediaRemovedEvent"))

    @command(deadline_s=10.0)
    def reset(self) -> None:
        """See ``IdCardReader.reset``."""
        with self._truthful():
            self._ask(sam_link.RESET)
            self._card_was_read = self._read_broke_off = False
            self._media = assumed(CardMedia.UNKNOWN)
            self._ask_status()

    def new_mask(self) -> SamMask:
        """See ``Recordable.new_mask``."""
        return SamMask()

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``."""
        self._ask(sam_link.SAM_ID)
        self._ask_status()

    @command(deadline_s=15.0)
    def self_test(self) -> SelfTest:
        """Ask the module how it is: ``answer_ms``, ``sam_id``, and whether it may be used
        (``security``). Needs no card, and harms none that lies there."""
        with self._truthful():
            started = time.monotonic()
            state = self._ask_status()
            answer_ms = (time.monotonic() - started) * 1000
        return SelfTest(
            ok=state == Sw3.OK,
            values={
                "answer_ms": round(answer_ms, 2),
                "sam_id": self._sam_id,
                "security": self._security.value,
            },
        )

    def _check_withdrawn(self) -> None:
        """The host renews ``cancellation`` before each command."""
        self.cancellation.check()

    def _ask(self, request: Request) -> Answer:
        if self._link is None:
            raise DeviceNotReady("reader-absent", "the reader is not open")
        return self._link.ask(request)

    def _ask_status(self) -> int:
        answer = self._ask(sam_link.STATUS)
        if answer.sw3 == Sw3.OK:
            self._device, self._security = sensed(DeviceState.ONLINE), sensed("ready")
        elif answer.sw3 in (Sw3.SELF_TEST_FAILED, Sw3.NOT_AUTHORISED):
            self._device = sensed(DeviceState.HARDWARE_ERROR)
            self._security = sensed("notReady")
        else:
            raise error_for(answer.sw3)
        return answer.sw3

    def _await_card(self, wait_s: float) -> None:
        end = time.monotonic() + wait_s
        while not self._find():
            left = end - time.monotonic()
            if left <= 0:
                raise UserFault(
                    "card-timeout", "no card was put on the reader", error_code="noMedia"
                )
            self.cancellation.sleep(min(left, self._settings.poll_interval_s))

    def _find(self) -> bool:
        answer = self._ask(sam_link.FIND)
        if answer.sw3 == Sw3.CARD_FOUND:
            return True
        if answer.sw3 == Sw3.NO_CARD:
            return False
        raise error_for(answer.sw3)

    def _read_found_card(self) -> IdentityRecord:
        self._card_was_read = self._read_broke_off = False
        answer = self._select_and_read()
        if answer.sw3 in _MAY_PASS:
            answer = self._select_and_read()
        if answer.sw3 != Sw3.OK:
            raise error_for(answer.sw3)
        self._card_was_read = True
        return self._record(answer.data)

    def _select_and_read(self) -> Answer:
        """The last answer. Raises ``card-pulled`` when it failed because the card has gone."""
        answer = self._ask(sam_link.SELECT)
        if answer.sw3 == Sw3.OK:
            self._read_broke_off = True
            answer = self._ask(sam_link.READ_TEXT_AND_PHOTO)
            self._read_broke_off = False
        if answer.sw3 in _MAY_PASS and not self._find():
            self._media = concluded(CardMedia.NOT_PRESENT)
            raise error_for(Sw3.NO_CARD)
        return answer

    def _record(self, data: bytes) -> IdentityRecord:
        """``data``: length of text, length of photo (2 bytes each, big-endian), text, photo."""
        text_length, photo_length = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2))
        if len(data) != 4 + text_length + photo_length:
            raise ProtocolError("reader-garbled", "the card's blocks have the wrong lengths")
        text, photo = data[4 : 4 + text_length], data[4 + text_length :]
        address = self._newest_address()
        record = layouts.decode(text, self._photo(photo))
        return replace(record, address=address) if address else record

    def _newest_address(self) -> str:
        answer = self._ask(sam_link.READ_NEWEST_ADDRESS)
        if answer.sw3 == Sw3.OK:
            return layouts.decode_address(answer.data)
        if answer.sw3 == Sw3.NO_MORE_CONTENT:
            return ""
        self._card_was_read = False
        if answer.sw3 == Sw3.READ_FAILED:
            self._media = concluded(CardMedia.NOT_PRESENT)
            raise error_for(Sw3.NO_CARD)
        raise error_for(answer.sw3)

    def _photo(self, wlt: bytes) -> bytes | None:
        """A picture that does not decode is a missing picture, not an unreadable card."""
        if self._decoder is None or len(wlt) != WLT_LENGTH:
            return None
        try:
            return self._decoder.decode(wlt)
        except HardwareFault:
            self.emit(DeviceEvent("PhotoUndecodableEvent"))
            return None

    def _card_lies_there(self) -> bool:
        if self._card_was_read or self._read_broke_off:
            answer = self._ask(sam_link.READ_NEWEST_ADDRESS)
            if answer.sw3 in (Sw3.OK, Sw3.NO_MORE_CONTENT):
                return True
        return not self._card_was_read and self._find()

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says about the reader."""
        try:
            yield
        except DeviceCancelled:
            raise
        except DeviceError as error:
            state = _state_after(error)
            if state is not None:
                self._device = concluded(state)
                self._media = assumed(CardMedia.UNKNOWN)
            raise


def _state_after(error: DeviceError) -> DeviceState | None:
    match error:
        case DeviceNotReady():
            return DeviceState.NO_DEVICE
        case DeviceTimeout():
            return DeviceState.OFFLINE
        case ProtocolError() | HardwareFault():
            return DeviceState.HARDWARE_ERROR
        case _:
            return None


def read_sam_id(link: SamLink) -> str:
    """The reader's number; empty when it does not tell, which harms nothing."""
    with contextlib.suppress(DeviceTimeout, ProtocolError):
        answer = link.ask(sam_link.SAM_ID)
        if answer.sw3 == Sw3.OK:
            return sam_link.format_sam_id(answer.data)
    return ""


def _decoder(settings: SamReaderSettings) -> PhotoDecoder | None:
    if settings.photo_library is None:
        return None
    return LibraryPhotoDecoder(settings.photo_library, settings.photo_mode)
