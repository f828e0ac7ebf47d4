"""One connection to one service: reads commands, acknowledges, runs, completes."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time

from pydantic import BaseModel, ValidationError
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from drivers.errors import CompletionCode
from kiosk_app.interop.messages import (
    AcknowledgeStatus,
    Command,
    Header,
    Message,
    MessageType,
    NotUnderstood,
    acknowledge,
    payload_of,
    places,
    read_command,
    version_of,
)
from kiosk_app.interop.operations import Refused
from kiosk_app.interop.payloads import Authenticate, Cancel, Failed, Nothing
from kiosk_app.interop.service import PENDING, Service, failed

POLICY_VIOLATION = 1008
AUTHENTICATE = "YimenSession.Authenticate"
_AUTHENTICATE_S = 3.0
_LONGEST_FROM_STRANGERS = 4096
_BACKLOG = 256
"""Messages that a slow client may leave unread."""
_MISTAKES = 10
"""Messages that are none, after which a connection is closed."""
_BURST, _A_SECOND = 100.0, 50.0


class Offence(Exception):
    """The client does what it may not: the connection is closed with 1008."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Pace:
    """A bucket of messages that fills at a steady rate."""

    def __init__(self) -> None:
        self._left = _BURST
        self._at = time.monotonic()

    def take(self) -> None:
        """Count one message. Raises ``Offence`` when there are too many."""
        now = time.monotonic()
        self._left = min(_BURST, self._left + (now - self._at) * _A_SECOND) - 1
        self._at = now
        if self._left < 0:
            raise Offence("too many messages")


class Session:
    """See the module. ``longest``: bytes that one message may have, once the token is known; a
    longer one closes the connection with 1009."""

    def __init__(self, socket: ServerConnection, service: Service, longest: int) -> None:
        self._socket = socket
        self._service = service
        self._longest = longest
        self._out: asyncio.Queue[Message] = asyncio.Queue(_BACKLOG)
        self._pending: dict[int, asyncio.Task[None]] = {}
        self._mistakes = 0
        self._pace = _Pace()

    def post(self, message: Message) -> None:
        """Send a message after those that were posted before it. Who reads too slowly is cut
        off."""
        try:
            self._out.put_nowait(message)
        except asyncio.QueueFull:
            self._socket.transport.abort()

    async def run(self, token: str | None) -> None:
        """Serve until the client goes. ``token``: to be shown first; ``None`` when it was."""
        writer = asyncio.create_task(self._write())
        try:
            with contextlib.suppress(ConnectionClosed):
                await self._serve(token)
        except Offence as offence:
            await self._flush()
            await self._socket.close(POLICY_VIOLATION, offence.why)
        finally:
            self._service.listeners.discard(self)
            await self._end(*self._pending.values())
            await self._end(writer)

    async def _serve(self, token: str | None) -> None:
        if token is not None:
            self._socket.protocol.max_message_size = _LONGEST_FROM_STRANGERS
            await self._authenticate(token)
        self._socket.protocol.max_message_size = self._longest
        self._service.listeners.add(self)
        while True:
            await self._take(await self._receive())

    async def _authenticate(self, token: str) -> None:
        try:
            async with asyncio.timeout(_AUTHENTICATE_S):
                command = read_command(await self._receive())
            shown = Authenticate.model_validate(command.payload or {}).token
        except (TimeoutError, NotUnderstood, ValidationError):
            raise Offence("show the launch token first") from None
        known = hmac.compare_digest(shown.encode(), token.encode())
        if command.header.name != AUTHENTICATE or not known:
            raise Offence("show the launch token first")
        self._acknowledge(command)
        self._complete(command, CompletionCode.SUCCESS, Nothing())

    async def _receive(self) -> str | bytes:
        text = await self._socket.recv()
        self._pace.take()
        return text

    async def _take(self, text: str | bytes) -> None:
        try:
            command = read_command(text)
        except NotUnderstood as wrong:
            self._mistaken(wrong.name, wrong.request_id, wrong.status)
            return
        header = command.header
        if header.request_id in self._pending:
            self._mistaken(header.name, header.request_id, AcknowledgeStatus.INVALID_REQUEST_ID)
            return
        if len(self._pending) >= PENDING and header.name != "Common.Cancel":
            self._refuse(header.name, header.request_id, AcknowledgeStatus.TOO_MANY_REQUESTS)
            return
        self._acknowledge(command)
        if not self._at_once(command):
            task = asyncio.create_task(self._carry_out(command))
            self._pending[header.request_id] = task
            task.add_done_callback(lambda _: self._pending.pop(header.request_id, None))

    def _at_once(self, command: Command) -> bool:
        """Answer what waits for no device."""
        match command.header.name:
            case name if not self._service.speaks(command.header):
                why = f"version {version_of(name)} of this message is spoken here"
                self._complete(command, CompletionCode.UNSUPPORTED_COMMAND, Nothing(), why)
            case "Common.Status":
                self._complete(command, CompletionCode.SUCCESS, self._service.status())
            case "Common.Capabilities":
                self._complete(command, CompletionCode.SUCCESS, self._service.capabilities())
            case "Common.Cancel":
                self._complete(command, *self._cancel(command))
            case _:
                return False
        return True

    def _cancel(self, command: Command) -> tuple[CompletionCode, BaseModel, str | None]:
        try:
            wanted = Cancel.model_validate(command.payload or {}).request_ids
        except ValidationError as problem:
            return CompletionCode.INVALID_DATA, Nothing(), f"wrong: {places(problem)}"
        found = [
            task for number, task in self._pending.items() if wanted is None or number in wanted
        ]
        if wanted and not found:
            no_match = Failed(error_code="noMatchingRequestIDs")
            return CompletionCode.COMMAND_ERROR_CODE, no_match, "nothing of that number is pending"
        for task in found:
            task.cancel()
        return CompletionCode.SUCCESS, Nothing(), None

    async def _carry_out(self, command: Command) -> None:
        try:
            said = await self._service.carry_out(command, self.post)
        except Refused as refused:
            self._complete(command, refused.completion, failed(refused), refused.why)
        except asyncio.CancelledError:
            self._complete(command, CompletionCode.CANCELED, Nothing(), "withdrawn by its client")
        except Exception as error:
            kind = type(error).__name__
            self._complete(command, CompletionCode.INTERNAL_ERROR, Nothing(), kind)
        else:
            self._complete(command, CompletionCode.SUCCESS, said)

    def _complete(
        self, command: Command, code: CompletionCode, said: BaseModel, why: str | None = None
    ) -> None:
        header = Header(
            name=command.header.name,
            request_id=command.header.request_id,
            type=MessageType.COMPLETION,
            version=version_of(command.header.name),
            completion_code=code,
            error_description=why,
        )
        self.post(Message(header=header, payload=payload_of(said)))

    def _acknowledge(self, command: Command) -> None:
        header = command.header
        self.post(acknowledge(header.name, header.request_id))

    def _mistaken(self, name: str, request_id: int, status: AcknowledgeStatus) -> None:
        self._refuse(name, request_id, status)
        self._mistakes += 1
        if self._mistakes >= _MISTAKES:
            raise Offence("too many messages that are none")

    def _refuse(self, name: str, request_id: int, status: AcknowledgeStatus) -> None:
        self.post(acknowledge(name, request_id, status))

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await self._out.get()
                await self._socket.send(message.encode())
                self._out.task_done()

    async def _flush(self) -> None:
        """Let what was posted go out, unless the client does not read."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._out.join(), 1.0)

    @staticmethod
    async def _end(*tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
