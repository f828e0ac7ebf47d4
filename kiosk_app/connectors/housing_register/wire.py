"""What a terminal and a housing register say to each other: JSON, protocol version 1.

Each act is a ``POST`` of one call; the answer is one reply. Nothing personal stands in an address.

    /v1/query    QueryCall    -> AnswerReply
    /v1/issue    IssueCall    -> ReceiptReply
    /v1/receipt  ReceiptCall  -> ReceiptReply or NoReceiptReply
    /v1/ready    ReadyCall    -> ReadyReply

Any act may be answered by ``RefusedReply`` (422: understood, and no), ``BusyReply`` (429: not
accepted) or ``RejectedReply`` (400 or 401: not accepted). Calls and replies are signed: see
``signing``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from kiosk_app.connectors.housing_register.contract import (
    Answer,
    Caveat,
    IssueRequest,
    Question,
    Receipt,
    RegisterRefused,
)
from kiosk_app.connectors.housing_register.wire_parts import (
    Digest,
    Key,
    Number,
    Strict,
    WireHome,
    WireIssueRequest,
    WireQuestion,
)
from kiosk_app.people import Applicant

MAX_CALL_BYTES = 64 * 1024
MAX_REPLY_BYTES = 512 * 1024
CONTENT_TYPE = "application/json"


class WireError(ValueError):
    """Bytes that do not follow the protocol. The message never holds them."""


class Path(StrEnum):
    """Where each act is asked for."""

    QUERY = "/v1/query"
    ISSUE = "/v1/issue"
    RECEIPT = "/v1/receipt"
    READY = "/v1/ready"


class Refusal(StrEnum):
    """Why a register says no."""

    HOMES_FOUND = "homes-found"
    """A certificate was asked for, and the query had found homes."""
    COUNTER_MUST_LOOK = "counter-must-look"
    """A certificate was asked for, and the answer carried a caveat."""
    KEY_REUSED = "key-reused"
    """The idempotency key belongs to another request."""
    QUERY_UNKNOWN = "query-unknown"
    """No such query number, or it was given for another question."""
    QUERY_TOO_OLD = "query-too-old"
    """Too long ago to certify: ask again."""
    KIND_UNKNOWN = "kind-unknown"
    DISTRICT_UNKNOWN = "district-unknown"
    NOT_ASKABLE = "not-askable"
    """The question or key does not fit the protocol."""


class Rejection(StrEnum):
    """Why a call was not accepted at all."""

    MALFORMED = "malformed"
    SIGNATURE = "signature"
    CLOCK_SKEW = "clock-skew"
    REPLAY = "replay"


class Envelope(Strict):
    """What every call and reply carries."""

    protocol: Literal[1] = 1


class QueryCall(Envelope):
    """Look somebody up."""

    question: WireQuestion


class IssueCall(Envelope):
    """Have one document issued under an idempotency key."""

    key: Key
    request: WireIssueRequest


class ReceiptCall(Envelope):
    """What became of a key?"""

    key: Key


class ReadyCall(Envelope):
    """Would a question be answered now?"""


class AnswerReply(Envelope):
    """What the register says, and of whom (``subject``: ``subject_of`` the people looked up)."""

    kind: Literal["answer"] = "answer"
    subject: Digest
    query_number: Number
    as_of: AwareDatetime
    homes: tuple[WireHome, ...] = Field(max_length=500)
    includes_presale: bool
    caveats: tuple[Caveat, ...] = Field(default=(), max_length=8)

    @classmethod
    def of(cls, answer: Answer, applicants: Sequence[Applicant]) -> Self:
        """The wire's form of an answer about these people."""
        return cls(
            subject=subject_of(applicants),
            query_number=answer.query_number,
            as_of=answer.as_of,
            homes=tuple(WireHome.of(home) for home in answer.homes),
            includes_presale=answer.includes_presale,
            caveats=answer.caveats,
        )

    def answer(self) -> Answer:
        """The contract's form."""
        return Answer(
            query_number=self.query_number,
            as_of=self.as_of,
            homes=tuple(home.home() for home in self.homes),
            includes_presale=self.includes_presale,
            caveats=self.caveats,
        )


class KeyedReply(Envelope):
    """A reply about an idempotency key."""

    key: Key


class ReceiptReply(KeyedReply):
    """A document exists under this key."""

    kind: Literal["receipt"] = "receipt"
    serial: Number
    issued_at: AwareDatetime

    @classmethod
    def of(cls, key: str, receipt: Receipt) -> Self:
        """The wire's form of a key's receipt."""
        return cls(key=key, serial=receipt.serial, issued_at=receipt.issued_at)

    def receipt(self) -> Receipt:
        """The contract's form."""
        return Receipt(self.serial, self.issued_at)


class NoReceiptReply(KeyedReply):
    """This key was never accepted."""

    kind: Literal["no-receipt"] = "no-receipt"


class ReadyReply(Envelope):
    """Whether questions are answered now."""

    kind: Literal["ready"] = "ready"
    ready: bool


class RefusedReply(Envelope):
    """Understood, and no."""

    kind: Literal["refused"] = "refused"
    reason: Refusal


class BusyReply(Envelope):
    """Too many questions; this one was not accepted."""

    kind: Literal["busy"] = "busy"
    retry_after_s: float = Field(ge=0, le=3600)


class RejectedReply(Envelope):
    """Not accepted: the call is malformed, or not proved to come from a terminal, now."""

    kind: Literal["rejected"] = "rejected"
    reason: Rejection


Call = QueryCall | IssueCall | ReceiptCall | ReadyCall
Reply = (
    AnswerReply
    | ReceiptReply
    | NoReceiptReply
    | ReadyReply
    | RefusedReply
    | BusyReply
    | RejectedReply
)

CALLS: dict[str, type[Call]] = {
    Path.QUERY: QueryCall,
    Path.ISSUE: IssueCall,
    Path.RECEIPT: ReceiptCall,
    Path.READY: ReadyCall,
}
_REPLY: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="kind")])

AnyCall = TypeVar("AnyCall", bound=Envelope)


@contextmanager
def fitting() -> Iterator[None]:
    """Turn values that do not fit the protocol into ``RegisterRefused``."""
    try:
        yield
    except ValidationError:
        raise RegisterRefused(Refusal.NOT_ASKABLE) from None


def encode(message: Call | Reply) -> bytes:
    """A message as the bytes that are sent and signed."""
    return message.model_dump_json().encode()


def decode_call(kind: type[AnyCall], body: bytes) -> AnyCall:
    """One call. Raises ``WireError``."""
    if len(body) > MAX_CALL_BYTES:
        raise WireError("call too long")
    try:
        return kind.model_validate_json(body)
    except ValidationError as problem:
        raise _without_input(problem) from None


def decode_reply(body: bytes) -> Reply:
    """One reply. Raises ``WireError``."""
    if len(body) > MAX_REPLY_BYTES:
        raise WireError("reply too long")
    try:
        return _REPLY.validate_json(body)
    except ValidationError as problem:
        raise _without_input(problem) from None


def subject_of(applicants: Sequence[Applicant]) -> str:
    """A digest of whom a question or an answer is about: names, kinds and numbers, in order."""
    people = [[a.person.name, a.person.id_kind, a.person.id_number] for a in applicants]
    return hashlib.sha256(json.dumps(people, ensure_ascii=False).encode()).hexdigest()


def digest_of(request: IssueRequest) -> str:
    """What an idempotency key is bound to: a digest of the whole request."""
    return hashlib.sha256(WireIssueRequest.of(request).model_dump_json().encode()).hexdigest()


def question_digest(question: Question) -> str:
    """A digest of the whole question, so that a register need not keep it."""
    return hashlib.sha256(WireQuestion.of(question).model_dump_json().encode()).hexdigest()


def _without_input(problem: ValidationError) -> WireError:
    first = problem.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, int)) or "-"
    return WireError(f"{problem.error_count()} faults, first: {first['type']} at {place}")
