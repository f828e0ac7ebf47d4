"""What every request must show before anything looks at it.

The service listens on loopback alone, and still does not trust who knocks: a page of the wide web
may have the browser send requests here (DNS rebinding, cross-site requests), and so may another
program of the machine. So the Host and Origin headers are compared with exact lists, a token that
is new at each launch stands in a header of its own (no cookie), and bodies are small and of the
type that is expected.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drivers.recording.file import LONGEST_BYTES

TOKEN_HEADER = "x-yimen-token"  # noqa: S105 - the header's name

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
}

TECHNICIAN = "/api/technician"
"""Below this path a session of somebody who has logged in stands in for the launch token."""
SESSION_HEADER = "x-yimen-session"

REPLAY = f"{TECHNICIAN}/replay"
"""Takes a whole recording, as its file is."""
RECORDING_KIND = "application/x-ndjson"
_BODY_KINDS = {"/api/verify/file": "application/pdf", REPLAY: RECORDING_KIND}
_BODY_SIZES = {"/api/verify/file": 8 * 1024 * 1024, REPLAY: LONGEST_BYTES}
_JSON_LIMIT = 64 * 1024
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Rules:
    """``origin``: scheme, host and port that the page is served from; the only one."""

    origin: str
    token: str

    @property
    def host(self) -> str:
        """The only Host header that is accepted."""
        return self.origin.partition("://")[2]


class Guard:
    """ASGI middleware that lets through what fits the rules, and dresses every answer."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400, 403, 413, 415 or 421 itself, or hand the request on."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        objection = self._objection(scope)
        if objection is not None:
            status, words = objection
            await PlainTextResponse(words, status)(scope, receive, dressed)
            return
        limit = _BODY_SIZES.get(scope["path"], _JSON_LIMIT)
        await self._app(scope, _Limited(receive, limit), dressed)

    def _objection(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if headers.getlist("host") != [self._rules.host]:
            return 421, f"this address is not served here: open {self._rules.origin}/ instead"
        origin = headers.get("origin")
        if origin is not None and origin != self._rules.origin:
            return 403, "other pages may not ask here"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return 403, "other pages may not ask here"
        if not scope["path"].startswith("/api/"):
            return None if scope["method"] in _SAFE else (405, "pages can only be read")
        if not self._may_ask(scope["path"], headers):
            return 403, "the launch token is missing or old: open the page from the terminal"
        if scope["method"] in _SAFE:
            return None
        if scope["method"] == "DELETE" and not _has_body(headers):
            return None
        return _body_objection(scope["path"], headers)

    def _may_ask(self, path: str, headers: Headers) -> bool:
        if path.startswith(f"{TECHNICIAN}/"):
            return True
        token = headers.get(TOKEN_HEADER, "")
        return hmac.compare_digest(token.encode(), self._rules.token.encode())


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _body_objection(path: str, headers: Headers) -> tuple[int, str] | None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    expected = _BODY_KINDS.get(path, "application/json")
    if kind != expected:
        return 415, f"the body must be {expected}"
    length = headers.get("content-length")
    if length is None or not length.isascii() or not length.isdigit():
        return 411, "the body must say how long it is"
    if int(length) > _BODY_SIZES.get(path, _JSON_LIMIT):
        return 413, "the body is too large"
    return None


class _Limited:
    """A body that may not be longer than it was allowed to be, whatever its header said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                return {"type": "http.disconnect"}
        return message
