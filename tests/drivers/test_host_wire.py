"""What a driver's process may say to the service: values, and no code."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from drivers.device import DeviceState
from drivers.host_wire import unpack_from_child


class Reduced:
    """Pickles as a call, as a process that was taken over would."""

    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self._call = (call, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


def test_a_member_of_an_enum_arrives_from_any_python() -> None:
    """Python 3.11.0 to 3.11.3, Debian 12's among them, pickles a member by ``getattr``."""
    by_attribute = pickle.dumps(Reduced(getattr, DeviceState, "ONLINE"))
    assert unpack_from_child(by_attribute) is DeviceState.ONLINE
    assert unpack_from_child(pickle.dumps(DeviceState.OFFLINE)) is DeviceState.OFFLINE


@pytest.mark.parametrize(
    "hostile",
    [
        Reduced(getattr, DeviceState, "__class__"),
        Reduced(getattr, DeviceState, "mro"),
        Reduced(getattr, "text", "format"),
        Reduced(eval, "1 + 1"),
        Reduced(print, "out"),
    ],
)
def test_nothing_else_is_called(hostile: Reduced) -> None:
    with pytest.raises(pickle.UnpicklingError):
        unpack_from_child(pickle.dumps(hostile))
