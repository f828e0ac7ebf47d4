"""What a driver's process says to its host, read as values and as nothing else.

A driver may be broken, or be talked into writing its own messages by what lies on its wire. Nothing
it sends may run code in the service, take the service's memory, or reach those who read a status as
something else than the contract says.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, ClassVar, get_args, get_type_hints

from pydantic import TypeAdapter

from drivers import errors
from drivers import host_wire as wire
from drivers.device import Capabilities, DeviceEvent, Reading, Source, Status
from drivers.errors import DeviceError, OperatorAction


class MessageParser:
    """Takes what comes from a child in any portions, and gives its messages."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._received += data

    def take(self) -> object | None:
        """The next message; ``None`` until it is whole. ``ValueError`` for a length that no message
        has, and as ``unpack_from_child``."""
        size = wire.LENGTH.size
        if len(self._received) < size:
            return None
        (length,) = wire.LENGTH.unpack_from(self._received)
        if length > wire.LONGEST_MESSAGE:
            raise ValueError("a driver's message is too long")
        if len(self._received) < size + length:
            return None
        data = bytes(self._received[size : size + length])
        del self._received[: size + length]
        return unpack_from_child(data)


def unpack_from_child(data: bytes) -> object:
    """Read a message of the child. ``pickle.UnpicklingError`` when it is none, or holds anything
    else than values of the kinds that belong in it."""
    try:
        message = _ValueUnpickler(io.BytesIO(data)).load()
        sound = _is_sound(message)
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # bytes at random raise nearly everything
        raise pickle.UnpicklingError(f"no message: {type(error).__name__}") from None
    if not sound:
        raise pickle.UnpicklingError("a message that holds what does not belong in it")
    return message


_PLAIN = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"),
    ("uuid", "UUID"),
}
_MADE_ROOM_FOR = (pickle.PUT, pickle.BINPUT, pickle.LONG_BINPUT, pickle.BYTEARRAY8)
"""Operations that take a size or a place from the message and make room for it before a byte has
come: ten bytes could ask for 64 GiB. ``host_wire.pack`` writes none of them."""


def _member(kind: object, name: str) -> Enum:
    """What ``getattr`` does for the members of an enum, and for nothing else."""
    if isinstance(kind, type) and issubclass(kind, Enum) and name in kind.__members__:
        return kind.__members__[name]
    raise pickle.UnpicklingError(f"{name} is no member of an enum")


_InPython = pickle._Unpickler  # noqa: SLF001 - the only one whose operations can be chosen


class _ValueUnpickler(_InPython):
    """Knows plain values, enums, data classes and errors of drivers, and calls nothing else."""

    dispatch: ClassVar[dict[int, Callable[..., None]]] = {
        operation: read
        for operation, read in _InPython.dispatch.items()
        if bytes((operation,)) not in _MADE_ROOM_FOR
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _member  # Python 3.11.0 to 3.11.3 pickles a member of an enum by getattr
        found = super().find_class(module, name)
        if found is errors.rebuild or (module, name) in _PLAIN or _is_value_type(found):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} does not belong in a driver's message")


def _is_value_type(found: object) -> bool:
    return isinstance(found, type) and (
        dataclasses.is_dataclass(found) or issubclass(found, (Enum, DeviceError))
    )


def _is_sound(message: object) -> bool:
    """Whether a message's parts are of the kinds that its class says."""
    match message:
        case wire.Hello(dict() as deadlines_s):
            pairs = deadlines_s.items()
            return all(isinstance(k, str) and isinstance(v, int | float) for k, v in pairs)
        case wire.Beat(busy_s):
            return isinstance(busy_s, int | float)
        case wire.Opened(Capabilities() as capabilities):
            names = (each.name for each in dataclasses.fields(Capabilities))
            return all(isinstance(getattr(capabilities, name), str) for name in names)
        case wire.Now(Status() as status):
            return _says_what_its_class_says(status)
        case wire.Happened(DeviceEvent(str(), Mapping())) | wire.Done(int()):
            return True
        case wire.Lost(DeviceError() as error) | wire.Failed(int(), DeviceError() as error):
            words = (error.code, error.message, error.error_code or "")
            told = all(isinstance(word, str) for word in words)
            return told and isinstance(error.action, OperatorAction)
        case _:
            return False


def _says_what_its_class_says(status: Status) -> bool:
    """Whether each field is a reading of the kind that its class declares, or of nothing."""
    kind: Any = type(status)
    for name, adapter in _adapters(kind).items():
        reading = getattr(status, name)
        if not isinstance(reading, Reading):
            return False
        known: tuple[object, object] = (reading.source, reading.at)
        if not isinstance(known[0], Source) or not isinstance(known[1], int | float):
            return False
        if reading.value is not None and reading.value != ():
            adapter.validate_python(reading.value, strict=True)
    return True


@cache
def _adapters(kind: Any) -> dict[str, TypeAdapter[Any]]:
    """What checks the values of a class of status, by field."""
    hints = get_type_hints(kind)
    return {each.name: _adapter(hints[each.name]) for each in dataclasses.fields(kind)}


def _adapter(reading: object) -> TypeAdapter[Any]:
    """What checks the value of ``Reading[value]``; of a bare ``Reading`` it may be any."""
    value, *_ = (*get_args(reading), object)
    return TypeAdapter(value)
