"""What ``yimen device`` asks of a terminal, whether it runs (``device_live``) or not
(``device_files``), and what both say."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from drivers.recording.file import LONGEST_BYTES
from kiosk_app.commands.common import CommandFailed, Exit
from kiosk_app.devices import ROLES
from kiosk_app.workbench.recordings import RecordingUnknown, find, is_id

NEEDS_TERMINAL = "no terminal is running here: start it with `make run`"
BOUND_SO = "that would change nothing: it is so already"
SAME_AS_NOW = "going back to that version would change nothing: all is bound so now"
NO_CONTROL = "nothing of that name can be set; `yimen device control ROLE` lists what can"


class Desk(Protocol):
    """What can be asked. Every answer is made of JSON values; all raise ``CommandFailed``."""

    def devices(self) -> list[dict[str, Any]]:
        """Each role with driver, id and status."""
        ...

    def discover(self) -> list[dict[str, Any]]:
        """What is plugged in."""
        ...

    def history(self) -> list[dict[str, Any]]:
        """Every version."""
        ...

    def binding(self, role: str) -> dict[str, Any] | None:
        """What a role is bound to, and the newest ``version``."""
        ...

    def bind(
        self,
        role: str,
        driver: str,
        settings: dict[str, Any],
        uri: str | None,
        note: str,
        since: int | None = None,
    ) -> dict[str, Any]:
        """Bind a role; refused when it was changed after the version ``since``."""
        ...

    def unbind(self, role: str, since: int | None = None) -> dict[str, Any]:
        """Leave a role empty; refused when it was changed after the version ``since``."""
        ...

    def roll_back(self, version: int) -> dict[str, Any]:
        """Go back to a version."""
        ...

    def test(self, role: str, test: str | None) -> dict[str, Any]:
        """Try a device."""
        ...

    def made(self, address: str) -> bytes:
        """A picture or document that a test names."""
        ...

    def fault(self, name: str, on: bool) -> dict[str, Any]:
        """Turn a switch."""
        ...

    def faults(self) -> list[dict[str, Any]]:
        """Every switch with its role, and whether it is on."""
        ...

    def controls(self, role: str) -> list[dict[str, Any]]:
        """What can be set on a camera while it runs."""
        ...

    def set_control(self, role: str, name: str, value: int) -> dict[str, Any]:
        """Set one of them."""
        ...

    def keep_controls(self, role: str) -> dict[str, Any]:
        """Have them set so whenever the device is opened."""
        ...

    def interop(self) -> dict[str, Any]:
        """Whether other programs may use the devices."""
        ...

    def turn_interop(
        self, on: bool, port: int | None, identities: bool | None, note: str
    ) -> dict[str, Any]:
        """Let them, or keep them out. What is ``None`` stays as it was."""
        ...

    def record(self, role: str, on: bool) -> dict[str, Any]:
        """Begin or end a recording."""
        ...

    def recordings(self) -> list[dict[str, Any]]:
        """Every recording."""
        ...

    def replay(self, recording: str) -> dict[str, Any]:
        """Play a recording back, by its id or a file's name."""
        ...


def known_role(role: str) -> str:
    """A role that terminals have. Raises ``CommandFailed``."""
    if role not in ROLES:
        raise CommandFailed(f"no role is called {role}: {', '.join(ROLES)}", Exit.USAGE)
    return role


def recording_file(name: str) -> Path:
    """A file that was named in place of a recording's id. Raises ``CommandFailed``."""
    path = Path(name)
    if not path.is_file():
        raise CommandFailed(f"there is no recording and no file {name}", Exit.USAGE)
    if path.stat().st_size > LONGEST_BYTES:
        raise CommandFailed(f"{name} is too large to be a recording", Exit.USAGE)
    return path


def recording_path(name: str, folder: Path) -> Path:
    """A recording by its id in a folder, or the file that is named. Raises ``CommandFailed``."""
    if not is_id(name):
        return recording_file(name)
    try:
        return find(folder, name)
    except RecordingUnknown:
        raise CommandFailed(f"there is no recording {name}") from None


def settings_refused(places: list[dict[str, Any]]) -> CommandFailed:
    """What a driver does not take, in one line, and place by place for a program."""
    told = "; ".join(
        f"{place['field']} is missing: add {place['field']}=VALUE"
        if place["kind"] == "missing"
        else f"{place['field']}: {place['says']['en']}"
        for place in places
    )
    return CommandFailed(told, details={"places": places})
