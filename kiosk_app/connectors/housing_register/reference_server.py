r"""A housing register behind the real wire, run as a process of its own.

    python -m kiosk_app.connectors.housing_register.reference_server \
        --socket register.sock --control control.sock --database register.sqlite --keys keys/

It speaks the protocol of ``wire`` over HTTP/1.1 on a Unix socket, from the records of the embedded
register, and can show every fault of ``faults`` while it runs. The switches are turned on a socket
of their own: ``GET /faults``, ``POST /control/fault`` with ``{"name": …, "on": true}``. The keys
are ``register.key`` and ``terminal.pub``; both pairs are made when they are not there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from drivers.virtual.residents import RESIDENTS
from kiosk_app.connectors.housing_register import wire
from kiosk_app.connectors.housing_register.contract import (
    SERIES,
    Question,
    RegisterError,
    RegisterRefused,
)
from kiosk_app.connectors.housing_register.embedded import EmbeddedRegister
from kiosk_app.connectors.housing_register.faults import RegisterFault
from kiosk_app.connectors.housing_register.http_server import Request, Response, serve
from kiosk_app.connectors.housing_register.signing import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    CallChecker,
    load_private_key,
    load_public_key,
    make_key_pair,
    sign_reply,
)
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy

SLOW_S = 2.0
BUSY_FOR_S = 1
READY_LINE = b"ready\n"

_STATUS: dict[type[wire.Envelope], int] = {
    wire.RefusedReply: 422,
    wire.BusyReply: 429,
    wire.RejectedReply: 401,
}
_PAGE = Response(200, "text/html; charset=utf-8", "<!DOCTYPE html><title>请先认证</title>".encode())
_BROKEN = Response(500, "text/plain", b"internal error")
_NOWHERE = Response(404, "text/plain", b"no such act")


class ReferenceServer:
    """The register's side of the wire. ``terminals``: who may ask, by name."""

    def __init__(
        self,
        register: EmbeddedRegister,
        key: Ed25519PrivateKey,
        terminals: Mapping[str, Ed25519PublicKey],
    ) -> None:
        self._register = register
        self._key = key
        self._checker = CallChecker(terminals)
        self._faults: set[RegisterFault] = set()
        self._taking_calls = asyncio.Event()
        self._taking_calls.set()
        self._socket: Path | None = None
        self._server: asyncio.Server | None = None

    async def listen(self, socket: Path) -> None:
        """Answer calls on a Unix socket."""
        self._socket = socket
        self._server = await asyncio.start_unix_server(self._connected, socket)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None and self._socket is not None:
            self._server.close()
            self._server = None
            self._socket.unlink(missing_ok=True)

    @property
    def faults(self) -> tuple[str, ...]:
        """The switches that are on."""
        return tuple(sorted(self._faults))

    async def set_fault(self, fault: RegisterFault, on: bool) -> None:
        """Turn one switch."""
        (self._faults.add if on else self._faults.discard)(fault)
        if fault is RegisterFault.TIMEOUT_BEFORE_SEND:
            (self._taking_calls.clear if on else self._taking_calls.set)()
        if fault is RegisterFault.DOWN and self._socket is not None:
            if on:
                await self.close()
            elif self._server is None:
                await self.listen(self._socket)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._taking_calls.is_set():
            await self._taking_calls.wait()
            writer.close()
            return
        await serve(self._respond, wire.MAX_CALL_BYTES, reader, writer)

    async def _respond(self, request: Request) -> Response | None:
        if RegisterFault.SLOW in self._faults:
            await asyncio.sleep(SLOW_S)
        if RegisterFault.HTML_PAGE in self._faults:
            return _PAGE
        if RegisterFault.SERVER_ERROR in self._faults:
            return _BROKEN
        call_kind = wire.CALLS.get(request.path)
        if request.method != "POST" or call_kind is None:
            return _NOWHERE
        nonce = request.headers.get(NONCE_HEADER, "")
        rejection = self._checker.check(request.path, request.body, request.headers)
        if rejection is not None:
            return self._signed(nonce, wire.RejectedReply(reason=rejection))
        try:
            call = wire.decode_call(call_kind, request.body)
            reply = await self._reply_to(call)
        except wire.WireError:
            reply = wire.RejectedReply(reason=wire.Rejection.MALFORMED)
        except RegisterRefused as refused:
            reply = wire.RefusedReply(reason=wire.Refusal(refused.args[0]))
        except RegisterError:
            return _BROKEN
        if isinstance(reply, wire.ReadyReply):
            return self._signed(nonce, reply)
        return self._spoiled(request.path, nonce, reply)

    async def _reply_to(self, call: wire.Call) -> wire.Reply:
        if isinstance(call, wire.ReadyCall):
            return wire.ReadyReply(ready=await self._register.ready())
        if RegisterFault.BUSY in self._faults:
            return wire.BusyReply(retry_after_s=BUSY_FOR_S)
        if isinstance(call, wire.QueryCall):
            question = call.question.question()
            if RegisterFault.OTHER_PERSON in self._faults:
                question = _about_somebody_else(question)
            answer = await self._register.query(question)
            return wire.AnswerReply.of(answer, question.applicants)
        if isinstance(call, wire.IssueCall):
            issued = await self._register.issue(call.key, call.request.request())
            return wire.ReceiptReply.of(call.key, issued)
        receipt = await self._register.receipt(call.key)
        if receipt is None:
            return wire.NoReceiptReply(key=call.key)
        return wire.ReceiptReply.of(call.key, receipt)

    def _spoiled(self, path: str, nonce: str, reply: wire.Reply) -> Response | None:
        """A reply as the switches let it out."""
        if RegisterFault.DROPPED_ANSWER in self._faults and path == wire.Path.ISSUE:
            return None
        body = wire.encode(reply)
        if RegisterFault.GARBLED in self._faults:
            body = body[: len(body) // 2] + b"\x00\xff{"
        key = self._key
        if RegisterFault.BAD_SIGNATURE in self._faults:
            key = Ed25519PrivateKey.generate()
        times = 2 if RegisterFault.DUPLICATE in self._faults else 1
        return self._signed(nonce, reply, body=body, key=key, times=times)

    def _signed(
        self,
        nonce: str,
        reply: wire.Reply,
        *,
        body: bytes | None = None,
        key: Ed25519PrivateKey | None = None,
        times: int = 1,
    ) -> Response:
        status = _STATUS.get(type(reply), 200)
        body = body or wire.encode(reply)
        headers = {
            NONCE_HEADER: nonce,
            SIGNATURE_HEADER: sign_reply(key or self._key, nonce, status, body),
        }
        if isinstance(reply, wire.BusyReply):
            headers["retry-after"] = str(BUSY_FOR_S)
        return Response(status, wire.CONTENT_TYPE, body, headers, times)


def _about_somebody_else(question: Question) -> Question:
    asked = {applicant.person.id_number for applicant in question.applicants}
    other = next(resident for resident in RESIDENTS if resident.id_number not in asked)
    person = Person(other.name, IdKind.RESIDENT_CARD, other.id_number, other.birth)
    applicant = Applicant(person, Relation.SELF, ShownBy.CARD)
    return Question((applicant,), question.districts, question.purpose, question.receiving_body)


async def control(server: ReferenceServer, request: Request) -> Response:
    """Answer on the control socket: what is on, and turn one switch."""
    status = 200
    if request.method == "POST" and request.path == "/control/fault":
        try:
            asked = json.loads(request.body)
            await server.set_fault(RegisterFault(asked["name"]), bool(asked["on"]))
        except (ValueError, KeyError, TypeError):
            status = 400
    elif (request.method, request.path) != ("GET", "/faults"):
        status = 404
    body = json.dumps({"faults": server.faults}).encode()
    return Response(status, "application/json", body)


async def run(arguments: argparse.Namespace) -> None:
    """Serve until a signal comes, or until the standard input ends."""
    os.umask(0o077)
    for name in ("register", "terminal"):
        make_key_pair(arguments.keys, name)
    register = EmbeddedRegister(arguments.database, series=arguments.series)
    server = ReferenceServer(
        register,
        load_private_key(arguments.keys / "register.key"),
        {arguments.terminal: load_public_key(arguments.keys / "terminal.pub")},
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    if arguments.until_input_ends:
        loop.add_reader(sys.stdin.fileno(), _stop_at_end, stop)
    await server.listen(arguments.socket)
    switches = await asyncio.start_unix_server(
        partial(serve, partial(control, server), wire.MAX_CALL_BYTES), arguments.control
    )
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), READY_LINE)
    await stop.wait()
    switches.close()
    arguments.control.unlink(missing_ok=True)
    await server.close()
    await register.close()


def _stop_at_end(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="A housing register to rehearse with.")
    parser.add_argument("--socket", type=Path, required=True, help="where calls are taken")
    parser.add_argument("--control", type=Path, required=True, help="where faults are switched")
    parser.add_argument("--database", type=Path, required=True, help="SQLite file of the records")
    parser.add_argument("--keys", type=Path, required=True, help="folder of the two key pairs")
    parser.add_argument("--terminal", default="03", help="the name of the terminal that may ask")
    parser.add_argument("--series", default=SERIES, help="what the numbers of papers begin with")
    parser.add_argument(
        "--until-input-ends", action="store_true", help="end together with whoever holds stdin"
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
