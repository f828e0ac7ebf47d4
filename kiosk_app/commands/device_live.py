"""Devices by way of the terminal that runs here."""

from __future__ import annotations

import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kiosk_app.accounts.sessions import CONSOLE_FILE
from kiosk_app.api.guard import RECORDING_KIND, SESSION_HEADER, TECHNICIAN
from kiosk_app.commands.common import CommandFailed, Exit
from kiosk_app.commands.device_desk import (
    BOUND_SO,
    NO_CONTROL,
    SAME_AS_NOW,
    known_role,
    recording_file,
    settings_refused,
)
from kiosk_app.instance import Address
from kiosk_app.workbench.recordings import is_id

if TYPE_CHECKING:
    import httpx

_LONGEST_S = 120.0


def connected(address: Address, run_dir: Path) -> httpx.Client:
    """A client with the console's session. Raises ``CommandFailed`` while there is none."""
    import httpx

    try:
        session = (run_dir / CONSOLE_FILE).read_text(encoding="ascii")
    except OSError:
        raise CommandFailed("the terminal is getting ready: try again in a moment") from None
    return httpx.Client(
        base_url=f"{address.url}{TECHNICIAN}",
        headers={SESSION_HEADER: session},
        timeout=_LONGEST_S,
        trust_env=False,
    )


class Live:
    """A terminal that runs."""

    def __init__(self, client: httpx.Client, recordings: Path) -> None:
        self._client = client
        self._recordings = recordings

    def devices(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        names = ("role", "driver", "id", "model", "error", "restarts", "status", "tests")
        return [{name: each[name] for name in names} for each in self._get("state")["devices"]]

    def discover(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._ask("POST", "discover", body={})["findings"]
        return found

    def history(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._get("history")
        return found

    def binding(self, role: str) -> dict[str, Any] | None:
        """See ``Desk``."""
        said = self._get("drivers", known_role(role))
        return {**said["bound"], "version": said["version"]} if said["bound"] else None

    def bind(
        self,
        role: str,
        driver: str,
        settings: dict[str, Any],
        uri: str | None,
        note: str,
        since: int | None = None,
    ) -> dict[str, Any]:
        """See ``Desk``."""
        asked = {"driver": driver, "settings": settings, "uri": uri, "note": note}
        body = {**asked, "since": since}
        return self._ask("PUT", "devices", known_role(role), body=body)

    def unbind(self, role: str, since: int | None = None) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("DELETE", "devices", known_role(role), body={"since": since})

    def roll_back(self, version: int) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("POST", "rollback", body={"version": version})

    def test(self, role: str, test: str | None) -> dict[str, Any]:
        """See ``Desk``."""
        role = known_role(role)
        tests: list[str] = next((d["tests"] for d in self.devices() if d["role"] == role), [])
        if not tests:
            raise CommandFailed(f"there is no test for {role}: nothing is bound to it")
        if test is not None and test not in tests:
            raise CommandFailed(f"{role} has no test {test}: {', '.join(tests)}", Exit.USAGE)
        self._say_what_to_do(role, test or tests[0])
        return self._ask("POST", "devices", role, "test", body={"test": test or tests[0]})

    def _say_what_to_do(self, role: str, test: str) -> None:
        """On standard error: a test may wait for a card or a code."""
        words = self._get("page")["texts"]
        keys = (f"testing.ask.{role}.{test}", f"testing.ask.{test}")
        said = next((words[key]["en"] for key in keys if key in words), None)
        if said is not None:
            print(f"{said}…", file=sys.stderr, flush=True)

    def made(self, address: str) -> bytes:
        """See ``Desk``."""
        return self._checked(self._client.get(address.removeprefix(TECHNICIAN))).content

    def fault(self, name: str, on: bool) -> dict[str, Any]:
        """See ``Desk``."""
        self._ask("POST", "faults", body={"name": name, "on": on})
        return {"name": name, "on": on}

    def faults(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        return [
            {"name": each["name"], "device": device["role"], "on": each["on"]}
            for device in self._get("state")["devices"]
            for each in device["faults"]
        ]

    def controls(self, role: str) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._get("devices", known_role(role), "controls")
        return found

    def set_control(self, role: str, name: str, value: int) -> dict[str, Any]:
        """See ``Desk``."""
        body = {"name": name, "value": value}
        return self._ask("POST", "devices", known_role(role), "control", body=body)

    def keep_controls(self, role: str) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("POST", "devices", known_role(role), "controls", "keep", body={})

    def interop(self) -> dict[str, Any]:
        """See ``Desk``."""
        found: dict[str, Any] = self._get("interop")
        return found

    def turn_interop(
        self, on: bool, port: int | None, identities: bool | None, note: str
    ) -> dict[str, Any]:
        """See ``Desk``."""
        wanted = {"on": on, "port": port, "identities": identities, "note": note}
        made = self._ask("PUT", "interop", body=wanted)
        return {**made, **self.interop()}

    def record(self, role: str, on: bool) -> dict[str, Any]:
        """See ``Desk``."""
        answer = self._ask("POST", "devices", known_role(role), "record", body={"on": on})
        name = answer["recording"] or answer["ended"]
        path = str(self._recordings / f"{name}.jsonl") if name is not None else None
        return {**answer, "path": path}

    def recordings(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._get("recordings")
        return found

    def replay(self, recording: str) -> dict[str, Any]:
        """See ``Desk``."""
        if is_id(recording):
            return self._ask("POST", "recordings", recording, "replay", body={})
        content = recording_file(recording).read_bytes()
        headers = {"Content-Type": RECORDING_KIND}
        answer = self._client.post("/replay", content=content, headers=headers)
        found: dict[str, Any] = self._checked(answer).json()
        return found

    def _get(self, *parts: str) -> Any:
        return self._checked(self._client.get(_path(parts))).json()

    def _ask(self, method: str, *parts: str, body: Any = None) -> dict[str, Any]:
        answer = self._checked(self._client.request(method, _path(parts), json=body))
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if not answer.is_error:
            return answer
        try:
            said = answer.json()
        except ValueError:
            said = {}
        why = said.get("error") or said.get("detail")
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and why == "settings":
            raise settings_refused(said["places"])
        if not isinstance(why, str):
            why = f"status {answer.status_code}"
        if "says" in said:
            raise CommandFailed(said["says"]["en"])
        raise CommandFailed(_REASONS.get(why, f"the terminal refused: {why}"))


_REASONS = {
    "recording-refused": "the recording's file cannot be made: is the disk full?",
    "recording-through-queue": "it cannot be recorded while it prints through a print queue",
    "citizen-present": "a citizen is at the machine: wait, or close the terminal for maintenance",
    "nothing-changed": BOUND_SO,
    "same-as-now": SAME_AS_NOW,
    "changed-meanwhile": "somebody changed this device meanwhile: look, and do it again",
    "version-unknown": "there is no such version; `yimen device history` lists them",
    "camera-control-unknown": NO_CONTROL,
    "camera-control-refused": "the camera does not take that value; "
    "`yimen device control ROLE` tells its limits",
    "the device has no controls": NO_CONTROL,
    "not understood": "the terminal does not understand that",
    "there is no such fault": "no fault is called so; `yimen device fault` lists them",
    "there is no such recording": "no recording has this id; `yimen device recordings` lists them",
}


def _path(parts: tuple[str, ...]) -> str:
    """A route; no part of it can lead to another one."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
