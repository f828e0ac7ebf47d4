"""What the commands share: exit statuses, errors that become one line, output as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from kiosk_app.logs import configure_logs
from kiosk_app.settings import Settings, SettingsError, load_settings

Commands = Any
"""``argparse``'s collection of sub-parsers, which has no public type."""


class Exit(IntEnum):
    """Exit statuses."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_PRINTED = 3
    """A rehearsal that ended with staff or out of service."""
    INTERRUPTED = 130


class CommandFailed(Exception):
    """A command cannot do what it was asked; the message says why and what to do."""

    def __init__(self, message: str, status: int = Exit.FAILED) -> None:
        super().__init__(message)
        self.status = status


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option ``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings of the folders that were named. Raises ``CommandFailed``."""
    configure_logs()
    try:
        return load_settings(arguments.config, arguments.run_dir.absolute())
    except SettingsError as problem:
        raise CommandFailed(str(problem)) from None


@contextmanager
def plainly(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds, which say what to do, into ``CommandFailed``."""
    try:
        yield
    except kinds as problem:
        raise CommandFailed(str(problem) or type(problem).__name__) from None
