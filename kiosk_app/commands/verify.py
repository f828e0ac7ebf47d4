"""``yimen verify``: is this paper valid?"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path

from kiosk_app.commands.common import (
    CommandFailed,
    Commands,
    Exit,
    add_json,
    plainly,
    settings_of,
    show_json,
)
from kiosk_app.judgement import Judgement, Verification
from kiosk_app.options import BESIDE
from kiosk_app.settings import Settings
from kiosk_app.texts import Texts


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("verify", help="tell valid, void, altered or unknown")
    parser.add_argument("paper", help="a PDF file, or the code that stands on the paper")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge a file or a code; the exit status is 0 for valid only."""
    from kiosk_app.documents.errors import DocumentError
    from kiosk_app.issuing.errors import IssuingError
    from kiosk_app.records import StoreError

    settings = settings_of(arguments)
    with plainly(StoreError, IssuingError, DocumentError):
        found = asyncio.run(_judge(settings, arguments.paper))
        beside = settings.run_dir / BESIDE
        if found.judgement is Judgement.UNKNOWN and beside.is_dir():
            # A paper that was rehearsed while a terminal ran is in the records of that rehearsal.
            rehearsed = settings.model_copy(update={"run_dir": beside})
            found = asyncio.run(_judge(rehearsed, arguments.paper))
    if arguments.json:
        show_json(
            {
                "verdict": str(found.judgement),
                "reason": found.reason,
                "serial": found.serial,
                "copy": found.copy,
                "kind": found.kind,
                "issued_on": found.issued_on,
                "development_key": found.development_key,
            }
        )
    else:
        words = Texts.load(settings.config / "texts" / "verdict")[f"reason.{found.reason}"]
        copy = f" ({found.serial}, copy {found.copy})" if found.serial else ""
        print(f"{found.judgement}{copy}: {words.zh} {words.en}")
    return Exit.DONE if found.judgement is Judgement.VALID else Exit.FAILED


async def _judge(settings: Settings, paper: str) -> Verification:
    from kiosk_app.documents.workshop import FileInspector
    from kiosk_app.offices import open_audit, open_office, trusted
    from kiosk_app.verification import Verifier

    path = Path(paper)
    with (
        contextlib.closing(open_audit(settings)) as audit,
        contextlib.closing(open_office(settings, audit)) as office,
    ):
        verifier = Verifier(FileInspector(trusted(settings)), office)
        if paper.strip().upper().startswith("YM1."):
            return await verifier.code(paper)
        try:
            pdf = await asyncio.to_thread(path.read_bytes)
        except OSError as problem:
            raise CommandFailed(f"{paper}: {problem.strerror}", Exit.USAGE) from None
        return await verifier.file(pdf)
