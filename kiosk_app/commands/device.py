"""``yimen device``: the devices of a terminal, found, bound, tried and recorded.

Where a terminal runs it is asked, with the session that its run folder holds for this user; where
none runs, the versions of its bindings are read and written directly.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk_app.commands.common import (
    CommandFailed,
    Commands,
    Exit,
    add_json,
    answering,
    settings_of,
    show_json,
    terminal_of,
)
from kiosk_app.commands.device_desk import Desk
from kiosk_app.commands.device_replay import keep
from kiosk_app.commands.device_telling import TELL, tell_plainly

_ROLE = "such as id-card-reader; `yimen device list` names all"


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("device", help="find, bind, test and record devices")
    parser.add_argument(
        "--virtual",
        action="store_true",
        help="where no terminal runs: the bindings of the virtual hardware",
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")

    def act(name: str, help_: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = acts.add_parser(name, help=help_)
        add_json(added)
        return added

    act("list", "each role, its device, and what is known of it")
    act("discover", "what is plugged in, and what may be bound")
    act("history", "every version of the bindings")
    bind = act("bind", "bind a device to a role")
    bind.add_argument("role", help=_ROLE)
    bind.add_argument("driver")
    change = act("set", "change settings of a role's device")
    change.add_argument("role", help=_ROLE)
    for each in (bind, change):
        each.add_argument(
            "settings", nargs="*", default=[], metavar="NAME=VALUE", help="uri=… is the address"
        )
        each.add_argument("--note", default="", help="why, for the record")
    unbind = act("unbind", "leave a role without a device")
    unbind.add_argument("role", help=_ROLE)
    for each in (bind, change, unbind):
        each.add_argument(
            "--since",
            type=int,
            metavar="VERSION",
            help="what you looked at: refused when the role was changed after that version",
        )
    test = act("test", "try a device; without a name: its first test")
    test.add_argument("role", help=_ROLE)
    test.add_argument("test", nargs="?")
    test.add_argument(
        "--save", type=Path, metavar="FILE", help="keep the picture, or the PDF, that it made"
    )
    fault = act("fault", "turn a fault of the virtual hardware on or off")
    fault.add_argument("name", nargs="?", help="without a name: list all, and which are on")
    fault.add_argument("state", nargs="?", choices=("on", "off"), default="on")
    control = act("control", "what can be set on a camera while it runs; with a value: set it")
    control.add_argument("role", help=_ROLE)
    control.add_argument("name", nargs="?", help="such as exposure; without it all are listed")
    control.add_argument("value", nargs="?", type=int, help="in the device's own units")
    control.add_argument(
        "--keep", action="store_true", help="set it so whenever it is opened; a version"
    )
    record = act("record", "record what goes over a device's wire, without personal data")
    record.add_argument("role", help=_ROLE)
    record.add_argument("state", choices=("on", "off"))
    act("recordings", "every recording")
    replay = act("replay", "read a recording with its driver, as if it were the device")
    replay.add_argument("recording", help="an id of `yimen device recordings`, or a file")
    replay.add_argument(
        "--keep", action="store_true", help="keep it in place, for a driver to be bound to it"
    )
    interop = act("interop", "let other programs use the devices over XFS4IoT, or keep them out")
    interop.add_argument("state", nargs="?", choices=("on", "off"), help="without it: how it is")
    interop.add_argument("--port", type=int, help="on loopback; 5846 as the terminal comes")
    interop.add_argument(
        "--identities", choices=("on", "off"), help="let them read whole cards too; off at first"
    )
    interop.add_argument("--note", default="", help="why, for the record")
    back = act("rollback", "go back to a version")
    back.add_argument("version", type=int)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do one of them."""
    if arguments.act == "replay" and arguments.keep:
        return keep(arguments)
    with _desk_for(arguments) as desk:
        result, status = _ACTS[arguments.act](desk, arguments)
    if arguments.json:
        show_json(result)
    else:
        tell: Callable[[Any], None] = TELL.get(arguments.act, tell_plainly)
        tell(result)
    return status


Done = tuple[Any, int]


@contextmanager
def _desk_for(arguments: argparse.Namespace) -> Iterator[Desk]:
    """The running terminal, or what can be done without one."""
    address = terminal_of(arguments)
    if address is None:
        from kiosk_app.commands.device_files import Files

        yield Files(settings_of(arguments), virtual=arguments.virtual)
        return
    from kiosk_app.commands.device_live import Live, connected

    with answering(), connected(address, arguments.run_dir.absolute()) as client:
        yield Live(client, arguments.run_dir.absolute() / "recordings")


def _list(desk: Desk, arguments: argparse.Namespace) -> Done:
    return desk.devices(), Exit.DONE


def _discover(desk: Desk, arguments: argparse.Namespace) -> Done:
    return desk.discover(), Exit.DONE


def _history(desk: Desk, arguments: argparse.Namespace) -> Done:
    return desk.history(), Exit.DONE


def _bind(desk: Desk, arguments: argparse.Namespace) -> Done:
    settings = _settings(arguments.settings)
    uri = settings.pop("uri", None)
    made = desk.bind(
        arguments.role, arguments.driver, settings, uri, arguments.note, arguments.since
    )
    return made, Exit.DONE


def _set(desk: Desk, arguments: argparse.Namespace) -> Done:
    bound = desk.binding(arguments.role)
    if bound is None:
        raise CommandFailed(f"no device is bound to {arguments.role}: use `yimen device bind`")
    settings = _settings(arguments.settings)
    uri = settings.pop("uri", bound["uri"])
    away = {name for name, value in settings.items() if value is None}
    kept = {
        name: value for name, value in {**bound["settings"], **settings}.items() if name not in away
    }
    since = bound["version"] if arguments.since is None else arguments.since
    made = desk.bind(arguments.role, bound["driver"], kept, uri, arguments.note, since)
    return made, Exit.DONE


def _unbind(desk: Desk, arguments: argparse.Namespace) -> Done:
    return desk.unbind(arguments.role, arguments.since), Exit.DONE


def _roll_back(desk: Desk, arguments: argparse.Namespace) -> Done:
    if arguments.version < 1:
        raise CommandFailed("versions are numbered from 1 on", Exit.USAGE)
    return desk.roll_back(arguments.version), Exit.DONE


def _test(desk: Desk, arguments: argparse.Namespace) -> Done:
    outcome = desk.test(arguments.role, arguments.test)
    if arguments.save is not None:
        outcome["saved"] = _saved(desk, outcome, arguments.save)
    return outcome, Exit.DONE if outcome["ok"] else Exit.FAILED


def _saved(desk: Desk, outcome: dict[str, Any], target: Path) -> str | None:
    """Write what a test made to a file that only this user can read."""
    made = outcome.get("document") or outcome.get("picture")
    if made is None:
        return None
    content = desk.made(made)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise CommandFailed(f"{target} cannot be written: {error.strerror}") from None
    return str(target)


def _fault(desk: Desk, arguments: argparse.Namespace) -> Done:
    if arguments.name is None:
        return desk.faults(), Exit.DONE
    return desk.fault(arguments.name, arguments.state == "on"), Exit.DONE


def _control(desk: Desk, arguments: argparse.Namespace) -> Done:
    role, name, value = arguments.role, arguments.name, arguments.value
    if name is not None and value is None:
        raise CommandFailed(f"name a value for {name} too", Exit.USAGE)
    if name is None and not arguments.keep:
        return desk.controls(role), Exit.DONE
    made = desk.set_control(role, name, value) if name is not None else {}
    return {**made, **(desk.keep_controls(role) if arguments.keep else {})}, Exit.DONE


def _interop(desk: Desk, arguments: argparse.Namespace) -> Done:
    if arguments.state is None:
        if arguments.port is not None or arguments.identities or arguments.note:
            raise CommandFailed("say on or off too", Exit.USAGE)
        return desk.interop(), Exit.DONE
    if arguments.port is not None and not 0 <= arguments.port <= 65535:
        raise CommandFailed("a port is a number from 0 to 65535", Exit.USAGE)
    identities = None if arguments.identities is None else arguments.identities == "on"
    turned = desk.turn_interop(arguments.state == "on", arguments.port, identities, arguments.note)
    if turned["error"] is not None:
        raise CommandFailed(
            f"version {turned['version']} is set, but port {turned['port']} is taken by another "
            "program: end that, or choose another with --port",
            details={"version": turned["version"], "reason": turned["error"]},
        )
    return turned, Exit.DONE


def _record(desk: Desk, arguments: argparse.Namespace) -> Done:
    return desk.record(arguments.role, arguments.state == "on"), Exit.DONE


def _recordings(desk: Desk, arguments: argparse.Namespace) -> Done:
    return desk.recordings(), Exit.DONE


def _replay(desk: Desk, arguments: argparse.Namespace) -> Done:
    outcome = desk.replay(arguments.recording)
    return outcome, Exit.DONE if outcome["ok"] else Exit.FAILED


_ACTS: dict[str, Callable[[Desk, argparse.Namespace], Done]] = {
    "list": _list,
    "discover": _discover,
    "history": _history,
    "bind": _bind,
    "set": _set,
    "unbind": _unbind,
    "rollback": _roll_back,
    "test": _test,
    "fault": _fault,
    "control": _control,
    "interop": _interop,
    "record": _record,
    "recordings": _recordings,
    "replay": _replay,
}


def _settings(words: list[str]) -> dict[str, Any]:
    """``NAME=VALUE``; a value that is JSON is taken as such, ``null`` takes a setting away."""
    settings: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise CommandFailed(f"{word} is not NAME=VALUE", Exit.USAGE)
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings
