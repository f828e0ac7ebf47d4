"""The envelope of XFS4IoT messages: what comes in, what goes out.

Names and versions are those of the public XFS4IoT SP-Dev framework (KAL, MIT licence):
``Framework/Core/Common/MessageHeader.cs`` and the ``XFS4Version`` of each message.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, from_json

from drivers.errors import CompletionCode

_LARGEST_ID = 2**31 - 1
_LONGEST_TIMEOUT_MS = 3_600_000
_COMMON_VERSION = "2.0"
_VERSIONS = dict.fromkeys(
    (
        "CardReader.ChipIO",
        "Common.StatusChangedEvent",
        "Lights.SetLight",
        "Printer.ControlMedia",
        "Printer.MediaDetectedEvent",
        "Printer.PrintNative",
        "Printer.PrintRaw",
        "Printer.ReadImage",
        "Printer.Reset",
        "Printer.RetractMedia",
    ),
    "3.0",
)
"""Of the messages that are not of the common version."""
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
    """The header's ``status`` of an acknowledge; absent when the command was accepted.

    An id is invalid when it is no integer, is zero, or is that of a command that is pending.
    """

    INVALID_MESSAGE = "invalidMessage"
    INVALID_REQUEST_ID = "invalidRequestID"
    TOO_MANY_REQUESTS = "tooManyRequests"


class CommandHeader(Wire):
    """The header of a command. ``timeout``: ms for all of it, 0 for no limit. Without a version it
    is taken in ours."""

    name: str = Field(pattern=_NAME)
    request_id: int = Field(strict=True, ge=1, le=_LARGEST_ID)
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
    version: str
    status: AcknowledgeStatus | None = None
    completion_code: CompletionCode | None = None
    error_description: str | None = None


class Message(Wire):
    """One message that goes out. Absent stands for null."""

    header: Header
    payload: dict[str, Any] = Field(default_factory=dict, repr=False)

    def encode(self) -> str:
        """The message as JSON text."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class NotUnderstood(Exception):
    """No command; ``name`` and ``request_id`` as far as they could be made out, else empty and 0.
    ``status`` says what is wrong with it."""

    def __init__(
        self,
        name: str = "",
        request_id: int = 0,
        status: AcknowledgeStatus = AcknowledgeStatus.INVALID_MESSAGE,
    ) -> None:
        super().__init__(name, request_id, status)
        self.name = name
        self.request_id = request_id
        self.status = status


def version_of(name: str) -> str:
    """The version of a message that is spoken here; of one that is not known, the common."""
    return _VERSIONS.get(name, _COMMON_VERSION)


_NO_MESSAGE, _NO_ID = AcknowledgeStatus.INVALID_MESSAGE, AcknowledgeStatus.INVALID_REQUEST_ID


def read_command(text: str | bytes) -> Command:
    """One message of a client. Raises ``NotUnderstood``."""
    if isinstance(text, bytes):
        raise NotUnderstood
    try:
        value = from_json(text)
    except ValueError:
        raise NotUnderstood from None
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
    if type(request_id) is int and 1 <= request_id <= _LARGEST_ID:
        return NotUnderstood(name, request_id)
    numbered = isinstance(header, dict) and "requestId" in header
    return NotUnderstood(name, 0, _NO_ID if numbered else _NO_MESSAGE)


def acknowledge(name: str, request_id: int, status: AcknowledgeStatus | None = None) -> Message:
    """The first answer to a command."""
    return Message(
        header=Header(
            name=name,
            request_id=request_id,
            type=MessageType.ACKNOWLEDGE,
            version=version_of(name),
            status=status,
        )
    )


def told(name: str, said: BaseModel, request_id: int | None = None) -> Message:
    """An event of a command, or without an id one that is sent to all unasked."""
    kind = MessageType.UNSOLICITED if request_id is None else MessageType.EVENT
    header = Header(name=name, request_id=request_id, type=kind, version=version_of(name))
    return Message(header=header, payload=payload_of(said))


def payload_of(said: BaseModel) -> dict[str, Any]:
    """A payload as it is sent: what is null is absent."""
    return said.model_dump(mode="json", by_alias=True, exclude_none=True)


def places(problem: ValidationError) -> str:
    """Where a payload is wrong, without repeating what stands there; of one that is wrong as a
    whole, the rule of ours that it breaks."""
    found = {
        ".".join(str(part) for part in each["loc"]) or _rule(each) for each in problem.errors()
    }
    return "; ".join(sorted(found))[:200]


def _rule(error: ErrorDetails) -> str:
    """What a validator of ours says, which quotes nothing of the payload."""
    said = error.get("ctx", {}).get("error")
    return f"payload: {said}" if isinstance(said, ValueError) else "payload"
