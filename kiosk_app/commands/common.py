"""What the commands share: exit statuses, errors that become one line, output as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn

from typing_extensions import override

from kiosk_app.instance import Address, BetweenTimes, running
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
    """A command cannot do what it was asked; the message says why and what to do.

    ``details``: more of it for a program, which gets it with ``--json``.
    """

    def __init__(
        self, message: str, status: int = Exit.FAILED, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.details = dict(details or {})


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option ``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


class Parser(argparse.ArgumentParser):
    """Raises ``CommandFailed`` for wrong usage, where ``argparse`` would end the process."""

    @override
    def error(self, message: str) -> NoReturn:
        """Say how it is used, and fail."""
        self.print_usage(sys.stderr)
        raise CommandFailed(message, Exit.USAGE)


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


def terminal_of(arguments: argparse.Namespace) -> Address | None:
    """Where the terminal of the run folder answers; ``None`` where none runs. Raises
    ``CommandFailed``."""
    with plainly(BetweenTimes):
        return running(arguments.run_dir.absolute())


@contextmanager
def answering() -> Iterator[None]:
    """A terminal that ends while it is asked, or does not answer, becomes ``CommandFailed``."""
    import httpx

    try:
        yield
    except httpx.TimeoutException:
        raise CommandFailed("the terminal does not answer in time") from None
    except httpx.HTTPError:
        raise CommandFailed("the terminal has stopped answering: is it being restarted?") from None


@contextmanager
def plainly(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds, which say what to do, into ``CommandFailed``."""
    try:
        yield
    except kinds as problem:
        raise CommandFailed(str(problem) or type(problem).__name__) from None
