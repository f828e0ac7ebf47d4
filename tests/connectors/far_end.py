"""A register that says what a test wants, byte by byte, on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk_app.connectors.housing_register import wire
from kiosk_app.connectors.housing_register.signing import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    load_private_key,
    make_key_pair,
    sign_reply,
)
from kiosk_app.connectors.settings import (
    BreakerSettings,
    HttpRegisterSettings,
    Retries,
    Timeouts,
)

QUICK = {
    "timeouts": Timeouts(connect=1.0, read=0.4, write=1.0, pool=1.0, deadline=3.0, ready=1.0),
    "retries": Retries(attempts=3, pause=0.01, longest_pause=0.05),
    "breaker": BreakerSettings(failures=100, cooldown=30),
    "ready_cache": 0.0,
}


@dataclass
class FarEnd:
    """A register that says what a test wants, byte by byte."""

    settings: HttpRegisterSettings
    key: Ed25519PrivateKey
    bodies: list[bytes] = field(default_factory=list)
    nonces: list[str] = field(default_factory=list)

    def signed(self, reply: wire.Reply | bytes, nonce: str = "", status: int = 200) -> bytes:
        """A rightly signed response to the latest call, or to the call with this nonce."""
        body = reply if isinstance(reply, bytes) else wire.encode(reply)
        nonce = nonce or self.nonces[-1]
        return response(
            body,
            status,
            {NONCE_HEADER: nonce, SIGNATURE_HEADER: sign_reply(self.key, nonce, status, body)},
        )


def response(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None, kind: str = "json"
) -> bytes:
    """A response as it stands on the wire."""
    lines = {
        "content-type": {"json": "application/json", "html": "text/html"}[kind],
        "content-length": str(len(body)),
    } | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


Script: TypeAlias = Callable[[FarEnd, int], bytes | Awaitable[bytes]]
"""Makes the response to the n-th call, counted from one."""
RunFarEnd: TypeAlias = Callable[[Script], AbstractAsyncContextManager[FarEnd]]


@asynccontextmanager
async def run_far_end(folder: Path, script: Script) -> AsyncIterator[FarEnd]:
    """Listen on a socket in the folder and answer by the script."""
    for name in ("register", "terminal"):
        make_key_pair(folder, name)
    settings = HttpRegisterSettings(
        url="http://register",
        uds=folder / "data.sock",
        terminal="03",
        terminal_key=folder / "terminal.key",
        register_key=folder / "register.pub",
    ).model_copy(update=QUICK)
    end = FarEnd(settings, load_private_key(folder / "register.key"))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        end.bodies.append(await reader.readexactly(int(fields["content-length"])))
        end.nonces.append(fields[NONCE_HEADER])
        said = script(end, len(end.bodies))
        with suppress(ConnectionError):
            writer.write(said if isinstance(said, bytes) else await said)
            await writer.drain()
        writer.close()

    listening = await asyncio.start_unix_server(answer, folder / "data.sock")
    try:
        yield end
    finally:
        listening.close()
