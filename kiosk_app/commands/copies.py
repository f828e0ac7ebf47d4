"""``yimen copies``: what became of each copy on paper, and what staff decide about it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING

from kiosk_app.commands.common import Commands, Exit, add_json, plainly, settings_of, show_json

if TYPE_CHECKING:
    from kiosk_app.issuing.staff import CopyView
    from kiosk_app.settings import Settings

DECISIONS = ("void", "taken", "retracted")


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("copies", help="list copies on paper, and decide about them")
    add_json(parser)
    parser.add_argument("--all", action="store_true", help="not only those that wait for staff")
    parser.set_defaults(run=run, act=None)
    acts = parser.add_subparsers(metavar="decide")
    decide = acts.add_parser("decide", help="settle a copy after looking into the tray")
    decide.add_argument("serial")
    decide.add_argument("copy", type=int)
    decide.add_argument(
        "decision", choices=DECISIONS, help="retracted: nobody took it, and it was put away"
    )
    decide.add_argument("--by", default=None, help="login name (default: the user of the system)")
    add_json(decide)
    decide.set_defaults(act="decide")


def run(arguments: argparse.Namespace) -> int:
    """List, or decide; audited."""
    from kiosk_app.audit import PersonalData
    from kiosk_app.issuing.errors import IssuingError
    from kiosk_app.records import StoreError

    settings = settings_of(arguments)
    with plainly(StoreError, IssuingError, PersonalData):
        views = asyncio.run(_act(settings, arguments))
    rows = [asdict(view) for view in views]
    if arguments.json:
        show_json(rows)
        return Exit.DONE
    for row in rows:
        print(
            f"{row['serial']:<28} copy {row['number']}  {row['state']:<14}"
            f" {row['reason'] or '-':<22} {row['day']}"
        )
    if not rows:
        print("no copy" if arguments.all else "no copy waits for staff")
    return Exit.DONE


async def _act(settings: Settings, arguments: argparse.Namespace) -> list[CopyView]:
    from kiosk_app.issuing.staff import Decision
    from kiosk_app.issuing.states import WITH_STAFF, CopyState
    from kiosk_app.offices import open_audit, open_office

    with contextlib.closing(open_audit(settings)) as audit:
        office = open_office(settings, audit)
        with contextlib.closing(office):
            if arguments.act == "decide":
                decision, by = Decision(arguments.decision), arguments.by or getpass.getuser()
                return [await office.decide(arguments.serial, arguments.copy, decision, by)]
            return await office.copies(CopyState if arguments.all else WITH_STAFF)
