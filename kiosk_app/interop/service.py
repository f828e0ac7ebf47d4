"""A service: one device's commands, its queue, and whoever is connected to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
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
from kiosk_app.health.conditions import Condition, conditions
from kiosk_app.interop.capabilities import (
    CapabilitiesPayload,
    ClassCapabilities,
    CommonCapabilities,
    DeviceInformation,
    Interface,
    Versions,
)
from kiosk_app.interop.hooks import Busy, Record
from kiosk_app.interop.messages import Command, CommandHeader, Message, places, told, version_of
from kiosk_app.interop.operations import Call, Offer, Operation, Refused
from kiosk_app.interop.payloads import Failed, Nothing
from kiosk_app.interop.status import ClassStatus, CommonStatus, ErrorEvent, StatusPayload
from kiosk_app.screens import Tone

PENDING = 16
"""Commands of one connection that may wait at a time."""
NO_COMMAND = "command-unknown"
"""What a driver's host says of a command that its driver does not have."""
_OF_ALL = ("Common.StatusChangedEvent", "Common.ErrorEvent")
"""What every service sends unasked."""
_UNASKED = {
    "MediaRemovedEvent": "MediaRemovedEvent",
    "MediaTakenEvent": "MediaTakenEvent",
    "MediaPresentedEvent": "MediaPresentedUnsolicitedEvent",
}
"""The drivers' events that belong to no command, and how they are called then."""
_CATCHES_UP_S = 10.0
"""How soon a status tells what a command met; it is not told a second time then."""
_EVENT_IDS = {"fraud": "fraudAttempt", "user": "user"}
"""Conditions whose ErrorEvent is of no hardware error."""


class Listener(Protocol):
    """Whoever is connected: takes what goes out."""

    def post(self, message: Message) -> None:
        """Send a message, in the order of posting."""
        ...


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

    def __init__(self, name: str, slot: Place, offer: Offer, busy: Busy, record: Record) -> None:
        self.name = name
        self.slot = slot
        self.listeners: set[Listener] = set()
        self._offer = offer
        self._busy = busy
        self._record = record
        self._turn = asyncio.Lock()
        self._current: Call | None = None
        self._work: asyncio.Future[BaseModel] | None = None
        self._yielded = False
        self._dialogue = ""
        """The command of which the audit log need not be told again."""
        self._told = self.status()
        self._faults = {each.kind.name for each in self._stops()}
        self._met: dict[str, float] = {}
        """Faults that a command met and everybody was told of, and when (``time.monotonic()``)."""

    @property
    def bound(self) -> bool:
        """Whether there is a device."""
        return bool(self.slot.driver)

    def speaks(self, header: CommandHeader) -> bool:
        """Whether a command is of a version that is spoken. One that is not known has none."""
        known = header.name in self._offer.operations or header.name.startswith("Common.")
        return not known or header.fits(version_of(header.name))

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
            tell(told(f"{self._interface}.{name}", said, header.request_id))

        def announce(name: str, said: BaseModel) -> None:
            self.broadcast(f"{self._interface}.{name}", said)

        try:
            async with asyncio.timeout(limit_s), self._turn:
                said = await self._run(
                    operation, Call(payload, limit_s, operation.events, event, announce)
                )
                if operation.personal:
                    await self._write_down(header.name, operation)
                return said
        except TimeoutError:
            raise Refused(CompletionCode.TIME_OUT, "the command's time has passed") from None

    async def _write_down(self, name: str, operation: Operation) -> None:
        """Tell the audit log before anything is handed out. A dialogue ends with the next command
        of another name that it is told of."""
        if name != self._dialogue:
            self._dialogue = ""
            await self._record(self.name, name)
            self._dialogue = name if operation.dialogue else ""

    async def _run(self, operation: Operation, call: Call) -> BaseModel:
        if not operation.allowed:
            raise Refused(
                CompletionCode.UNSUPPORTED_COMMAND,
                "identities may not be read here: an administrator can allow it",
            )
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
        said = self._offer.status(known, self.slot.capabilities())
        return StatusPayload(common=CommonStatus(device=device), **_sections(said))

    def capabilities(self) -> CapabilitiesPayload:
        """Common.Capabilities."""
        known = self.slot.capabilities()
        device = DeviceInformation(
            model_name=" ".join(filter(None, (known.vendor, known.model))) or None,
            serial_number=known.serial_number or None,
            revision_number=known.firmware or None,
            model_description=self.slot.driver or None,
        )
        return CapabilitiesPayload(
            interfaces=self._interfaces(),
            common=CommonCapabilities(service_version="2.0", device_information=(device,)),
            **_sections(self._offer.capabilities(known)),
        )

    def heard(self, event: DeviceEvent) -> None:
        """Take an event of the driver: it belongs to the command that runs, or to all."""
        if event.name == "ErrorEvent":
            code, action = (str(event.payload.get(key, "")) for key in ("code", "action"))
            known = set(map(str, OperatorAction))
            self._complain_of(
                code, OperatorAction(action) if action in known else OperatorAction.MAINTENANCE
            )
        elif self._current is not None and event.name in self._current.events:
            self._current.tell(event.name, self._offer.payloads.get(event.name, Nothing()))
        elif event.name in _UNASKED:
            said = self._offer.payloads.get(event.name, Nothing())
            self.broadcast(f"{self._interface}.{_UNASKED[event.name]}", said)

    def look(self) -> None:
        """Tell everybody what has changed since the last look."""
        self._look_for_faults()
        before, now = self._told, self.status()
        if before == now:
            return
        self._told = now
        changed = {
            name: value for name, value in _sections(now).items() if value != getattr(before, name)
        }
        self.broadcast("Common.StatusChangedEvent", StatusPayload(**changed))
        for name, said in self._offer.changed(before, now):
            self.broadcast(name, said)

    def broadcast(self, name: str, said: BaseModel) -> None:
        """Send an unsolicited message to whoever is connected."""
        message = told(name, said)
        for each in tuple(self.listeners):
            each.post(message)

    def _look_for_faults(self) -> None:
        """Tell of each fault that has come: the same that the terminal's health calls a repair,
        with the same action."""
        stops, known = self._stops(), self._faults | self._just_met()
        for each in stops:
            if each.kind.name not in known:
                self._say_error(each.kind.name, each.kind.action)
        self._faults = {each.kind.name for each in stops}

    def _stops(self) -> list[Condition]:
        """What keeps the device from its work, the worst first."""
        found = conditions(self.slot.status()) if self.bound else ()
        return [each for each in found if each.kind.tone is Tone.STOP]

    def _complain(self, error: DeviceError) -> None:
        """Tell everybody of an error that is the device's own."""
        if isinstance(error, HardwareFault | ProtocolError | DriverCrashed):
            self._complain_of(error.code, error.action, crashed=isinstance(error, DriverCrashed))

    def _complain_of(self, code: str, action: OperatorAction, *, crashed: bool = False) -> None:
        """One error of the device. Where its status says what stops it, that is told instead: it
        knows what is to be done, and says it once."""
        if crashed or (not self._stops() and code not in self._just_met()):
            self._met[code] = time.monotonic()
            self._say_error(code, action, crashed=crashed)

    def _just_met(self) -> set[str]:
        past = time.monotonic() - _CATCHES_UP_S
        return {code for code, at in self._met.items() if at > past}

    def _say_error(self, code: str, action: OperatorAction, *, crashed: bool = False) -> None:
        said = ErrorEvent.model_validate(
            {
                "event_id": "software" if crashed else _EVENT_IDS.get(code, "hardware"),
                "action": None if action is OperatorAction.NONE else str(action),
                "vendor_description": code[:80],
            }
        )
        self.broadcast("Common.ErrorEvent", said)

    def _interfaces(self) -> tuple[Interface, ...]:
        offered = {name: each for name, each in self._offer.operations.items() if self._has(each)}
        commands: dict[str, dict[str, Versions]] = {}
        for name in ("Common.Status", "Common.Capabilities", "Common.Cancel", *offered):
            commands.setdefault(name.partition(".")[0], {})[name] = _spoken(name)
        own = (f"{self._interface}.{event}" for each in offered.values() for event in each.events)
        events: dict[str, dict[str, Versions]] = {interface: {} for interface in commands}
        for name in (*own, *_OF_ALL, *self._offer.unsolicited(self.slot.capabilities())):
            events.setdefault(name.partition(".")[0], {})[name] = _spoken(name)
        return tuple(
            Interface(
                name=interface,
                commands=commands[interface],
                events=events[interface],
                maximum_requests=PENDING,
            )
            for interface in commands
        )

    def _has(self, operation: Operation) -> bool:
        found = not operation.needs or operation.needs in self.slot.commands()
        return found and operation.allowed and operation.able(self.slot.capabilities())

    def _lacks(self, operation: Operation) -> bool:
        """Whether the driver has told its commands, and what is needed is not among them."""
        return bool(self.slot.commands()) and not self._has(operation)

    @property
    def _interface(self) -> str:
        return next(iter(self._offer.operations)).partition(".")[0]


def _sections(said: ClassStatus | ClassCapabilities) -> dict[str, Any]:
    """The models of each section, by name."""
    return {name: getattr(said, name) for name in type(said).model_fields}


def _spoken(name: str) -> Versions:
    return Versions(versions=(version_of(name),))


def _withdrawn() -> bool:
    """Whether it is the running task itself that somebody cancels."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


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
