"""``yimen rehearse``: a whole errand on virtual hardware, without a browser."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk_app.commands.common import (
    CommandFailed,
    Commands,
    Exit,
    add_json,
    plainly,
    show_json,
)
from kiosk_app.instance import AlreadyRunning, only_one
from kiosk_app.logs import configure_logs
from kiosk_app.options import BESIDE
from kiosk_app.screens import CardName
from kiosk_app.workbench.rehearsals import CARDS, DOCUMENTS

if TYPE_CHECKING:
    from kiosk_app.options import Options
    from kiosk_app.rehearse import Result, Script

_ENDED_WELL = ("printed", "refused")


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("rehearse", help="run a whole errand on virtual hardware")
    parser.add_argument("service", nargs="?", help="such as no-housing-certificate")
    parser.add_argument("--resident", type=int, default=1, help="a card of the drawer (default: 1)")
    parser.add_argument(
        "--card", choices=sorted(CARDS), default="id-card", help="what the citizen shows"
    )
    parser.add_argument(
        "--document",
        choices=DOCUMENTS,
        default=DOCUMENTS[0],
        help="which travel document, with --card travel-document",
    )
    parser.add_argument("--fault", help="a fault to meet on the way")
    parser.add_argument("--at", help="the kind of screen at which the fault begins")
    parser.add_argument(
        "--print-record", action="store_true", help="print the list when homes are registered"
    )
    parser.add_argument(
        "--list", action="store_true", help="name services, residents and faults (of --card)"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rehearse, or list what can be rehearsed."""
    configure_logs()
    if arguments.list:
        return _show_list(arguments)
    if arguments.service is None:
        raise CommandFailed("name a service; --list names them", Exit.USAGE)
    _check(arguments)
    from kiosk_app.rehearse import Script

    script = Script(
        service=arguments.service,
        resident=arguments.resident,
        fault=arguments.fault,
        at=arguments.at,
        print_record=arguments.print_record,
        card=CARDS[arguments.card],
        document=arguments.document,
    )
    outcome = asyncio.run(_rehearse(arguments, script))
    if arguments.json:
        show_json(outcome)
    else:
        _tell(outcome)
    return Exit.DONE if outcome["outcome"] in _ENDED_WELL else Exit.NOT_PRINTED


async def _rehearse(arguments: argparse.Namespace, script: Script) -> dict[str, Any]:
    from kiosk_app.stagehand import DAMAGED

    run_dir = arguments.run_dir.absolute()
    if script.fault == DAMAGED:
        # Its journal stays in quarantine, which must not close the run folder's own terminal.
        with tempfile.TemporaryDirectory(prefix="yimen-") as folder:
            return await _play(arguments, script, Path(folder))
    try:
        with only_one(run_dir):
            return await _play(arguments, script, run_dir)
    except AlreadyRunning:
        print(f"a terminal runs here: rehearsing in {run_dir / BESIDE}", file=sys.stderr)
    with plainly(AlreadyRunning), only_one(run_dir / BESIDE):
        return await _play(arguments, script, run_dir / BESIDE)


async def _play(arguments: argparse.Namespace, script: Script, run_dir: Path) -> dict[str, Any]:
    from kiosk_app.app import EXPECTED, terminal
    from kiosk_app.rehearse import Player, RehearsalFailed

    with plainly(RehearsalFailed, *EXPECTED):
        async with terminal(_options(arguments, script, run_dir)) as running:
            await running.ready
            result = await Player(running, script).play()
            await running.terminal.settled()
            return _as_json(result, run_dir / "papers")


def _options(arguments: argparse.Namespace, script: Script, run_dir: Path) -> Options:
    from kiosk_app.options import Options
    from kiosk_app.rehearse import PageFault
    from kiosk_app.settings import Timers
    from kiosk_app.stagehand import DAMAGED

    short = Timers(idle=1.0, warning=1.0) if script.fault == PageFault.ABANDONED else None
    return Options(
        config=arguments.config,
        run_dir=run_dir,
        devices=_roles(script.card),
        virtual=True,
        timers=short,
        papers=run_dir / "papers",
        occasion=f"rehearsal-{secrets.token_hex(8)}",
        damage_journal=script.fault == DAMAGED,
    )


def _roles(card: str) -> tuple[str, ...]:
    """The devices of an errand on which a card is shown, by the role of its reader."""
    from drivers.virtual.room import ERRAND

    return tuple(dict.fromkeys((*ERRAND, card)))


def _as_json(result: Result, papers: Path) -> dict[str, Any]:
    finished = result.finished
    report = finished.report if finished is not None else None
    pdf: Path | None = None
    if report is not None and report.copies:
        pdf = papers / f"{report.serial}-{report.copies[-1]['number']}.pdf"
    return {
        "outcome": str(result.outcome),
        "serial": report.serial if report else None,
        "copies": report.copies if report else [],
        "pdf": str(pdf) if pdf is not None and pdf.is_file() else None,
        "steps": [
            {"name": name, "ms": ms} for name, ms in (finished.trace.steps if finished else [])
        ],
        "screens": result.screens,
        "error": _error(result),
    }


def _error(result: Result) -> dict[str, str] | None:
    from kiosk_app.fitness import CLOSED

    report = result.finished.report if result.finished is not None else None
    if report is None:
        action = next(
            (str(each.action) for each in CLOSED.values() if each.reference == result.closed),
            "none",
        )
        return {"code": f"out-of-service-{result.closed}".lower(), "action": action}
    if report.fault is None:
        return None
    return {"code": report.fault, "action": str(report.action)}


def _tell(outcome: dict[str, Any]) -> None:
    print(f"outcome   {outcome['outcome']}")
    print(f"serial    {outcome['serial'] or '-'}")
    for copy in outcome["copies"]:
        sheets = "?" if copy["sheets"] is None else copy["sheets"]
        print(f"copy {copy['number']}    {copy['state']}, {sheets} page(s) printed")
    print(f"pdf       {outcome['pdf'] or '-'}")
    print(f"screens   {' > '.join(outcome['screens'])}")
    for step in outcome["steps"]:
        print(f"{step['name']:<9} {step['ms']:>9.1f} ms")
    if outcome["error"] is not None:
        print(f"error     {outcome['error']['code']} (action: {outcome['error']['action']})")


def _check(arguments: argparse.Namespace) -> None:
    known = _listing(arguments)
    if arguments.service not in known["services"]:
        raise CommandFailed(f"no service is called {arguments.service}", Exit.USAGE)
    card = next(each for each in known["cards"] if each["name"] == arguments.card)
    if card["residents"] and arguments.resident not in card["residents"]:
        raise CommandFailed(f"no {arguments.card} has the number {arguments.resident}", Exit.USAGE)
    if arguments.at is not None:
        _check_at(arguments)
    if arguments.fault and arguments.fault not in {each["name"] for each in known["faults"]}:
        raise CommandFailed(
            f"no fault is called {arguments.fault} where the {arguments.card} is shown; "
            f"--list --card {arguments.card} names them",
            Exit.USAGE,
        )


def _check_at(arguments: argparse.Namespace) -> None:
    """Refuse a moment that means nothing, so that a slip does not look like a pass."""
    from kiosk_app.rehearse import AT_START_ONLY, KINDS_OF_SCREEN

    if arguments.at not in KINDS_OF_SCREEN:
        known = ", ".join(sorted(KINDS_OF_SCREEN))
        raise CommandFailed(f"no screen is called {arguments.at}: {known}", Exit.USAGE)
    if arguments.fault is None or arguments.fault in AT_START_ONLY:
        raise CommandFailed("--at needs a fault that can begin later", Exit.USAGE)


def _listing(arguments: argparse.Namespace) -> dict[str, Any]:
    from drivers.virtual.residents import RESIDENTS
    from kiosk_app.catalogue.services import load_services
    from kiosk_app.procedures import KINDS
    from kiosk_app.settings import SettingsError

    with plainly(SettingsError):
        services = load_services(arguments.config / "services", KINDS)
    return {
        "services": list(services),
        "residents": [
            {"number": each.number, "slug": each.slug, "kind": str(each.kind), "note": each.note}
            for each in RESIDENTS
        ],
        "cards": [_card(name) for name in CARDS],
        "faults": _faults(arguments.card),
    }


def _card(name: CardName) -> dict[str, Any]:
    """A way to show who one is: whose card it may be, which document, and what may go wrong."""
    from drivers.id_card.contract import CardKind
    from drivers.virtual.residents import RESIDENTS

    holders = {
        "id-card": [each.number for each in RESIDENTS],
        "social-card": [each.number for each in RESIDENTS if each.kind is CardKind.RESIDENT],
    }
    return {
        "name": name,
        "residents": holders.get(name, []),
        "documents": list(DOCUMENTS) if name == "travel-document" else [],
        "faults": [each["name"] for each in _faults(name)],
    }


def _faults(card: CardName) -> list[dict[str, str]]:
    """What can go wrong where a card is shown, the devices first."""
    from drivers.virtual.room import switches
    from kiosk_app.rehearse import PAGE, PageFault
    from kiosk_app.stagehand import DAMAGED, DATABASE, DATABASE_FAULTS, REGISTER, REGISTER_FAULTS

    devices = switches(_roles(CARDS[card]))
    by_device = {
        **{role: [switch.name for switch in own] for role, own in devices.items()},
        REGISTER: REGISTER_FAULTS,
        DATABASE: (*DATABASE_FAULTS, DAMAGED),
        PAGE: tuple(PageFault),
    }
    return [
        {"name": str(name), "device": device}
        for device, names in by_device.items()
        for name in names
    ]


def _show_list(arguments: argparse.Namespace) -> int:
    listing = _listing(arguments)
    if arguments.json:
        show_json(listing)
        return Exit.DONE
    print("services   " + ", ".join(listing["services"]))
    for each in listing["residents"]:
        print(f"resident   {each['number']:>2}  {each['slug']:<24} {each['note']}")
    for each in listing["faults"]:
        print(f"fault      {each['name']:<38} {each['device']}")
    return Exit.DONE
