"""How ``yimen device`` reaches a terminal: the one that runs, or the files of one that does not."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kiosk_app.accounts.sessions import CONSOLE_FILE
from kiosk_app.api.guard import SESSION_HEADER, TECHNICIAN
from kiosk_app.commands.common import CommandFailed, settings_of
from kiosk_app.instance import Address, running

if TYPE_CHECKING:
    import httpx


NEEDS_TERMINAL = "no terminal is running here: start it with `make run`"
LONGEST_S = 120.0


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
        """What a role is bound to."""
        ...

    def bind(
        self, role: str, driver: str, settings: dict[str, Any], uri: str | None, note: str
    ) -> dict[str, Any]:
        """Bind a role."""
        ...

    def unbind(self, role: str) -> dict[str, Any]:
        """Leave a role empty."""
        ...

    def roll_back(self, version: int) -> dict[str, Any]:
        """Go back to a version."""
        ...

    def test(self, role: str, test: str | None) -> dict[str, Any]:
        """Try a device."""
        ...

    def fault(self, name: str, on: bool) -> dict[str, Any]:
        """Turn a switch."""
        ...

    def record(self, role: str, on: bool) -> dict[str, Any]:
        """Begin or end a recording."""
        ...

    def recordings(self) -> list[dict[str, Any]]:
        """Every recording."""
        ...

    def replay(self, recording: str) -> dict[str, Any]:
        """Play a recording back."""
        ...


@contextmanager
def desk_for(arguments: argparse.Namespace) -> Iterator[Desk]:
    """The running terminal, or what can be done without one."""
    address = running(arguments.run_dir.absolute())
    if address is None:
        from kiosk_app.commands.device_files import Files

        yield Files(settings_of(arguments), virtual=arguments.virtual)
        return
    with _client(address, arguments.run_dir.absolute()) as client:
        yield Live(client)


def _client(address: Address, run_dir: Path) -> httpx.Client:
    import httpx

    try:
        session = (run_dir / CONSOLE_FILE).read_text(encoding="ascii")
    except OSError:
        raise CommandFailed("the terminal is getting ready: try again in a moment") from None
    return httpx.Client(
        base_url=f"{address.url}{TECHNICIAN}",
        headers={SESSION_HEADER: session},
        timeout=LONGEST_S,
        trust_env=False,
    )


class Live:
    """A terminal that runs."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def devices(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        names = ("role", "driver", "id", "model", "error", "restarts", "status", "tests")
        return [{name: each[name] for name in names} for each in self._get("state")["devices"]]

    def discover(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._ask("POST", "discover", {})["findings"]
        return found

    def history(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._get("history")
        return found

    def binding(self, role: str) -> dict[str, Any] | None:
        """See ``Desk``."""
        found: dict[str, Any] | None = self._get(f"drivers/{role}")["bound"]
        return found

    def bind(
        self, role: str, driver: str, settings: dict[str, Any], uri: str | None, note: str
    ) -> dict[str, Any]:
        """See ``Desk``."""
        body = {"driver": driver, "settings": settings, "uri": uri, "note": note}
        return self._ask("PUT", f"devices/{role}", body)

    def unbind(self, role: str) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("DELETE", f"devices/{role}", None)

    def roll_back(self, version: int) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("POST", "rollback", {"version": version})

    def test(self, role: str, test: str | None) -> dict[str, Any]:
        """See ``Desk``."""
        if test is None:
            tests: list[str] = next((d["tests"] for d in self.devices() if d["role"] == role), [])
            if not tests:
                raise CommandFailed(f"there is no test for {role}: nothing is bound to it")
            test = tests[0]
        return self._ask("POST", f"devices/{role}/test", {"test": test})

    def fault(self, name: str, on: bool) -> dict[str, Any]:
        """See ``Desk``."""
        self._ask("POST", "faults", {"name": name, "on": on})
        return {"name": name, "on": on}

    def record(self, role: str, on: bool) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("POST", f"devices/{role}/record", {"on": on})

    def recordings(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        found: list[dict[str, Any]] = self._get("recordings")
        return found

    def replay(self, recording: str) -> dict[str, Any]:
        """See ``Desk``."""
        return self._ask("POST", f"recordings/{recording}/replay", {})

    def _get(self, path: str) -> Any:
        return self._checked(self._client.get(f"/{path}")).json()

    def _ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        answer = self._checked(self._client.request(method, f"/{path}", json=body))
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if not answer.is_error:
            return answer
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and "places" in said:
            raise CommandFailed("; ".join(map(_place, said["places"])))
        why = said.get("error") or said.get("detail") or f"status {answer.status_code}"
        raise CommandFailed(_REASONS.get(why, f"the terminal refused: {why}"))


_REASONS = {
    "citizen-present": "a citizen is at the machine: wait, or close the terminal for maintenance",
    "nothing-changed": "that is how it is bound already",
    "version-unknown": "there is no such version; `yimen device history` lists them",
}


def _place(place: object) -> str:
    return f"{place['field']}: {place['says']}" if isinstance(place, dict) else str(place)
