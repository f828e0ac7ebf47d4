"""Devices that say again what one said while it was recorded (``drivers.recording``).

``python -m drivers.virtual.replay FILE`` has the recording's driver use the recorded device once,
and prints what came of that as one JSON line. ``kept`` keeps the device in place, for a driver of a
terminal to be bound to.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from drivers.code_scanner.contract import CodeScanner
from drivers.device import DeviceState, Driver
from drivers.errors import DeviceError
from drivers.id_card.contract import IdCardReader
from drivers.id_card.sam_link import FIND
from drivers.recording.file import Entry, Head, RecordingInvalid, Setting, read_recording
from drivers.recording.person import NAME, NUMBER
from drivers.registry import driver_class
from drivers.travel_document.mask import TravelDocumentMask
from drivers.virtual import replay_players as players
from drivers.virtual import replay_wires as wires
from drivers.virtual.replay_players import CardPlayer, Player

CARD_WAIT_S = 10.0
CODE_WAIT_S = 4 * players.LONGEST_REST_S
HAS_GAPS = "recording-has-gaps"
MOST_ENTRIES = 200_000
_AWAY = (DeviceState.OFFLINE, DeviceState.NO_DEVICE, DeviceState.STARTING)
Values = dict[str, str]


class RecordingHasGaps(RecordingInvalid):
    """What was hidden in the recording is needed to play it back."""

    code = HAS_GAPS


class RecordingEmpty(RecordingInvalid):
    """Nothing was said while it was recorded."""

    code = "recording-empty"


@dataclass(frozen=True)
class Kind:
    """How recordings of one protocol are played."""

    player: type[Player]
    wire: Callable[[Player, Path], AbstractContextManager[wires.Settings]]
    drivers: Mapping[str, str]
    """By role."""
    settings: tuple[str, ...] = ()
    """Settings of a recording that its driver is given."""
    use: Callable[[Driver], Values] | None = None
    """Have a driver that is open use the device; raises ``DeviceError`` or ``RecordingInvalid``.
    Without it the driver looks how the device is."""
    by: Hashable | None = None
    """The request that such use begins with: where it was not recorded, the driver only looks."""

    def use_of(self, player: Player) -> Callable[[Driver], Values]:
        """What is done with a device that this player plays."""
        held = self.by is None or player.was_asked(self.by)
        return self.use if self.use is not None and held else _look


def _read_card(driver: Driver) -> Values:
    found = cast(IdCardReader, driver).read_card(CARD_WAIT_S)
    if (found.name, found.id_number) != (NAME, NUMBER):
        raise _NotMasked
    return {"kind": str(found.kind), "card": "made-up"}


def _read_code(driver: Driver) -> Values:
    from drivers.code_scanner.mask import made_up

    found = cast(CodeScanner, driver).read(wait_s=CODE_WAIT_S)
    if found.text != made_up(len(found.text)).decode("ascii"):
        raise _NotMasked
    return {"symbology": str(found.symbology or "unknown"), "characters": str(len(found.text))}


def _look(driver: Driver) -> Values:
    driver.refresh()
    state = driver.status().device.value
    if state in _AWAY:
        raise _Away
    return {"device": str(state)}


class _NotMasked(RecordingInvalid):
    code = "recording-not-masked"


class _Away(RecordingInvalid):
    code = "device-silent"


_SERIAL_ROLES = ("stamping-machine", "fingerprint-reader", "password-keypad", "film-laminator")
_LIGHTS = (
    "read_back card_reader contactless document_printer receipt_printer scanner fascia_light "
    "status_good status_warning status_bad status_supervisor status_in_service"
)
KINDS: Mapping[str, Kind] = {
    "sam-v": Kind(
        players.SamPlayer,
        wires.serial_port,
        {"id-card-reader": "sam-v-serial"},
        (),
        _read_card,
        FIND,
    ),
    "code-lines": Kind(
        players.ScannerPlayer,
        wires.serial_port,
        {"code-scanner": "code-scanner-serial"},
        ("prefix", "suffix", "aim_identifiers"),
        _read_code,
    ),
    "input-events": Kind(
        players.KeyboardPlayer,
        wires.key_pipe,
        {"code-scanner": "code-scanner-hid"},
        (),
        _read_code,
    ),
    "relay-board": Kind(
        players.RelayPlayer, wires.serial_port, {"lights": "lights"}, tuple(_LIGHTS.split())
    ),
    "esc-pos": Kind(
        players.PrinterPlayer, wires.serial_port, {"receipt-printer": "receipt-printer"}
    ),
    "serial-device": Kind(
        players.FramePlayer, wires.serial_port, {role: role for role in _SERIAL_ROLES}
    ),
    "nut": Kind(players.NutPlayer, wires.unix_socket, {"ups": "ups"}, ("ups",)),
    "social-security-card": Kind(
        CardPlayer, wires.card_slot, {"social-security-card-reader": "social-security-card"}
    ),
}
"""By protocol."""


@dataclass(frozen=True)
class Staged:
    """A recording that can be played. ``settings``: what its driver must be told of the wire."""

    kind: Kind
    player: Player
    role: str
    driver: str
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def opened(self, place: Mapping[str, Setting]) -> Driver:
        """Its driver, to be opened on a wire. Raises ``RecordingInvalid``."""
        found = driver_class(self.driver)
        try:
            settings = found.settings_type.model_validate({**self.settings, **place})
        except ValidationError:
            raise RecordingInvalid("line 1: its settings are none of the driver's") from None
        return found(settings, lambda event: None)


def staged(recording: Path) -> Staged:
    """Read a file. Raises ``RecordingInvalid``, ``OSError``."""
    head, entries = read_recording(recording)
    if len(entries) > MOST_ENTRIES:
        raise RecordingInvalid("it is too long to be played back")
    if head.protocol == TravelDocumentMask.protocol:
        raise RecordingHasGaps("what it hides is needed, and was good for that moment alone")
    if head.protocol not in KINDS:
        raise RecordingInvalid("line 1: it is of no protocol that is known here")
    kind = KINDS[head.protocol]
    player = _player(kind, head, entries)
    if not player.answers:
        if player.gaps:
            raise RecordingHasGaps("every answer is hidden")
        raise RecordingEmpty("the device said nothing while it was recorded")
    told = {name: head.settings[name] for name in kind.settings if name in head.settings}
    return Staged(kind, player, head.role, kind.drivers[head.role], told)


def _player(kind: Kind, head: Head, entries: list[Entry]) -> Player:
    if head.role not in kind.drivers:
        raise RecordingInvalid(f"line 1: no {head.role} speaks {head.protocol}")
    try:
        return kind.player(entries)
    except DeviceError as problem:
        raise RecordingInvalid(f"what it holds is no {head.protocol}: {problem.code}") from None


def play(recording: Path) -> dict[str, Any]:
    """Use the device of a recording once, with the driver that was recorded.

    ``ok`` when that went well, and a card or code was the made-up one. ``error`` is otherwise
    ``recording-invalid``, ``recording-empty``, ``recording-outdated``, ``recording-unreadable``,
    ``recording-not-masked``, ``recording-has-gaps`` when something was hidden that may be what was
    needed, or the driver's code.
    """
    began = time.monotonic()
    values: Values = {}
    error: str | None = None
    gaps = False
    try:
        stage = staged(recording)
        gaps = stage.player.gaps > 0
        values = _use(stage)
    except RecordingInvalid as problem:
        error = problem.code
    except OSError:
        error = "recording-unreadable"
    except DeviceError as problem:
        error = problem.code
    if gaps and error is not None and not error.startswith("recording-"):
        error = HAS_GAPS
    seconds = round(time.monotonic() - began, 2)
    return {"ok": error is None, "seconds": seconds, "values": values, "error": error}


def _use(stage: Staged) -> Values:
    if isinstance(stage.player, CardPlayer):
        return _read_in_hand(stage.player)
    with _folder() as folder, stage.kind.wire(stage.player, folder) as place:
        driver = stage.opened(place)
        driver.open()
        try:
            return stage.kind.use_of(stage.player)(driver)
        finally:
            driver.close()


def _read_in_hand(card: CardPlayer) -> Values:
    """Read a card without a reader, which a terminal need not have."""
    from drivers.smart_card.channel import complete
    from drivers.social_security_card.pcsc import read

    class Channel:
        """Fulfils ``CardChannel``."""

        transmit = staticmethod(partial(complete, card.answer))

    found = read(Channel())
    if (found.name, found.id_number) != (NAME, NUMBER):
        raise _NotMasked
    return {"card": "made-up"}


@contextmanager
def kept(recording: Path) -> Iterator[tuple[Staged, dict[str, Setting]]]:
    """Have the device of a recording there while the block lasts; gives with it all the settings
    of a driver that is bound to it. Raises ``RecordingInvalid``, ``OSError``, ``DeviceError``."""
    stage = staged(recording)
    with _folder() as folder, stage.kind.wire(stage.player, folder) as place:
        stage.opened(place)
        yield stage, {**place, **stage.settings}


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="yimen-replay-") as folder:
        yield Path(folder)


def main(arguments: list[str]) -> int:
    """See the module."""
    outcome = play(Path(arguments[0]))
    sys.stdout.write(json.dumps(outcome) + "\n")
    return 0 if outcome["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
