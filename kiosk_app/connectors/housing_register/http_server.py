"""As much of an HTTP/1.1 server as the reference server needs, over h11.

Unlike a server made for use, it lets its handler answer twice, or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import h11

_CHUNK = 16 * 1024
_REQUEST_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """One response, sent ``times`` times."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1


Handler = Callable[[Request], Awaitable[Response | None]]
"""``None`` drops the connection without a word."""


async def serve(
    handler: Handler,
    longest_body: int,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Take one request from a connection, answer it and close.

    A request that is no HTTP, too long or too slow gets no answer.
    """
    connection = h11.Connection(h11.SERVER)
    try:
        async with asyncio.timeout(_REQUEST_WITHIN_S):
            request = await _take(connection, reader, longest_body)
        response = await handler(request)
        if response is not None:
            writer.write(_rendered(connection, response) * response.times)
            await writer.drain()
    except (h11.RemoteProtocolError, TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()


async def _take(
    connection: h11.Connection, reader: asyncio.StreamReader, longest_body: int
) -> Request:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > longest_body:
                raise h11.RemoteProtocolError("request too long")
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers
            }
            return Request(head.method.decode(), head.target.decode(), headers, bytes(body))
        else:
            raise h11.RemoteProtocolError("connection ended before the request did")


def _rendered(connection: h11.Connection, response: Response) -> bytes:
    headers = [
        ("content-type", response.content_type),
        ("content-length", str(len(response.body))),
        ("connection", "close"),
        *response.headers.items(),
    ]
    events = (
        h11.Response(status_code=response.status, headers=headers),
        h11.Data(data=response.body),
        h11.EndOfMessage(),
    )
    return b"".join(connection.send(event) or b"" for event in events)
