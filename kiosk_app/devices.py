"""The terminal's devices by role, each in its own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from drivers.device import DeviceEvent, Status
from drivers.document_printer.contract import (
    DocumentPrinterCapabilities,
    DocumentPrinterStatus,
    PrintEvidence,
    PrintJob,
    PrintOptions,
)
from drivers.host import DeviceHost
from drivers.id_card.contract import IdCardReaderStatus, IdentityRecord

READER = "id-card-reader"
PRINTER = "document-printer"

GRACE_S = 5.0
"""What a command may take beyond the wait that it was given."""


class IdCardReaderDevice:
    """The identity-card reader; see ``drivers.id_card.contract`` for what its commands raise."""

    def __init__(self, host: DeviceHost) -> None:
        self._host = host

    def status(self) -> IdCardReaderStatus:
        """What is known now."""
        return cast(IdCardReaderStatus, self._host.status())

    async def read_card(self, wait_s: float, on_card: Callable[[], None]) -> IdentityRecord:
        """Wait for one card and read it. ``on_card`` is called when a card is found."""

        def notice(event: DeviceEvent) -> None:
            if event.name == "MediaInsertedEvent":
                on_card()

        async with self._listening(notice):
            record = await self._host.call("read_card", wait_s, deadline_s=wait_s + GRACE_S)
        return cast(IdentityRecord, record)

    async def wait_removed(self, wait_s: float) -> bool:
        """Whether the card is away before ``wait_s`` seconds have passed."""
        gone = await self._host.call("wait_removed", wait_s, deadline_s=wait_s + GRACE_S)
        return bool(gone)

    @asynccontextmanager
    async def _listening(self, listener: Callable[[DeviceEvent], None]) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        stop = self._host.subscribe(lambda event: loop.call_soon_threadsafe(listener, event))
        try:
            yield
        finally:
            stop()


class DocumentPrinterDevice:
    """The document printer; see ``drivers.document_printer.contract``."""

    def __init__(self, host: DeviceHost) -> None:
        self._host = host

    def status(self) -> DocumentPrinterStatus:
        """What is known now."""
        return cast(DocumentPrinterStatus, self._host.status())

    def capabilities(self) -> DocumentPrinterCapabilities:
        """What the printer said it can do."""
        return cast(DocumentPrinterCapabilities, self._host.capabilities())

    async def page_counter(self) -> int | None:
        """The printer's own impressions counter, asked now."""
        return cast("int | None", await self._host.call("page_counter"))

    async def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
        """Hand one PDF to the queue."""
        return cast(PrintJob, await self._host.call("submit", document, job_name, options))

    async def find_job(self, job_name: str) -> PrintJob | None:
        """The newest job of that name."""
        return cast("PrintJob | None", await self._host.call("find_job", job_name))

    async def evidence(self, job: PrintJob) -> PrintEvidence:
        """What each witness says of a job now."""
        return cast(PrintEvidence, await self._host.call("evidence", job))

    async def cancel_job(self, job: PrintJob) -> None:
        """Take a job off queue and printer."""
        await self._host.call("cancel_job", job)

    async def purge(self) -> int:
        """Forget every job; returns how many there were."""
        return cast(int, await self._host.call("purge"))


class Devices:
    """All devices of the terminal. ``hosts``: one for each role."""

    def __init__(self, hosts: Mapping[str, DeviceHost]) -> None:
        self._hosts = dict(hosts)
        self.reader = IdCardReaderDevice(self._hosts[READER])
        self.printer = DocumentPrinterDevice(self._hosts[PRINTER])

    async def start(self) -> None:
        """Start every host. Devices that are missing come later."""
        await asyncio.gather(*(host.start() for host in self._hosts.values()))

    async def stop(self) -> None:
        """Give every device back."""
        await asyncio.gather(*(host.stop() for host in self._hosts.values()))

    def status(self) -> dict[str, Status]:
        """What is known of each role's device now."""
        return {role: host.status() for role, host in self._hosts.items()}

    def restarts(self) -> dict[str, int]:
        """How often each role's driver had to be started again."""
        return {role: host.restarts for role, host in self._hosts.items()}

    def subscribe(self, listener: Callable[[DeviceEvent], None]) -> Callable[[], None]:
        """Hear every device's events; returns the way to stop hearing."""
        stops = [host.subscribe(listener) for host in self._hosts.values()]

        def stop() -> None:
            for each in stops:
                each()

        return stop


