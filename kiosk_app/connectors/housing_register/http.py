"""The housing register at a distance, over HTTP.

What may be repeated is repeated: reading always, issuing only under the same idempotency key.
What comes back counts only when the register signed it for this very call. For ``issue`` the one
question after a failure is whether the call may have reached the register; when it may, the
outcome is unknown until ``receipt`` says more.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from random import SystemRandom
from typing import TypeVar

import httpx

from kiosk_app.connectors.alarms import Alarm, AlarmKind
from kiosk_app.connectors.breaker import Breaker, BreakerOpen
from kiosk_app.connectors.housing_register import wire
from kiosk_app.connectors.housing_register.contract import (
    Answer,
    IssueRequest,
    OtherPerson,
    OutcomeUnknown,
    Question,
    Receipt,
    RegisterBusy,
    RegisterError,
    RegisterGarbled,
    RegisterRefused,
    RegisterUnavailable,
)
from kiosk_app.connectors.housing_register.signing import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    load_private_key,
    load_public_key,
    reply_is_signed,
    stamp_call,
)
from kiosk_app.connectors.housing_register.wire_parts import WireIssueRequest, WireQuestion
from kiosk_app.connectors.settings import HttpRegisterSettings, Retries

CONNECTOR = "housing-register"

_HEADERS = {
    "content-type": wire.CONTENT_TYPE,
    "accept": wire.CONTENT_TYPE,
    "accept-encoding": "identity",
}

Wanted = TypeVar("Wanted", bound=wire.Envelope)


class _Miss(Exception):
    """One attempt brought no reply. ``reached``: the register may have acted on it."""

    def __init__(
        self,
        error: RegisterError,
        *,
        reached: bool = True,
        again: bool = True,
        alarm: AlarmKind | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.reached = reached
        self.again = again
        self.alarm = alarm


class _Busy(_Miss):
    """The register asks for a pause. It says nothing bad about its health."""

    def __init__(self, *, reached: bool, pause: float) -> None:
        super().__init__(RegisterBusy("asked for fewer questions"), reached=reached)
        self.pause = pause


class _Failure(_Miss):
    """The register, or the way to it, does not work."""


class HttpRegister:
    """``HousingRegister`` over HTTP. ``alarm`` is called in the event loop and must not block.

    ``clock`` gives seconds since the epoch, for the calls' time stamps. Raises ``KeyFileError``.
    """

    def __init__(
        self,
        settings: HttpRegisterSettings,
        *,
        alarm: Callable[[Alarm], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._alarm = alarm
        self._clock = clock
        self._key = load_private_key(settings.terminal_key)
        self._register_key = load_public_key(settings.register_key)
        self._client = _client(settings)
        self._breaker = Breaker(
            _Failure, failures=settings.breaker.failures, cooldown=settings.breaker.cooldown
        )
        self._ready = (float("-inf"), False)
        self._ready_lock = asyncio.Lock()

    async def query(self, question: Question) -> Answer:
        """See ``HousingRegister.query``."""
        with wire.fitting():
            call = wire.QueryCall(question=WireQuestion.of(question))
        reply = await self._ask(wire.Path.QUERY, call, wire.AnswerReply)
        if reply.subject != wire.subject_of(question.applicants):
            self._raise_alarm(AlarmKind.OTHER_PERSON, wire.Path.QUERY)
            raise OtherPerson("the answer is about other people")
        if any(
            home.applicant >= len(question.applicants) or home.district not in question.districts
            for home in reply.homes
        ):
            raise RegisterGarbled("a home of nobody asked for, or outside the range")
        return reply.answer()

    async def issue(self, key: str, request: IssueRequest) -> Receipt:
        """See ``HousingRegister.issue``."""
        with wire.fitting():
            call = wire.IssueCall(key=key, request=WireIssueRequest.of(request))
        reply = await self._ask(wire.Path.ISSUE, call, wire.ReceiptReply)
        if reply.key != key:
            self._raise_alarm(AlarmKind.OTHER_PERSON, wire.Path.ISSUE)
            raise OutcomeUnknown("the receipt is for another key")
        return reply.receipt()

    async def receipt(self, key: str) -> Receipt | None:
        """See ``HousingRegister.receipt``."""
        with wire.fitting():
            call = wire.ReceiptCall(key=key)
        reply = await self._ask(wire.Path.RECEIPT, call, wire.KeyedReply)
        if reply.key != key:
            self._raise_alarm(AlarmKind.OTHER_PERSON, wire.Path.RECEIPT)
            raise OtherPerson("the receipt is for another key")
        return reply.receipt() if isinstance(reply, wire.ReceiptReply) else None

    async def ready(self) -> bool:
        """See ``HousingRegister.ready``. One probe at a time, without a second attempt."""
        async with self._ready_lock:
            asked_at, ready = self._ready
            if time.monotonic() - asked_at >= self._settings.ready_cache:
                ready = await self._probe()
                self._ready = (time.monotonic(), ready)
            return ready

    async def close(self) -> None:
        """See ``HousingRegister.close``."""
        await self._client.aclose()

    async def _probe(self) -> bool:
        try:
            reply = await self._ask(
                wire.Path.READY,
                wire.ReadyCall(),
                wire.ReadyReply,
                attempts=1,
                deadline=self._settings.timeouts.ready,
            )
        except RegisterError:
            return False
        return reply.ready

    async def _ask(
        self,
        path: wire.Path,
        call: wire.Call,
        wanted: type[Wanted],
        *,
        attempts: int | None = None,
        deadline: float | None = None,
    ) -> Wanted:
        """One act, until the register's word on it. Raises ``RegisterError``."""
        reply = await self._repeat(
            path,
            wire.encode(call),
            attempts or self._settings.retries.attempts,
            time.monotonic() + (deadline or self._settings.timeouts.deadline),
        )
        if isinstance(reply, wire.RefusedReply):
            raise RegisterRefused(reply.reason)
        if not isinstance(reply, wanted):
            raise _outcome(path, RegisterGarbled("a reply to another act"), reached=True)
        return reply

    async def _repeat(
        self, path: wire.Path, body: bytes, attempts: int, give_up_at: float
    ) -> wire.Reply:
        """Attempts and pauses within the deadline, until a reply or the last failure."""
        reached = False
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(path, body, give_up_at)
            except _Miss as miss:
                reached = reached or miss.reached
                if miss.alarm:
                    self._raise_alarm(miss.alarm, path)
                pause = _pause(self._settings.retries, attempt, miss)
                late = time.monotonic() + pause >= give_up_at
                if not miss.again or attempt >= attempts or late:
                    raise _outcome(path, miss.error, reached) from miss.__cause__
            await asyncio.sleep(pause)

    async def _attempt(self, path: wire.Path, body: bytes, give_up_at: float) -> wire.Reply:
        """Send one call, unless the register is left alone. Raises ``_Miss``."""
        try:
            with self._breaker.call():
                return await self._exchange(path, body, give_up_at)
        except BreakerOpen:
            error = RegisterUnavailable("left alone after repeated failures")
            raise _Miss(error, reached=False, again=False) from None

    async def _exchange(self, path: wire.Path, body: bytes, give_up_at: float) -> wire.Reply:
        stamp = stamp_call(self._key, self._settings.terminal, path, body, at=self._clock())
        headers = stamp.headers() | _HEADERS
        try:
            async with (
                asyncio.timeout(max(0.0, give_up_at - time.monotonic())),
                self._client.stream("POST", path, content=body, headers=headers) as response,
            ):
                data = await _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise _not_sent(problem) from problem
        except (httpx.HTTPError, TimeoutError, OSError) as problem:
            raise _Failure(RegisterUnavailable(type(problem).__name__)) from problem
        return self._reply_in(response, stamp.nonce, data)

    def _reply_in(self, response: httpx.Response, nonce: str, data: bytes | None) -> wire.Reply:
        """What a response says, once it is proved to be the register's reply to this call."""
        status, headers = response.status_code, response.headers
        signature = headers.get(SIGNATURE_HEADER)
        if signature is None:
            raise _unsigned(response)
        if data is None:
            raise _Failure(RegisterGarbled("reply too long"))
        if headers.get(NONCE_HEADER) != nonce:
            raise _Failure(RegisterGarbled("a late reply to another call"))
        if not reply_is_signed(self._register_key, signature, nonce, status, data):
            raise _Failure(
                RegisterGarbled("signature is wrong"), again=False, alarm=AlarmKind.BAD_SIGNATURE
            )
        try:
            reply = wire.decode_reply(data)
        except wire.WireError as problem:
            raise _Failure(RegisterGarbled(str(problem))) from problem
        if isinstance(reply, wire.BusyReply):
            raise _Busy(reached=False, pause=reply.retry_after_s)
        if isinstance(reply, wire.RejectedReply):
            raise _rejected(reply.reason)
        return reply

    def _raise_alarm(self, kind: AlarmKind, path: wire.Path) -> None:
        self._alarm(Alarm(CONNECTOR, kind, path.rsplit("/", 1)[-1]))


def _client(settings: HttpRegisterSettings) -> httpx.AsyncClient:
    """Nothing of the environment (proxies, certificates) is taken, no redirect is followed, and no
    connection serves two calls: a second answer on it meets nobody."""
    timeouts = settings.timeouts
    return httpx.AsyncClient(
        base_url=settings.url,
        transport=httpx.AsyncHTTPTransport(
            uds=str(settings.uds) if settings.uds else None,
            verify=ssl.create_default_context(cafile=settings.ca_file),
            trust_env=False,
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=0),
        ),
        timeout=httpx.Timeout(
            connect=timeouts.connect,
            read=timeouts.read,
            write=timeouts.write,
            pool=timeouts.pool,
        ),
        trust_env=False,
        follow_redirects=False,
    )


async def _read(response: httpx.Response) -> bytes | None:
    """The body as it came; ``None`` when it is longer than any reply may be."""
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > wire.MAX_REPLY_BYTES:
            return None
    return bytes(data)


def _not_sent(problem: httpx.TransportError) -> _Failure:
    """The connection was never made. A certificate that is no good is not tried again."""
    error = RegisterUnavailable(type(problem).__name__)
    if _is_tls(problem):
        return _Failure(error, reached=False, again=False, alarm=AlarmKind.NOT_TRUSTED)
    return _Failure(error, reached=False)


def _is_tls(problem: BaseException | None) -> bool:
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _unsigned(response: httpx.Response) -> _Miss:
    """Something between here and the register answered in its place, or it is broken."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return _Busy(reached=True, pause=_retry_after(response))
    is_data = response.headers.get("content-type", "").startswith(wire.CONTENT_TYPE)
    if is_data and status == httpx.codes.OK:
        return _Failure(RegisterGarbled("no signature"), again=False, alarm=AlarmKind.BAD_SIGNATURE)
    return _Failure(RegisterUnavailable(f"status {status}, and no data"))


def _retry_after(response: httpx.Response) -> float:
    """RFC 9110 section 10.2.3, in seconds; a date or nonsense counts as not said."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0.0


def _rejected(reason: wire.Rejection) -> _Failure:
    error = RegisterUnavailable(f"call rejected: {reason}")
    if reason is wire.Rejection.REPLAY:
        return _Failure(error)
    alarm = AlarmKind.CLOCK_SKEW if reason is wire.Rejection.CLOCK_SKEW else AlarmKind.NOT_ACCEPTED
    return _Failure(error, reached=False, again=False, alarm=alarm)


def _pause(retries: Retries, attempt: int, miss: _Miss) -> float:
    """Full jitter, doubled with each attempt; a register that names a pause gets at least that."""
    bound = min(retries.longest_pause, retries.pause * 2 ** (attempt - 1))
    jitter = SystemRandom().uniform(0, bound)
    return jitter + min(miss.pause, retries.longest_pause) if isinstance(miss, _Busy) else jitter


def _outcome(path: wire.Path, error: RegisterError, reached: bool) -> RegisterError:
    if path is wire.Path.ISSUE and reached:
        return OutcomeUnknown(f"no word of the outcome: {error.code}")
    return error
