"""The terminal's devices by role, each in its own process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog

from drivers.device import Capabilities, DeviceEvent, DeviceState, Status, assumed
from drivers.document_printer.contract import (
    DocumentPrinterCapabilities,
    DocumentPrinterStatus,
    PrintEvidence,
    PrintJob,
    PrintOptions,
)
from drivers.errors import DeviceError, DeviceNotReady
from drivers.id_card.contract import CardMedia, IdCardReaderStatus, IdentityRecord

if TYPE_CHECKING:
    from drivers.crash_dump import Crash
    from drivers.host import DeviceHost
    from drivers.social_security_card.contract import SocialSecurityRecord
    from drivers.travel_document.contract import MrzKey, TravelDocumentRecord

log = structlog.get_logger(__name__)
READER = "id-card-reader"
SOCIAL = "social-security-card-reader"
TRAVEL = "travel-document-reader"
DOCUMENT_CAMERA = "document-camera"
PRINTER = "document-printer"
SPEAKER = "speaker"
ROLES = (
    READER,
    SOCIAL,
    TRAVEL,
    PRINTER,
    "receipt-printer",
    "camera",
    DOCUMENT_CAMERA,
    "document-scanner",
    "code-scanner",
    "lights",
    SPEAKER,
    "ups",
    "stamping-machine",
    "fingerprint-reader",
    "password-keypad",
    "film-laminator",
)
"""Every role that a device can be bound to, in the order of a technician's list."""

LOOK_EVERY_S = 0.3
"""How often a reader is asked whether a card that was left there has gone."""
GRACE_S = 5.0
"""What a command may take beyond the wait that it was given."""


class Slot:
    """One role of the terminal, and the device that is bound to it, now or later."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.driver = ""
        """The driver that is bound; empty where none is."""
        self._host: DeviceHost | None = None
        self._listeners: list[Callable[[DeviceEvent], None]] = []

    async def bind(self, driver: str, settings: dict[str, Any]) -> None:
        """Run a device in this role; the one before is given back first."""
        from drivers.host import DeviceHost

        await self.release()
        self.driver = driver
        self._host = DeviceHost(self.role, driver, settings, on_crash=self._crashed)
        self._host.subscribe(self._heard)
        await self._host.start()

    def _crashed(self, crash: Crash) -> None:
        where = ", ".join(crash.frames)
        log.error(
            "driver crashed", role=self.role, driver=self.driver, signal=crash.signal, where=where
        )

    async def release(self) -> None:
        """Give the device back."""
        host, self._host = self._host, None
        self.driver = ""
        if host is not None:
            await host.stop()

    async def call(
        self, command: str, *arguments: Any, deadline_s: float | None = None, **keywords: Any
    ) -> Any:
        """Run a command of the driver. Raises ``DeviceError``."""
        if self._host is None:
            raise DeviceNotReady("device-unbound", f"no device is bound to {self.role}")
        return await self._host.call(command, *arguments, deadline_s=deadline_s, **keywords)

    async def ready(self, within_s: float) -> None:
        """Wait until the device can be used. Raises ``DeviceError`` when it cannot in time."""
        if self._host is None:
            raise DeviceNotReady("device-unbound", f"no device is bound to {self.role}")
        await self._host.ready(within_s)

    def status(self) -> Status:
        """What is known of the device now."""
        if self._host is None:
            return Status(assumed(DeviceState.STARTING))
        return self._host.status()

    def capabilities(self) -> Capabilities:
        """What the device said it can do; nothing while there is none."""
        return self._host.capabilities() if self._host is not None else Capabilities()

    def commands(self) -> frozenset[str]:
        """What the driver can be asked to do; nothing before it has said so."""
        return self._host.commands() if self._host is not None else frozenset()

    @property
    def last_error(self) -> DeviceError | None:
        """Why the device cannot be used now."""
        return self._host.last_error if self._host is not None else None

    @property
    def restarts(self) -> int:
        """How often the driver had to be started again."""
        return self._host.restarts if self._host is not None else 0

    @contextmanager
    def listening(self, listener: Callable[[DeviceEvent], None]) -> Iterator[None]:
        """Hear the device's events while the block lasts."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def _heard(self, event: DeviceEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)


class CardReaderDevice:
    """A reader of any kind of card."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._was_found = False
        self.left_behind = False
        """Whether the card of an earlier citizen lies there, as far as was looked."""
        self.pointed_out = False
        """Whether people were told of the card that was left."""

    def leave(self) -> None:
        """The citizen has gone: a card that lies there now is nobody's who comes next.

        One that was found lies there until the reader says that it does not.
        """
        media = getattr(self._slot.status(), "media", None)
        known = media.value if media is not None else CardMedia.UNKNOWN
        found, self._was_found = self._was_found, False
        if known == CardMedia.PRESENT or (found and known == CardMedia.UNKNOWN):
            self.left_behind = True
        self.pointed_out = self.pointed_out and self.left_behind

    async def look(self) -> bool | None:
        """Whether the card of an earlier citizen still lies there; ``None`` when the reader cannot
        tell now."""
        try:
            await self._look()
        except DeviceError:
            return None
        return self.left_behind

    async def cleared(self) -> None:
        """Wait until no earlier citizen's card lies there. Raises ``DeviceError``."""
        await self._look()
        while self.left_behind:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._look()

    async def wait_removed(self, wait_s: float) -> bool:
        """Whether the card is away before ``wait_s`` seconds have passed."""
        gone = bool(await self._slot.call("wait_removed", wait_s, deadline_s=wait_s + GRACE_S))
        if gone:
            self._was_found = self.left_behind = self.pointed_out = False
        return gone

    async def taken_away(self) -> None:
        """Wait until a card that lies there is taken away, on a reader that tells of that without
        being asked; return at once where it tells of no card."""
        gone = asyncio.Event()

        def notice(event: DeviceEvent) -> None:
            if event.name == "MediaRemovedEvent":
                gone.set()

        with self._slot.listening(notice):
            media = getattr(self._slot.status(), "media", None)
            if media is not None and media.value == CardMedia.PRESENT:
                await gone.wait()

    async def _look(self) -> None:
        if self.left_behind:
            await self.wait_removed(0)

    async def _read(
        self, on_card: Callable[[], None], wait_s: float, command: str, *arguments: Any
    ) -> Any:
        """Wait for one card and read it, but never an earlier citizen's that was left there.
        ``on_card`` is called when a card is found."""

        def notice(event: DeviceEvent) -> None:
            if event.name == "MediaInsertedEvent":
                self._was_found = True
                on_card()

        await self.cleared()
        with self._slot.listening(notice):
            return await self._slot.call(command, *arguments, wait_s, deadline_s=wait_s + GRACE_S)


class IdCardReaderDevice(CardReaderDevice):
    """The identity-card reader; see ``drivers.id_card.contract`` for what its commands raise."""

    def status(self) -> IdCardReaderStatus:
        """What is known now."""
        return cast("IdCardReaderStatus", self._slot.status())

    async def read_card(self, wait_s: float, on_card: Callable[[], None]) -> IdentityRecord:
        """Wait for one card and read it. ``on_card`` is called when a card is found."""
        return cast("IdentityRecord", await self._read(on_card, wait_s, "read_card"))


class SocialSecurityCardReaderDevice(CardReaderDevice):
    """The social security card's reader; see ``drivers.social_security_card.contract``."""

    async def read_card(self, wait_s: float, on_card: Callable[[], None]) -> SocialSecurityRecord:
        """Wait for one card and read it. ``on_card`` is called when a card is found."""
        return cast("SocialSecurityRecord", await self._read(on_card, wait_s, "read_card"))


class TravelDocumentReaderDevice(CardReaderDevice):
    """The travel document's reader; see ``drivers.travel_document.contract``."""

    async def read_document(
        self, key: MrzKey, wait_s: float, on_card: Callable[[], None]
    ) -> TravelDocumentRecord:
        """Wait for one document, open it with its key and read it."""
        record = await self._read(on_card, wait_s, "read_document", key)
        return cast("TravelDocumentRecord", record)


class DocumentPrinterDevice:
    """The document printer; see ``drivers.document_printer.contract``."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def status(self) -> DocumentPrinterStatus:
        """What is known now."""
        return cast("DocumentPrinterStatus", self._slot.status())

    async def capabilities(self) -> DocumentPrinterCapabilities:
        """What the printer said it can do."""
        return cast("DocumentPrinterCapabilities", self._slot.capabilities())

    async def page_counter(self) -> int | None:
        """The printer's own impressions counter, asked now."""
        return cast("int | None", await self._slot.call("page_counter"))

    async def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
        """Hand one PDF to the queue."""
        return cast("PrintJob", await self._slot.call("submit", document, job_name, options))

    async def find_job(self, job_name: str) -> PrintJob | None:
        """The newest job of that name."""
        return cast("PrintJob | None", await self._slot.call("find_job", job_name))

    async def evidence(self, job: PrintJob) -> PrintEvidence:
        """What each witness says of a job now."""
        return cast("PrintEvidence", await self._slot.call("evidence", job))

    async def cancel_job(self, job: PrintJob) -> None:
        """Take a job off queue and printer."""
        await self._slot.call("cancel_job", job)

    async def purge(self) -> int:
        """Forget every job; returns how many there were."""
        return cast("int", await self._slot.call("purge"))


class Devices:
    """The terminal's devices. A role may be empty at first, and is filled while it runs."""

    def __init__(self) -> None:
        self._slots = {role: Slot(role) for role in ROLES}
        self.reader = IdCardReaderDevice(self._slots[READER])
        self.social_cards = SocialSecurityCardReaderDevice(self._slots[SOCIAL])
        self.travel_documents = TravelDocumentReaderDevice(self._slots[TRAVEL])
        self.printer = DocumentPrinterDevice(self._slots[PRINTER])

    async def bind(self, role: str, driver: str, settings: dict[str, Any]) -> None:
        """Run a device in a role. Raises ``KeyError`` for a role that no terminal has."""
        await self._slots[role].bind(driver, settings)

    def slot(self, role: str) -> Slot:
        """A role's place. Raises ``KeyError`` for a role that no terminal has."""
        return self._slots[role]

    @property
    def card_readers(self) -> dict[str, CardReaderDevice]:
        """The readers of cards by role."""
        return {READER: self.reader, SOCIAL: self.social_cards, TRAVEL: self.travel_documents}

    def card_reader(self, role: str) -> CardReaderDevice:
        """The reader of a role. Raises ``KeyError`` for a role that reads no cards."""
        return self.card_readers[role]

    def leave_cards(self) -> None:
        """A journey is over: what lies on a reader now belongs to nobody who comes next."""
        for reader in self.card_readers.values():
            reader.leave()

    async def read_document_key(self) -> MrzKey:
        """The key of the travel document whose data page lies under the document camera; see
        ``drivers.document_camera.contract`` for what it raises."""
        return cast("MrzKey", await self._slots[DOCUMENT_CAMERA].call("read_document_key"))

    def bound(self) -> dict[str, str]:
        """The driver of each role that a device is bound to."""
        return {role: slot.driver for role, slot in self._slots.items() if slot.driver}

    async def ready(self, role: str, within_s: float) -> None:
        """Wait until a role's device can be used. Raises ``DeviceError`` when it cannot in time."""
        await self._slots[role].ready(within_s)

    async def release(self) -> None:
        """Give every device back."""
        await asyncio.gather(*(slot.release() for slot in self._slots.values()))

    def status(self) -> dict[str, Status]:
        """What is known of each role's device now."""
        return {role: slot.status() for role, slot in self._slots.items()}

    def restarts(self) -> dict[str, int]:
        """How often each role's driver had to be started again."""
        return {role: slot.restarts for role, slot in self._slots.items()}
