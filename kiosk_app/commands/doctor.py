"""``yimen doctor``: what is plugged in, what is missing, and what to do about it."""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kiosk_app.commands.common import Commands, Exit, add_json, settings_of, show_json
from kiosk_app.connectors.settings import EmbeddedRegisterSettings
from kiosk_app.settings import DeviceBinding, Settings, SettingsError
from kiosk_app.shell import has_display
from kiosk_app.texts import Texts, TextsError
from kiosk_app.workbench.differences import address

IPP_PORT = 631
ANSWER_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``needed``: the terminal cannot do its work without it."""

    what: str
    ok: bool
    needed: bool
    says: str
    action: str = ""


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("doctor", help="what is plugged in, what is missing, what to do")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look at everything; the exit status is 0 when nothing that is needed is missing."""
    settings = settings_of(arguments)
    findings = [finding for look in LOOKS for finding in look(settings)]
    if arguments.json:
        show_json([asdict(finding) for finding in findings])
    else:
        for each in findings:
            mark = "ok  " if each.ok else "MISS" if each.needed else "note"
            print(f"{mark} {each.what:<28} {each.says}")
            if not each.ok and each.action:
                print(f"{'':<5}{'':<28} -> {each.action}")
    return Exit.FAILED if any(f.needed and not f.ok for f in findings) else Exit.DONE


def _programs(settings: Settings) -> list[Finding]:
    wanted = (
        ("cupsd", "cups-daemon", True, "print scheduler"),
        ("lpadmin", "cups-client", True, "queue set-up"),
        ("ippeveprinter", "cups-ipp-utils", False, "virtual printer"),
        ("pdftoppm", "poppler-utils", False, "pictures of printed sheets"),
        ("unshare", "util-linux", False, "private virtual hardware"),
    )
    return [
        Finding(
            what=program,
            ok=(path := shutil.which(program, path=_PATH)) is not None,
            needed=needed,
            says=path or f"missing ({use})",
            action=f"apt-get install {package}, or run `make setup`",
        )
        for program, package, needed, use in wanted
    ]


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _window(settings: Settings) -> list[Finding]:
    return [
        Finding(
            "window",
            importlib.util.find_spec("webview") is not None,
            False,
            "pywebview is installed" if importlib.util.find_spec("webview") else "no pywebview",
            "run `make setup`",
        ),
        Finding(
            "display",
            has_display(),
            False,
            "there is one" if has_display() else "none: the page is served for a browser",
            "start it from a graphical session to have the window",
        ),
    ]


def _page(settings: Settings) -> list[Finding]:
    built = Path(__file__).parents[2] / "web" / "dist" / "kiosk.html"
    return [
        Finding(
            "page",
            built.is_file(),
            True,
            "built" if built.is_file() else "not built",
            "run `make setup`",
        )
    ]


def _devices(settings: Settings) -> list[Finding]:
    from drivers.discovery import discover
    from kiosk_app.workbench.bench import binding_store

    findings = [
        Finding(
            what=f"{found.device_class or 'device'} {found.name}",
            ok=found.supported,
            needed=False,
            says=found.says,
            action=found.action,
        )
        for found in discover()
    ]
    store = binding_store(settings.run_dir, virtual=False)
    bound = store.active(settings.terminal.devices)
    return findings + [_binding(role, binding) for role, binding in bound.items()]


def _binding(role: str, binding: DeviceBinding) -> Finding:
    """Whether what a role is bound to is there."""
    port = binding.settings.get("port")
    if port is not None:
        there = Path(str(port)).exists()
        return Finding(
            f"role {role}",
            there,
            False,
            f"{binding.driver} on {port}{'' if there else ', which is not there'}",
            f"plug the device in, and run `yimen device set {role} port=PATH`"
            " (a line above names each device that was found)",
        )
    if binding.uri is None:
        return Finding(f"role {role}", True, False, f"{binding.driver} {address(binding)}".strip())
    answers = _answers(binding.uri)
    return Finding(
        f"role {role}",
        answers,
        False,
        f"{binding.driver} to {binding.uri}{'' if answers else ': no answer'}",
        f"switch the printer on, or run `yimen device set {role} uri=ipp://ADDRESS`",
    )


def _answers(uri: str) -> bool:
    """Whether somebody listens at an IPP address (port 631 unless it names another)."""
    address = urlsplit(uri)
    try:
        with socket.create_connection((address.hostname, address.port or IPP_PORT), ANSWER_S):
            return True
    except (OSError, ValueError):
        return False


def _register(settings: Settings) -> list[Finding]:
    register = settings.terminal.register_
    if isinstance(register, EmbeddedRegisterSettings):
        says = "embedded, with synthetic records: for trials"
        return [Finding("register", False, False, says, "set [register] in terminal.toml")]
    missing = [str(p) for p in (register.terminal_key, register.register_key) if not p.is_file()]
    return [
        Finding(
            "register",
            not missing,
            True,
            f"{register.url}{f', lacks {missing[0]}' if missing else ''}",
            "put the key files where [register] in terminal.toml names them",
        )
    ]


def _signing(settings: Settings) -> list[Finding]:
    key = settings.terminal.signing.key
    says = "a development key: papers are marked and have no effect" if key is None else key.kind
    action = "set [signing.key] in terminal.toml"
    return [Finding("signing key", key is not None, False, says, action)]


def _services(settings: Settings) -> list[Finding]:
    from kiosk_app.catalogue.services import load_services
    from kiosk_app.procedures import KINDS

    try:
        services = load_services(settings.config / "services", KINDS)
        for folder in ("journey", "page", "verify", "verdict"):
            Texts.load(settings.config / "texts" / folder)
    except (SettingsError, TextsError) as problem:
        return [Finding("services", False, True, str(problem), "mend the file that it names")]
    return [Finding("services", True, True, ", ".join(services))]


def _records(settings: Settings) -> list[Finding]:
    from kiosk_app.offices import office_paths
    from kiosk_app.records import quarantined

    held = quarantined(office_paths(settings).journal)
    return [
        Finding(
            "journal",
            not held,
            True,
            "sound" if not held else f"in quarantine: {held[0].name}",
            "nothing is issued: keep the file for the hall, then yimen journal begin-anew",
        )
    ]


LOOKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    _programs,
    _window,
    _page,
    _services,
    _devices,
    _register,
    _signing,
    _records,
)
