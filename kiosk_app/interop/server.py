"""The WebSocket server of interop: who may knock, and which services there are."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import http
import logging
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from drivers.device import Capabilities, DeviceState, Status, concluded
from kiosk_app.devices import (
    DOCUMENT_CAMERA,
    PRINTER,
    READER,
    SOCIAL,
    TRAVEL,
    Devices,
    Slot,
)
from kiosk_app.interop import others, scanner
from kiosk_app.interop.card_reader import CardReader
from kiosk_app.interop.hooks import Busy, Record, Rules, VendorMode
from kiosk_app.interop.operations import Call, Offer, Operation
from kiosk_app.interop.payloads import Nothing, Services, ServiceUri
from kiosk_app.interop.printer import Printer
from kiosk_app.interop.service import Place, Service
from kiosk_app.interop.session import Session
from kiosk_app.interop.settings import PUBLISHER, ROOT, InteropSettings, publisher_address

VENDOR = "Yimen"
_TOKEN_HEADER = "X-Yimen-Token"  # noqa: S105 - the header's name
_CONNECTIONS = 16
_LONGEST = 65_536
_LONGEST_TO_PRINTER = 2 * 1024 * 1024
_LOOK_EVERY_S = 0.25

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())
_log.propagate = False


class _Terminal:
    """The terminal itself, as what a service without a device stands on."""

    role = "terminal"
    driver = "yimen"

    def status(self) -> Status:
        return Status(concluded(DeviceState.ONLINE))

    def capabilities(self) -> Capabilities:
        return Capabilities(vendor=VENDOR)

    def commands(self) -> frozenset[str]:
        return frozenset()


def _offers(
    devices: Devices, mode: VendorMode, *, identities: bool
) -> Iterator[tuple[str, Slot, Offer]]:
    """A service for each role that XFS4IoT has words for, whether a device is bound or not."""
    for name, role in (
        ("CardReader", READER),
        ("SocialSecurityCardReader", SOCIAL),
        ("TravelDocumentReader", TRAVEL),
    ):
        slot = devices.slot(role)
        yield name, slot, CardReader(slot, identities=identities).offer()
    for name, role, raw in (
        ("DocumentPrinter", PRINTER, False),
        ("ReceiptPrinter", "receipt-printer", True),
    ):
        slot = devices.slot(role)
        yield name, slot, Printer(slot, mode, raw=raw).offer()
    for name, role, offer in (
        ("Camera", "camera", others.camera),
        ("BarcodeReader", "code-scanner", others.barcode_reader),
        ("DocumentScanner", "document-scanner", scanner.document_scanner),
        ("DocumentCamera", DOCUMENT_CAMERA, scanner.document_camera),
        ("Lights", "lights", others.lights),
    ):
        slot = devices.slot(role)
        yield name, slot, offer(slot)


class _Hall:
    """All services of one server, and the door."""

    def __init__(
        self,
        settings: InteropSettings,
        rules: Rules,
        devices: Devices,
        busy: Busy,
        mode: VendorMode,
        record: Record,
    ) -> None:
        self.port = 0
        self._rules = rules
        self._sessions = 0
        self._devices = devices
        terminal = _Terminal()
        offers: list[tuple[str, Place, Offer]] = [
            *_offers(devices, mode, identities=settings.identities),
            ("VendorMode", terminal, others.vendor_mode(mode)),
            (PUBLISHER, terminal, self._publisher()),
        ]
        self._services: Mapping[str, Service] = {
            name: Service(name, place, offer, busy, record) for name, place, offer in offers
        }

    def door(self, connection: ServerConnection, request: Request) -> Response | None:
        """Look at a handshake; ``None`` lets it in."""
        headers = request.headers
        if headers.get_all("Host") != [f"127.0.0.1:{self.port}"]:
            return _no(connection, 421, "this address is not served here")
        if any(origin != self._rules.origin for origin in headers.get_all("Origin")):
            return _no(connection, 403, "other pages may not ask here")
        if any(each not in ("same-origin", "none") for each in headers.get_all("Sec-Fetch-Site")):
            return _no(connection, 403, "other pages may not ask here")
        if request.path.rstrip("/") == ROOT.rstrip("/"):
            lists = publisher_address(self.port)
            return _no(connection, 404, f"name a service; {lists} tells which there are")
        if not self._serves(request.path):
            return _no(connection, 404, "there is no such service")
        tokens = headers.get_all(_TOKEN_HEADER)
        if tokens and (len(tokens) > 1 or not self._knows(tokens[0])):
            return _no(connection, 403, "the launch token is wrong or old")
        if self._sessions >= _CONNECTIONS:
            return _no(connection, 503, "too many connections")
        return None

    async def welcome(self, socket_: ServerConnection) -> None:
        """Serve one connection that came through the door."""
        request = socket_.request
        if request is None:
            return
        service = self._services[request.path.removeprefix(ROOT)]
        shown = _TOKEN_HEADER in request.headers
        longest = _LONGEST_TO_PRINTER if service.name.endswith("Printer") else _LONGEST
        self._sessions += 1
        try:
            session = Session(socket_, service, longest)
            await session.run(None if shown else self._rules.token)
        finally:
            self._sessions -= 1

    async def watch(self) -> None:
        """Tell what changes, and make way for citizens, while the server runs."""
        published = self._published()
        while True:
            for service in self._services.values():
                service.make_way()
                service.look()
            before, published = published, self._published()
            if published != before:
                publisher = self._services[PUBLISHER]
                publisher.broadcast(f"{PUBLISHER}.ServiceDetailEvent", published)
            await asyncio.sleep(_LOOK_EVERY_S)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the devices' events while the block lasts."""
        with contextlib.ExitStack() as stack:
            for service in self._services.values():
                if not isinstance(service.slot, _Terminal):
                    slot = self._devices.slot(service.slot.role)
                    stack.enter_context(slot.listening(service.heard))
            yield

    def _serves(self, path: str) -> bool:
        return path.startswith(ROOT) and path.removeprefix(ROOT) in self._services

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._rules.token.encode())

    def _publisher(self) -> Offer:
        async def services(call: Call) -> BaseModel:
            return self._published()

        operation = Operation(Nothing, services, disturbs=False)
        return Offer(
            {f"{PUBLISHER}.GetServices": operation},
            unsolicited=lambda known: (f"{PUBLISHER}.ServiceDetailEvent",),
        )

    def _published(self) -> Services:
        """The services whose device is bound now."""
        root = f"ws://127.0.0.1:{self.port}{ROOT}"
        uris = (
            ServiceUri(serviceURI=root + name)
            for name, each in self._services.items()
            if each.bound and name != PUBLISHER
        )
        return Services(vendor_name=VENDOR, services=tuple(uris))


def _no(connection: ServerConnection, status: int, why: str) -> Response:
    return connection.respond(http.HTTPStatus(status), f"{why}\n")


@asynccontextmanager
async def serving(
    settings: InteropSettings,
    rules: Rules,
    devices: Devices,
    busy: Busy,
    mode: VendorMode,
    record: Record,
) -> AsyncIterator[int]:
    """Serve on loopback while the block lasts; gives the port. Raises ``OSError``."""
    hall = _Hall(settings, rules, devices, busy, mode, record)
    with socket.create_server(("127.0.0.1", settings.port)) as listener:
        hall.port = listener.getsockname()[1]
        server = serve(
            hall.welcome,
            sock=listener,
            process_request=hall.door,
            compression=None,
            server_header=None,
            max_size=_LONGEST_TO_PRINTER,
            max_queue=4,
            open_timeout=5,
            close_timeout=1,
            logger=_log,
        )
        async with server:
            with hall.listening():
                watch = asyncio.create_task(hall.watch())
                try:
                    yield hall.port
                finally:
                    watch.cancel()
                    await asyncio.gather(watch, return_exceptions=True)
