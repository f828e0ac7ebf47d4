"""A terminal that stops while pages are open: their streams end, and nothing is told as failed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pyotp

from kiosk_app.accounts.roles import Role
from kiosk_app.api.guard import SESSION_HEADER
from tests.stand import Stand

PASSWORD = "correct horse battery"
TECHNICIAN = "/api/technician"


def _log_in(stand: Stand, client: httpx.Client) -> str:
    bench = stand.running.workbench
    assert bench is not None
    assert bench.accounts is not None
    secret = bench.accounts.add("li", Role.TECHNICIAN, PASSWORD)
    body = {"name": "li", "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
    return str(client.post(f"{TECHNICIAN}/login", json=body).json()["session"])


class Page:
    """An open page: one stream, or a question asked again and again, until nobody answers."""

    def __init__(self, client: httpx.Client, path: str, *, again: bool = False) -> None:
        self.answers: list[int] = []
        self.broken: list[str] = []
        self.begun = threading.Event()
        self._client, self._path = client, path
        self.thread = threading.Thread(target=self._ask if again else self._stream)
        self.thread.start()

    def _stream(self) -> None:
        try:
            with self._client.stream("GET", self._path) as stream:
                self.answers.append(stream.status_code)
                self.begun.set()
                for _ in stream.iter_raw():
                    pass
        except httpx.HTTPError as error:
            self.broken.append(repr(error))

    def _ask(self) -> None:
        try:
            while True:
                self.answers.append(self._client.get(self._path).status_code)
                self.begun.set()
                time.sleep(0.02)
        except httpx.HTTPError:
            return


def test_pages_that_are_open_end_quietly(tmp_path: Path) -> None:
    with Stand(tmp_path / "run") as stand:
        client = stand.client()
        client.headers[SESSION_HEADER] = _log_in(stand, client)
        streams = [Page(client, f"{TECHNICIAN}/{each}") for each in ("events", "log")]
        streams.append(Page(client, "/api/citizen/frames"))
        asking = [
            Page(client, each, again=True) for each in ("/api/virtual/state", f"{TECHNICIAN}/state")
        ]
        assert all(each.begun.wait(20) for each in (*streams, *asking))
    for each in (*streams, *asking):
        each.thread.join(10)
    assert [each.answers for each in streams] == [[200]] * 3
    assert [each.broken for each in streams] == [[]] * 3
    assert {answer for each in asking for answer in each.answers} <= {200, 503}
    assert "request failed" not in stand.log
    assert "Traceback" not in stand.log
    assert "Cancel" not in stand.log
