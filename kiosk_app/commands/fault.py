"""``yimen fault``: turn a fault switch of the virtual hardware that runs."""

from __future__ import annotations

import argparse
from http import HTTPStatus
from typing import TYPE_CHECKING

from kiosk_app.api.guard import TOKEN_HEADER
from kiosk_app.commands.common import (
    CommandFailed,
    Commands,
    Exit,
    add_json,
    answering,
    show_json,
    terminal_of,
)
from kiosk_app.instance import Address

if TYPE_CHECKING:
    import httpx


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("fault", help="turn a fault of the virtual hardware on or off")
    parser.add_argument("name", nargs="?", help="without a name: list all, and which are on")
    parser.add_argument("state", nargs="?", choices=("on", "off"), default="on")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List the switches, or turn one."""
    address = terminal_of(arguments)
    if address is None:
        raise CommandFailed("no terminal is running: start it with `make run`")
    with answering(), _client(address) as client:
        if arguments.name is None:
            return _list(client, arguments.json)
        request = {"name": arguments.name, "on": arguments.state == "on"}
        answer = client.post("/api/virtual/fault", json=request)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise CommandFailed(f"no fault is called {arguments.name}; `yimen fault` lists them")
        _check(answer)
        if arguments.json:
            show_json(request)
        else:
            print(f"{arguments.name} is {arguments.state}")
    return Exit.DONE


def _list(client: httpx.Client, as_json: bool) -> int:
    faults = _check(client.get("/api/virtual/page")).json()["faults"]
    state = _check(client.get("/api/virtual/state")).json()
    parts = [*state["devices"].values(), state["register"], state["database"]]
    on = {name for part in parts for name in part["faults"]}
    rows = [
        {"name": each["name"], "device": each["device"], "on": each["name"] in on}
        for each in faults
    ]
    if as_json:
        show_json(rows)
        return Exit.DONE
    for row in rows:
        print(f"{'on ' if row['on'] else '   '} {row['name']:<38} {row['device']}")
    return Exit.DONE


def _client(address: Address) -> httpx.Client:
    import httpx

    return httpx.Client(
        base_url=address.url, headers={TOKEN_HEADER: address.token}, timeout=30, trust_env=False
    )


def _check(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise CommandFailed(f"the terminal answered {answer.status_code}: {answer.text[:200]}")
    return answer
