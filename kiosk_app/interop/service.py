"""A service: one device's commands, its queue, and whoever is connected to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from drivers.device import Capabilities, DeviceEvent, DeviceState, Status
from drivers.errors import (
    CommandRejected,
    CompletionCode,
    DeviceError,
    DriverCrashed,
    HardwareFault,
    OperatorAction,
    ProtocolError,
)
from kiosk_app.interop.hooks import Busy
from kiosk_app.interop.messages import (
    COMMON_VERSION,
    AnyCompletion,
    Command,
    CommandHeader,
    Header,
    Message,
    MessageType,
    places,
)
from kiosk_app.interop.payloads import (
    CapabilitiesPayload,
    CommonCapabilities,
    CommonStatus,
    DeviceInformation,
    ErrorEvent,
    Failed,
    Interface,
    Nothing,
    StatusPayload,
)

NO_COMMAND = "command-unknown"
"""What a driver's host says of a command that its driver does not have."""
_OF_ALL = ("Common.StatusChangedEvent", "Common.ErrorEvent")
"""What every service sends unasked."""
_UNSOLICITED = frozenset({"MediaRemovedEvent", "MediaTakenEvent"})


class Refused(Exception):
    """A command ends without success, for a reason that is no device's error."""

    def __init__(self, completion: AnyCompletion, why: str, error_code: str | None = None) -> None:
        super().__init__(completion, why)
        self.completion = completion
        self.why = why
        self.error_code = error_code


class Listener(Protocol):
    """Whoever is connected: takes what goes out."""

    def post(self, message: Message) -> None:
        """Send a message, in the order of posting."""
        ...


@dataclass(slots=True)
class Call:
    """One command while it is carried out. ``payload`` is of the operation's type."""

    payload: Any
    timeout_s: float | None
    """The header's timeout, which is for the wait in the queue too; ``None`` for no limit."""
    tell: Callable[[str, BaseModel], None] = field(repr=False)
    """Send an event of this command."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How one command is carried out. ``disturbs``: not while a citizen holds the device."""

    payload: type[BaseModel]
    run: Callable[[Call], Awaitable[BaseModel]]
    version: str = COMMON_VERSION
    disturbs: bool = True
    needs: str = ""
    """The driver's command without which the device cannot do it."""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A class's part of a service: its interfaces' commands, and how its status is told."""

    operations: Mapping[str, Operation]
    section: str = ""
    """The class's name in status and capabilities: ``card_reader``, ``printer``."""
    status: Callable[[Status], dict[str, Any]] = lambda status: {}
    capabilities: Callable[[Capabilities], dict[str, Any]] = lambda capabilities: {}
    changed: Callable[[dict[str, Any], dict[str, Any]], Iterable[tuple[str, BaseModel]]] = (
        lambda before, after: ()
    )
    """The unsolicited events that a change of the class's status stands for."""
    unsolicited: tuple[str, ...] = ()
    """The names of all that may be sent unasked, beside what every service sends."""


class Place(Protocol):
    """What a service stands on: ``kiosk_app.devices.Slot`` is one."""

    @property
    def role(self) -> str:
        """The device's role."""
        ...

    @property
    def driver(self) -> str:
        """The driver that is bound; empty where none is."""
        ...

    def status(self) -> Status:
        """What is known of the device now."""
        ...

    def capabilities(self) -> Capabilities:
        """What the device said it can do."""
        ...

    def commands(self) -> frozenset[str]:
        """What the driver can be asked to do; nothing before it has said so."""
        ...


class Service:
    """One role's device for everybody who is connected to it."""

    def __init__(self, name: str, slot: Place, offer: Offer, busy: Busy) -> None:
        self.name = name
        self.slot = slot
        self.listeners: set[Listener] = set()
        self._offer = offer
        self._busy = busy
        self._turn = asyncio.Lock()
        self._current: Call | None = None
        self._work: asyncio.Future[BaseModel] | None = None
        self._yielded = False
        self._told = self.status()

    @property
    def bound(self) -> bool:
        """Whether there is a device."""
        return bool(self.slot.driver)

    def version(self, name: str) -> str:
        """The version of a message that is spoken here; of one that is not known, the common."""
        operation = self._offer.operations.get(name)
        return COMMON_VERSION if operation is None else operation.version

    def speaks(self, header: CommandHeader) -> bool:
        """Whether a command is of a version that is spoken. One that is not known has none."""
        known = header.name in self._offer.operations or header.name.startswith("Common.")
        return not known or header.fits(self.version(header.name))

    async def carry_out(self, command: Command, tell: Callable[[Message], None]) -> BaseModel:
        """Run a command when its turn comes. Raises ``Refused``."""
        header = command.header
        operation = self._offer.operations.get(header.name)
        if operation is None:
            raise Refused(CompletionCode.INVALID_COMMAND, "this service has no such command")
        try:
            payload = operation.payload.model_validate(command.payload or {})
        except ValidationError as problem:
            raise Refused(CompletionCode.INVALID_DATA, f"wrong: {places(problem)}") from None
        limit_s = header.timeout / 1000 if header.timeout else None

        def event(name: str, said: BaseModel) -> None:
            tell(_event(f"{self._interface}.{name}", header.request_id, said))

        try:
            async with asyncio.timeout(limit_s), self._turn:
                return await self._run(operation, Call(payload, limit_s, event))
        except TimeoutError:
            raise Refused(CompletionCode.TIME_OUT, "the command's time has passed") from None

    async def _run(self, operation: Operation, call: Call) -> BaseModel:
        if not self.bound:
            raise Refused(CompletionCode.DEVICE_NOT_READY, "no device is bound here")
        if operation.disturbs and self._busy(self.slot.role):
            raise Refused(
                CompletionCode.SEQUENCE_ERROR, "a citizen's journey holds the device: try again"
            )
        if self._lacks(operation):
            raise _unsupported()
        self._current = call
        self._yielded = False
        self._work = asyncio.ensure_future(operation.run(call)) if operation.disturbs else None
        try:
            return await (self._work or operation.run(call))
        except DeviceError as error:
            self._complain(error)
            raise _refusal(error) from None
        except asyncio.CancelledError:
            if self._yielded and not _withdrawn():
                raise Refused(CompletionCode.CANCELED, "a citizen needs the device") from None
            raise
        finally:
            self._current = self._work = None

    def make_way(self) -> None:
        """Let go of the device when a citizen needs it."""
        if self._work is not None and not self._yielded and self._busy(self.slot.role):
            self._yielded = True
            self._work.cancel()

    def status(self) -> StatusPayload:
        """Common.Status."""
        known = self.slot.status()
        device = known.device.value if self.bound else DeviceState.NO_DEVICE
        section = {self._offer.section: self._offer.status(known)} if self._offer.section else {}
        return StatusPayload(common=CommonStatus(device=device), **section)

    def capabilities(self) -> CapabilitiesPayload:
        """Common.Capabilities."""
        known = self.slot.capabilities()
        device = DeviceInformation(
            model_name=" ".join(filter(None, (known.vendor, known.model))) or None,
            serial_number=known.serial_number or None,
            revision_number=known.firmware or None,
            model_description=self.slot.driver or None,
        )
        section = (
            {self._offer.section: self._offer.capabilities(known)} if self._offer.section else {}
        )
        return CapabilitiesPayload(
            interfaces=self._interfaces(),
            common=CommonCapabilities(service_version="2.0", device_information=(device,)),
            **section,
        )

    def heard(self, event: DeviceEvent) -> None:
        """Take an event of the driver: it belongs to the command that runs, or to all."""
        if event.name == "ErrorEvent":
            said = ErrorEvent(
                event_id="hardware", vendor_description=str(event.payload.get("code", ""))[:80]
            )
            self.broadcast("Common.ErrorEvent", said)
        elif event.name in _UNSOLICITED:
            self.broadcast(f"{self._interface}.{event.name}", Nothing())
        elif self._current is not None and event.name in self._command_events:
            self._current.tell(event.name, Nothing())

    def look(self) -> None:
        """Tell everybody what has changed since the last look."""
        before, now = self._told, self.status()
        if before == now:
            return
        self._told = now
        changed = {
            name: value
            for name in type(now).model_fields
            if (value := getattr(now, name)) != getattr(before, name)
        }
        self.broadcast("Common.StatusChangedEvent", StatusPayload(**changed), version="3.0")
        section = self._offer.section
        if section:
            old, new = getattr(before, section), getattr(now, section)
            for name, said in self._offer.changed(old or {}, new or {}):
                self.broadcast(name, said)

    def broadcast(self, name: str, said: BaseModel, version: str = COMMON_VERSION) -> None:
        """Send an unsolicited message to whoever is connected."""
        header = Header(name=name, type=MessageType.UNSOLICITED, version=version)
        message = Message(header=header, payload=payload_of(said))
        for each in tuple(self.listeners):
            each.post(message)

    def _complain(self, error: DeviceError) -> None:
        """Tell everybody of an error that is the device's own."""
        if isinstance(error, HardwareFault | ProtocolError | DriverCrashed):
            said = ErrorEvent(
                event_id="software" if isinstance(error, DriverCrashed) else "hardware",
                action=None if error.action is OperatorAction.NONE else error.action,
                vendor_description=error.code,
            )
            self.broadcast("Common.ErrorEvent", said)

    def _interfaces(self) -> tuple[Interface, ...]:
        offered = {name: each for name, each in self._offer.operations.items() if self._has(each)}
        names = ["Common.Status", "Common.Capabilities", "Common.Cancel", *offered]
        events = {name: each.events for name, each in offered.items()}
        grouped: dict[str, Interface] = {}
        for name in names:
            interface = name.partition(".")[0]
            found = grouped.setdefault(interface, Interface(name=interface, commands={}, events={}))
            found.commands[name] = {}
            found.events.update({f"{self._interface}.{each}": {} for each in events.get(name, ())})
        for event in (*_OF_ALL, *self._offer.unsolicited):
            interface = event.partition(".")[0]
            if interface in grouped:
                grouped[interface].events[event] = {}
        return tuple(grouped.values())

    def _has(self, operation: Operation) -> bool:
        return not operation.needs or operation.needs in self.slot.commands()

    def _lacks(self, operation: Operation) -> bool:
        """Whether the driver has told its commands, and what is needed is not among them."""
        return bool(self.slot.commands()) and not self._has(operation)

    @property
    def _interface(self) -> str:
        return next(iter(self._offer.operations)).partition(".")[0]

    @property
    def _command_events(self) -> frozenset[str]:
        return frozenset(event for each in self._offer.operations.values() for event in each.events)


def payload_of(said: BaseModel) -> dict[str, Any]:
    """A payload as it is sent: what is null is absent."""
    return said.model_dump(mode="json", by_alias=True, exclude_none=True)


def _withdrawn() -> bool:
    """Whether it is the running task itself that somebody cancels."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _event(name: str, request_id: int, said: BaseModel) -> Message:
    header = Header(name=name, request_id=request_id, type=MessageType.EVENT)
    return Message(header=header, payload=payload_of(said))


def _refusal(error: DeviceError) -> Refused:
    """A device's error as a completion. A wait that was in vain is a timeout to XFS4IoT, whatever
    the person should have done; a command that the driver lacks is not supported."""
    if isinstance(error, CommandRejected) and error.code == NO_COMMAND:
        return _unsupported()
    if error.code.endswith("-timeout"):
        return Refused(CompletionCode.TIME_OUT, str(error))
    if error.error_code is not None:
        return Refused(CompletionCode.COMMAND_ERROR_CODE, str(error), error.error_code)
    return Refused(error.completion, str(error))


def _unsupported() -> Refused:
    return Refused(CompletionCode.UNSUPPORTED_COMMAND, "the device's driver cannot do this")


def failed(refused: Refused) -> BaseModel:
    """The payload of a completion without success."""
    return Nothing() if refused.error_code is None else Failed(error_code=refused.error_code)


def said_by(status: Status, name: str) -> str | None:
    """A reading's word; ``None`` when the class does not have it or it is not supported."""
    reading = getattr(status, name, None)
    word = None if reading is None or reading.value is None else str(reading.value)
    return None if word == "notSupported" else word
