"""The envelope of XFS4IoT messages: what comes in, what goes out."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from drivers.errors import CompletionCode

_LARGEST_ID = 2**31 - 1
_LONGEST_TIMEOUT_MS = 3_600_000
COMMON_VERSION = "2.0"
"""The version of every message that names no other one."""
_NAME = r"^[A-Za-z0-9]{1,40}\.[A-Za-z0-9]{1,40}$"


class Wire(BaseModel):
    """A value on the wire: lowerCamelCase names; names that are not known are passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, from_attributes=True
    )


class MessageType(StrEnum):
    """The header's ``type``."""

    COMMAND = "command"
    ACKNOWLEDGE = "acknowledge"
    EVENT = "event"
    COMPLETION = "completion"
    UNSOLICITED = "unsolicited"


class AcknowledgeStatus(StrEnum):
    """The header's ``status`` of an acknowledge; absent when the command was accepted."""

    INVALID_MESSAGE = "invalidMessage"
    INVALID_REQUEST_ID = "invalidRequestID"
    TOO_MANY_REQUESTS = "tooManyRequests"


class Completion(StrEnum):
    """Completion codes that devices do not have; theirs are ``drivers.errors.CompletionCode``."""

    INVALID_REQUEST_ID = "invalidRequestID"
    INVALID_TOKEN = "invalidToken"  # noqa: S105 - a word of the standard


AnyCompletion = CompletionCode | Completion


class CommandHeader(Wire):
    """The header of a command. ``timeout``: ms for all of it, 0 for no limit. Without a version it
    is taken in ours."""

    name: str = Field(pattern=_NAME)
    request_id: int = Field(strict=True, ge=0, le=_LARGEST_ID)
    type: Literal["command"]
    version: str | None = Field(default=None, pattern=r"^[0-9]{1,3}\.[0-9]{1,3}$")
    timeout: int = Field(default=0, strict=True, ge=0, le=_LONGEST_TIMEOUT_MS)

    def fits(self, spoken: str) -> bool:
        """Whether the command is of the major version that is spoken."""
        return self.version is None or int(self.version.split(".")[0]) == int(spoken.split(".")[0])


class Command(Wire):
    """One command as it came in; its payload is read by whoever carries it out."""

    header: CommandHeader
    payload: dict[str, Any] | None = Field(default=None, repr=False)


class Header(Wire):
    """The header of what goes out."""

    name: str
    request_id: int | None = None
    type: MessageType
    version: str = COMMON_VERSION
    status: AcknowledgeStatus | None = None
    completion_code: AnyCompletion | None = None
    error_description: str | None = None


class Message(Wire):
    """One message that goes out. Absent stands for null."""

    header: Header
    payload: dict[str, Any] = Field(default_factory=dict, repr=False)

    def encode(self) -> str:
        """The message as JSON text."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class NotUnderstood(Exception):
    """No command; ``request_id`` and ``name`` as far as they could be made out."""

    def __init__(self, name: str, request_id: int) -> None:
        super().__init__(name, request_id)
        self.name = name
        self.request_id = request_id


def read_command(text: str | bytes) -> Command:
    """One message of a client. Raises ``NotUnderstood``."""
    if isinstance(text, bytes):
        raise NotUnderstood("", 0)
    try:
        value = from_json(text)
    except ValueError:
        raise NotUnderstood("", 0) from None
    try:
        return Command.model_validate(value)
    except ValidationError:
        raise _made_out(value) from None


def _made_out(value: object) -> NotUnderstood:
    """Only what has the right form is repeated to the sender."""
    header = value.get("header") if isinstance(value, dict) else None
    name, request_id = (
        (header.get("name"), header.get("requestId")) if isinstance(header, dict) else (None, None)
    )
    if not isinstance(name, str) or re.fullmatch(_NAME, name) is None:
        name = ""
    if type(request_id) is not int or not 0 <= request_id <= _LARGEST_ID:
        request_id = 0
    return NotUnderstood(name, request_id)


def acknowledge(
    name: str, request_id: int, version: str, status: AcknowledgeStatus | None = None
) -> Message:
    """The first answer to a command."""
    return Message(
        header=Header(
            name=name,
            request_id=request_id,
            type=MessageType.ACKNOWLEDGE,
            version=version,
            status=status,
        )
    )


def places(problem: ValidationError) -> str:
    """Where a payload is wrong, without repeating what stands there."""
    found = {".".join(str(part) for part in each["loc"]) or "payload" for each in problem.errors()}
    return "; ".join(sorted(found))[:200]
