"""``yimen device replay … --keep``: a recorded device that stays, for a driver to be bound to."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from kiosk_app.commands.common import CommandFailed, Exit
from kiosk_app.commands.device_desk import recording_path


def keep(arguments: argparse.Namespace) -> int:
    """Play a recorded device until SIGINT or SIGTERM comes; says first where it is, and the command
    that binds it. Raises ``CommandFailed``."""
    from drivers.errors import DeviceError
    from drivers.recording.file import RecordingInvalid
    from drivers.virtual.replay import kept

    path = recording_path(arguments.recording, arguments.run_dir.absolute() / "recordings")
    ended = threading.Event()
    before = [
        (each, signal.signal(each, lambda *_: ended.set()))
        for each in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        with kept(path) as (staged, settings):
            bind = bind_command(arguments, staged.role, staged.driver, settings)
            _tell(arguments, staged.role, staged.driver, settings, bind, staged.player.gaps)
            ended.wait()
    except RecordingInvalid as problem:
        raise CommandFailed(f"{problem.code}: {problem}") from None
    except DeviceError as problem:
        raise CommandFailed(f"{problem.code}: {problem.message}") from None
    except OSError as problem:
        raise CommandFailed(f"recording-unreadable: {problem}") from None
    finally:
        for each, handler in before:
            signal.signal(each, handler)
    return Exit.DONE


def bind_command(
    arguments: argparse.Namespace, role: str, driver: str, settings: Mapping[str, Any]
) -> str:
    """The command that binds a role to a device with these settings, in the same folders."""
    folders = ("--config", arguments.config, "--run-dir", arguments.run_dir)
    options = [each if isinstance(each, str) else str(each.absolute()) for each in folders]
    values = [f"{name}={_word(value)}" for name, value in settings.items()]
    return shlex.join(["yimen", *options, "device", "bind", role, driver, *values])


def _word(value: str | int | bool) -> str:
    """A value as ``NAME=VALUE`` takes it: a text that could be read as something else is quoted."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value)


def _tell(
    arguments: argparse.Namespace,
    role: str,
    driver: str,
    settings: Mapping[str, Any],
    bind: str,
    gaps: int,
) -> None:
    if arguments.json:
        told = {"role": role, "driver": driver, "settings": settings, "bind": bind, "gaps": gaps}
        print(json.dumps(told, ensure_ascii=False))
    else:
        place = next(iter(settings.values()))
        print(f"{role} as it was recorded, at {place}; Ctrl-C ends it. Bind it with:\n{bind}")
        if gaps:
            print(f"{gaps} answers were hidden: there it is silent (recording-has-gaps)")
    sys.stdout.flush()
