"""Acme ID-7 identity-card readers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import date

from pydantic import Field

from acme_reader.lines import Line, LineParser
from acme_reader.mask import AcmeMask
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
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
    UserFault,
)
from drivers.id_card import id_number
from drivers.id_card.contract import (
    CardKind,
    CardMedia,
    IdCardReader,
    IdCardReaderCapabilities,
    IdCardReaderStatus,
    IdentityRecord,
)
from drivers.recording.tap import Recordable, TappedStream
from drivers.serial_port import SerialPort

_ANSWER_S = 1.0
_LONGEST_WAIT_S = 600.0
_NOISE_LIMIT = 16


class AcmeSettings(DriverSettings):
    """An Acme reader on a serial port."""

    port: str = Field(
        title="Serial port", description="A stable path: /dev/serial/by-id/…", min_length=1
    )
    baud: int = Field(
        default=38_400,
        title="Speed",
        description="Bits a second.",
        ge=9600,
        json_schema_extra={"unit": "bit/s"},
    )
    poll_interval_s: float = Field(
        default=0.2,
        title="Poll interval",
        description="Between two looks for a card.",
        ge=0.05,
        le=5.0,
        json_schema_extra={"unit": "s"},
    )


class AcmeReader(Recordable, IdCardReader):
    """See the package's README for the wire."""

    settings_type = AcmeSettings

    def __init__(self, settings: AcmeSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._transport: ByteStream | None = None
        self._identity = IdCardReaderCapabilities()
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._media: Reading[CardMedia] = assumed(CardMedia.UNKNOWN)

    @classmethod
    def probe(cls, port: str) -> str | None:
        """See ``Driver.probe``. Nothing that is no Acme reader answers HELLO with three fields and
        a right checksum. It is asked twice: the first line also ends what others have asked at
        this port before."""
        found = cls(AcmeSettings(port=port), lambda _: None)
        for _ in range(2):
            with contextlib.suppress(DeviceError):
                found.open()
                known = found.capabilities()
                found.close()
                return f"{known.vendor} {known.model}, number {known.serial_number}"
        return None

    def new_mask(self) -> AcmeMask:
        """See ``Recordable.new_mask``."""
        return AcmeMask()

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``."""
        self._introduce()

    def open(self) -> None:
        """See ``Driver.open``."""
        try:
            with self._truthful():
                port = SerialPort(self._settings.port, self._settings.baud, "reader")
                self._transport = TappedStream(port, self.tap)
                self._identity = self._introduce()
                self._look()
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message) from None

    def close(self) -> None:
        """See ``Driver.close``."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
        self._media = assumed(CardMedia.UNKNOWN)

    def refresh(self) -> None:
        """See ``Driver.refresh``."""
        with contextlib.suppress(DeviceTimeout, ProtocolError), self._truthful():
            self._look()

    def status(self) -> IdCardReaderStatus:
        """See ``Driver.status``. An Acme reader has no SAM that could be asked."""
        return IdCardReaderStatus(self._device, self._media, assumed("unknown"))

    def capabilities(self) -> IdCardReaderCapabilities:
        """See ``Driver.capabilities``."""
        return self._identity

    @command(deadline_s=_LONGEST_WAIT_S + 30)
    def read_card(self, wait_s: float) -> IdentityRecord:
        """See ``IdCardReader.read_card``."""
        with self._truthful():
            self._await(wait_s, present=True)
            self.emit(DeviceEvent("MediaInsertedEvent"))
            return _record(self._ask("READ"))

    @command(deadline_s=_LONGEST_WAIT_S + 30)
    def wait_removed(self, wait_s: float) -> bool:
        """See ``IdCardReader.wait_removed``."""
        with self._truthful():
            try:
                self._await(wait_s, present=False)
            except UserFault:
                return False
        self.emit(DeviceEvent("MediaRemovedEvent"))
        return True

    @command(deadline_s=10.0)
    def reset(self) -> None:
        """See ``IdCardReader.reset``."""
        with self._truthful():
            self._expect(self._ask("RESET"), "DONE", 0)
            self._look()

    @command(deadline_s=10.0)
    def self_test(self) -> SelfTest:
        """How the reader is, and how long it takes to say so."""
        began = time.monotonic()
        with self._truthful():
            self._look()
        answer_ms = round((time.monotonic() - began) * 1000, 1)
        return SelfTest(self._device.value is DeviceState.ONLINE, {"answer_ms": answer_ms})

    def _await(self, wait_s: float, *, present: bool) -> None:
        end = time.monotonic() + min(wait_s, _LONGEST_WAIT_S)
        while self._look() != present:
            left = end - time.monotonic()
            if left <= 0:
                raise UserFault("card-timeout", "no card came or went", error_code="noMedia")
            self.cancellation.sleep(min(left, self._settings.poll_interval_s))

    def _look(self) -> bool:
        """Whether a card lies on the reader."""
        (state,) = self._expect(self._ask("STATE"), "STATE", 1)
        if state == "FAULT":
            self._device = sensed(DeviceState.HARDWARE_ERROR)
            self._media = assumed(CardMedia.UNKNOWN)
            return False
        if state not in ("EMPTY", "CARD"):
            raise _garbled()
        self._device = sensed(DeviceState.ONLINE)
        self._media = sensed(CardMedia.PRESENT if state == "CARD" else CardMedia.NOT_PRESENT)
        return state == "CARD"

    def _introduce(self) -> IdCardReaderCapabilities:
        model, number, firmware = self._expect(self._ask("HELLO"), "HELLO", 3)
        return IdCardReaderCapabilities("Acme", model, number, firmware)

    def _ask(self, request: str) -> Line:
        """Send a request and return its answer."""
        if self._transport is None:
            raise DeviceNotReady("reader-absent", "the reader is not open")
        self._transport.discard_input()
        self._transport.write(Line(">", request).encode())
        parser = LineParser()
        end = time.monotonic() + _ANSWER_S
        while time.monotonic() < end and parser.damaged < _NOISE_LIMIT:
            self.cancellation.check()
            for line in parser.feed(self._transport.read(0.1)):
                if line.mark == "<":
                    return line
        if parser.damaged:
            raise _garbled()
        raise DeviceTimeout("reader-silent", "the reader does not answer")

    @staticmethod
    def _expect(line: Line, word: str, count: int) -> tuple[str, ...]:
        if line.word != word or len(line.fields) != count:
            raise _garbled()
        return line.fields

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says about the reader."""
        try:
            yield
        except DeviceNotReady:
            self._device = concluded(DeviceState.NO_DEVICE)
            raise
        except DeviceTimeout:
            self._device = concluded(DeviceState.OFFLINE)
            raise
        except ProtocolError:
            self._device = concluded(DeviceState.HARDWARE_ERROR)
            raise


_REFUSALS: dict[str, tuple[type[DeviceError], str, str, str]] = {
    "NOCARD": (UserFault, "card-pulled", "the card left while it was read", "noMedia"),
    "BADCARD": (UserFault, "card-unreadable", "the card cannot be read", "invalidMedia"),
    "TWOCARDS": (UserFault, "card-collision", "more than one card lies there", "cardCollision"),
    "FAULT": (HardwareFault, "reader-failed", "the reader is broken", "invalidMedia"),
}


def _record(line: Line) -> IdentityRecord:
    """A card's fields, or the error that the reader's answer stands for."""
    if line.word in _REFUSALS:
        kind, code, message, error_code = _REFUSALS[line.word]
        raise kind(code, message, error_code=error_code)
    if line.word != "CARD" or len(line.fields) != 9:
        raise _garbled()
    name, number, sex, nation, birth, address, issuer, valid_from, valid_to = line.fields
    try:
        born = date.fromisoformat(birth)
        if not name or id_number.parse(number).birth != born:
            raise _contradiction()
        return IdentityRecord(
            kind=CardKind.RESIDENT,
            name=name,
            id_number=number,
            sex=sex,
            nation=nation,
            birth=born,
            address=address,
            issuer=issuer,
            valid_from=date.fromisoformat(valid_from),
            valid_to=date.fromisoformat(valid_to) if valid_to else None,
        )
    except ValueError:
        raise _contradiction() from None


def _contradiction() -> UserFault:
    return UserFault(
        "card-data-invalid", "the card's data contradict each other", error_code="invalidMedia"
    )


def _garbled() -> ProtocolError:
    return ProtocolError("reader-garbled", "the reader sends what is no answer")
