"""``yimen journal``: whether the records of certificates are sound, and a new one after damage."""

from __future__ import annotations

import argparse
import contextlib
import getpass
from typing import TYPE_CHECKING

from kiosk_app.commands.common import (
    CommandFailed,
    Commands,
    Exit,
    add_json,
    plainly,
    settings_of,
    show_json,
)

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk_app.settings import Settings


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "journal", help="the records of certificates: sound, or in quarantine"
    )
    add_json(parser)
    parser.set_defaults(run=run, act=None)
    acts = parser.add_subparsers(metavar="begin-anew")
    anew = acts.add_parser(
        "begin-anew",
        help="release a damaged journal's quarantine, when its files are kept for the hall: a new "
        "journal begins at the next start",
    )
    anew.add_argument("--by", default=None, help="login name (default: the user of the system)")
    add_json(anew)
    anew.set_defaults(act="begin-anew")


def run(arguments: argparse.Namespace) -> int:
    """Tell of the quarantine, or release it; audited."""
    from kiosk_app.offices import office_paths
    from kiosk_app.records import quarantined

    settings = settings_of(arguments)
    held = quarantined(office_paths(settings).journal)
    if arguments.act is None:
        _show(arguments, "sound" if not held else "in-quarantine", held)
        return Exit.DONE
    if not held:
        raise CommandFailed("the journal is not in quarantine: there is nothing to release")
    kept = _begin_anew(settings, arguments.by or getpass.getuser())
    _show(arguments, "released", kept)
    return Exit.DONE


def _begin_anew(settings: Settings, by: str) -> tuple[Path, ...]:
    from kiosk_app.audit import PersonalData
    from kiosk_app.issuing.office import accept_new_journal
    from kiosk_app.offices import office_paths, open_audit
    from kiosk_app.records import StoreError

    with (
        plainly(StoreError, PersonalData, OSError),
        contextlib.closing(open_audit(settings)) as log,
    ):
        return accept_new_journal(office_paths(settings), log, by)


_SAYS = {
    "sound": "the journal is not in quarantine",
    "in-quarantine": "the journal is damaged and nothing is issued; keep these files for the hall, "
    "then: yimen journal begin-anew",
    "released": "a new journal begins at the next start; these files are kept",
}


def _show(arguments: argparse.Namespace, state: str, files: tuple[Path, ...]) -> None:
    if arguments.json:
        show_json({"state": state, "files": list(files)})
        return
    print(_SAYS[state])
    for each in files:
        print(f"  {each}")
