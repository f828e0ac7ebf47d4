"""The command line ``yimen``.

Each command is a module of ``kiosk_app.commands`` with ``add``, which describes it, and a function
that runs it. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kiosk_app.commands import (
    account,
    copies,
    device,
    doctor,
    fault,
    journal,
    rehearse,
    run,
    verify,
)
from kiosk_app.commands.common import CommandFailed, Exit, Parser, show_json

COMMANDS = (run, rehearse, doctor, verify, fault, copies, journal, device, account)
ROOT = Path(__file__).parents[1]


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = Parser(prog="yimen", description="Yimen, the self-service terminal of a service hall.")
    top.add_argument(
        "--config", type=Path, default=ROOT / "config", help="config folder (default: %(default)s)"
    )
    top.add_argument(
        "--run-dir", type=Path, default=ROOT / ".run", help="run folder (default: %(default)s)"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status.

    Where one fails that was asked for JSON, its output is ``{"error", "status", …}``.
    """
    words = sys.argv[1:] if arguments is None else arguments
    command = "yimen"
    try:
        chosen = parser().parse_args(words)
        command = f"yimen {chosen.command}"
        return int(chosen.run(chosen))
    except CommandFailed as failure:
        print(f"{command}: {failure}", file=sys.stderr)
        if "--json" in words:
            show_json({"error": str(failure), "status": failure.status, **failure.details})
        return failure.status
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.FAILED


if __name__ == "__main__":
    sys.exit(main())
