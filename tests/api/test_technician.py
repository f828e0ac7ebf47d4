"""The technician's routes over real HTTP: who may ask what, and what a change does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pyotp
import pytest
import structlog
from websockets.sync.client import connect

from drivers.virtual.residents import resident
from kiosk_app.accounts.book import FREE_TRIES
from kiosk_app.accounts.roles import Role
from kiosk_app.api.guard import RECORDING_KIND, SESSION_HEADER
from kiosk_app.audit import AuditKind
from kiosk_app.devices import ROLES
from kiosk_app.workbench.bench import Workbench
from kiosk_app.workbench.binder import TRIAL_S
from tests.stand import Stand

PASSWORD = "correct horse battery"
READER = "id-card-reader"
STAFF, TECHNICIAN, ADMIN, NOBODY = "staff", "technician", "admin", "nobody"

LOOK = {STAFF: True, TECHNICIAN: True, ADMIN: True, NOBODY: False}
WORK = {**LOOK, STAFF: False}
GOVERN = {**WORK, TECHNICIAN: False}
BIND = {"driver": "sam-v-serial", "settings": {"port": "/dev/null"}}
ROUTES: tuple[tuple[str, str, Any, dict[str, bool]], ...] = (
    ("GET", "state", None, LOOK),
    ("GET", "events", None, LOOK),
    ("GET", "history", None, LOOK),
    ("GET", "log", None, LOOK),
    ("POST", "repairs/none/act", {"act": "filled"}, LOOK),
    ("POST", "supplies/none/none/filled", {}, LOOK),
    ("POST", "copies/decide", {"serial": "none", "copy": 1, "decision": "void"}, LOOK),
    ("POST", "discover", {}, WORK),
    ("GET", f"drivers/{READER}", None, WORK),
    ("PUT", "devices/coffee-machine", BIND, WORK),
    ("DELETE", "devices/coffee-machine", None, WORK),
    ("POST", f"devices/{READER}/test", {"test": "none"}, WORK),
    ("GET", "devices/coffee-machine/preview", None, WORK),
    ("GET", "pictures/none", None, WORK),
    ("GET", "documents/none", None, WORK),
    ("GET", "devices/coffee-machine/controls", None, WORK),
    ("POST", "devices/coffee-machine/control", {"name": "focus", "value": 1}, WORK),
    ("POST", "devices/coffee-machine/controls/keep", {}, WORK),
    ("POST", "devices/coffee-machine/record", {"on": True}, WORK),
    ("GET", "recordings", None, WORK),
    ("POST", "recordings/none/replay", {}, WORK),
    ("POST", "replay", b"no recording", WORK),
    ("GET", "interop", None, WORK),
    ("PUT", "interop", {"on": False}, GOVERN),
    ("POST", "faults", {"name": "none", "on": True}, WORK),
    ("POST", "rollback", {"version": 999}, WORK),
    ("POST", "maintenance", {"on": False}, WORK),
    ("GET", "rehearsals", None, WORK),
    ("POST", "rehearse", {"service": "none"}, WORK),
)
"""Each route, a question that changes nothing, and who may ask."""


@dataclass
class People:
    """Who is logged in. ``as_``: a client with that person's session."""

    stand: Stand
    sessions: dict[str, str]
    secrets: dict[str, str]

    def as_(self, who: str) -> httpx.Client:
        headers = {SESSION_HEADER: self.sessions[who]} if who in self.sessions else {}
        address = f"{self.stand.running.address.url}/api/technician"
        return httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)

    @property
    def bench(self) -> Workbench:
        assert self.stand.running.workbench is not None
        return self.stand.running.workbench


@pytest.fixture(scope="module")
def people(running_stand: Stand) -> People:
    bench = running_stand.running.workbench
    assert bench is not None
    assert bench.accounts is not None
    found = People(running_stand, {}, {})
    for role in Role:
        secret = bench.accounts.add(f"the-{role}", role, PASSWORD)
        found.secrets[role] = secret
        code = pyotp.TOTP(secret).now()
        with found.as_(NOBODY) as client:
            body = {"name": f"the-{role}", "password": PASSWORD, "code": code}
            answer = client.post("/login", json=body)
        assert answer.json()["role"] == role
        found.sessions[role] = answer.json()["session"]
    return found


@pytest.fixture
def bound(people: People) -> Iterator[People]:
    """People whose test may bind: afterwards all is as it was, and the reader answers."""
    bench = people.bench
    before = dict(bench.binder.bindings)
    yield people
    clock = bench.binder._clock
    bench.binder._clock = time.monotonic
    if bench.binder.bindings != before:
        binding = before[READER]
        people.stand.run(bench.binder.bind(READER, binding, "the-test"))
    people.stand.run(bench.devices.ready(READER, 20))
    assert clock is not None


def wait_for(client: httpx.Client, fits: Callable[[Any], object], within_s: float = 20) -> Any:
    """The state, as soon as it fits."""
    end, state = time.monotonic() + within_s, None
    while time.monotonic() < end:
        state = client.get("/state").json()
        if fits(state):
            return state
        time.sleep(0.1)
    raise AssertionError(f"never so: {json.dumps(state)[:2000]}")


def device(state: Any, role: str = READER) -> Any:
    return next(each for each in state["devices"] if each["role"] == role)


def test_the_page_says_what_it_needs_before_anybody_is_in(people: People) -> None:
    with people.as_(NOBODY) as client:
        page = client.get("/page").json()
    assert page["virtual"] is True
    assert page["accounts"] is True
    assert page["terminal_id"] == people.stand.running.settings.terminal.id
    assert {"zh", "en"} == set(page["texts"]["login.enter"])


@pytest.mark.parametrize("who", [NOBODY, STAFF, TECHNICIAN, ADMIN])
@pytest.mark.parametrize(("method", "path", "body", "rights"), ROUTES)
def test_who_may_ask(
    people: People, who: str, method: str, path: str, body: Any, rights: dict[str, bool]
) -> None:
    with people.as_(who) as client:
        how = {"json": body}
        if isinstance(body, bytes):
            how = {"content": body, "headers": {"Content-Type": RECORDING_KIND}}
        request = client.build_request(method, f"/{path}", **how)
        answer = client.send(request, stream=True)
        answer.close()
    refused = answer.status_code in (401, 403)
    assert refused is not rights[who]
    if who == NOBODY:
        assert answer.status_code == 401
    assert answer.status_code < 500


def test_every_route_is_in_the_matrix(people: People) -> None:
    from kiosk_app.api.technician import technician_app

    running = people.stand.running
    app: Any = technician_app(
        running.terminal,
        lambda: running.workbench,
        lambda: running.health,
        running.settings.config / "texts",
    )
    shapes = {
        (method.upper(), len(path.strip("/").split("/")), path.strip("/").split("/")[0])
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    tried = {(m, len(path.split("/")), path.split("/")[0]) for m, path, _, _ in ROUTES}
    open_to_all = {("GET", 1, "page"), ("POST", 1, "login"), ("POST", 1, "logout")}
    assert shapes - open_to_all == tried


def test_neither_token_nor_guess_stands_in_for_a_session(people: People) -> None:
    token = people.stand.running.address.token
    with people.as_(NOBODY) as client:
        for value in ("", token, "x" * 43, "x" * 5000):
            answer = client.get("/state", headers={SESSION_HEADER: value})
            assert answer.status_code in (401, 422)
        answer = client.get("/state", headers={"X-Yimen-Token": token})
        assert answer.status_code == 401


def test_a_device_names_the_services_that_it_serves(people: People) -> None:
    with people.as_(STAFF) as client:
        rows = {each["role"]: each["used_by"] for each in client.get("/state").json()["devices"]}
    (printed,), (read,) = rows["document-printer"], rows[READER]
    assert printed == {"title": read["title"], "stops": True}
    assert read["stops"] is True
    assert rows["speaker"] == []


def test_a_session_is_no_launch_token(people: People) -> None:
    with people.as_(ADMIN) as client:
        url = f"{people.stand.running.address.url}/api/citizen/page"
        assert client.get(url).status_code == 403
        assert client.get(f"{url}/../../technician/../citizen/page").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
)
def test_other_pages_may_not_ask(people: People, headers: dict[str, str]) -> None:
    with people.as_(ADMIN) as client:
        answer = client.post("/maintenance", content=b'{"on": true}', headers=headers)
        assert answer.status_code in (403, 415, 421)
        assert client.get("/state").json()["maintenance"] == "inactive"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("login", b""),
        ("login", b"[]"),
        ("login", b'{"name": "a", "password": "b"}'),
        ("login", b'{"name": "' + b"a" * 100 + b'", "password": "b", "code": "1"}'),
        ("login", b'{"name": ["a"], "password": {"$ne": 1}, "code": 1}'),
        ("login", b'{"name": "a", "password": "b", "code": "1", "role": "admin"}'),
        ("rollback", b'{"version": -1}'),
        ("rollback", b'{"version": "1; DROP TABLE"}'),
        ("rollback", b'{"version": 1e400}'),
        ("maintenance", b'{"on": "perhaps"}'),
        ("maintenance", b"\xff\xfe"),
        ("faults", b'{"name": "' + b"x" * 65 + b'", "on": true}'),
        ("rehearse", b'{"service": "x", "resident": 0}'),
        ("rehearse", b'{"service": "x", "card": "bank-card"}'),
        ("rehearse", b'{"service": "x", "document": "../passport"}'),
        ("interop", b'{"on": true, "port": 65536}'),
        ("interop", b'{"on": true, "host": "0.0.0.0"}'),
        (f"devices/{READER}/test", b'{"test": "reset", "arguments": "rm -rf"}'),
        (f"devices/{READER}/test", b"[" * 30_000),
        ("copies/decide", b'{"serial": "none", "copy": 1, "decision": "shred"}'),
        ("copies/decide", b'{"serial": "none", "copy": true, "decision": "void"}'),
        ("copies/decide", b'{"serial": "none", "copy": 0, "decision": "void"}'),
        ("copies/decide", b'{"serial": "none", "copy": 1, "decision": "void", "by": "lin"}'),
        ("copies/decide", b'{"serial": "' + b"x" * 65 + b'", "copy": 1, "decision": "void"}'),
        ("discover", b'{"ports": ["/dev/sda"]}'),
        ("devices/camera/control", b'{"name": "focus"}'),
        ("devices/camera/control", b'{"name": "focus", "value": 1e3}'),
        ("devices/camera/control", b'{"name": "focus", "value": 2147483648}'),
        ("devices/camera/control", b'{"name": "../focus", "value": 1}'),
    ],
)
def test_hostile_bodies_are_not_understood(people: People, path: str, body: bytes) -> None:
    with people.as_(ADMIN) as client:
        headers = {"Content-Type": "application/json"}
        method = "PUT" if path == "interop" else "POST"
        answer = client.request(method, f"/{path}", content=body, headers=headers)
        assert answer.status_code in (400, 422)
        assert b"DROP" not in answer.content
        assert client.get("/state").status_code == 200


def test_a_used_code_does_not_let_in_again(people: People) -> None:
    bench = people.bench
    assert bench.accounts is not None
    secret = bench.accounts.add("once", Role.STAFF, PASSWORD)
    body = {"name": "once", "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
    with people.as_(NOBODY) as client:
        assert client.post("/login", json=body).status_code == 200
        again = client.post("/login", json=body)
    assert (again.status_code, again.json()) == (401, {"error": "refused"})


@pytest.mark.parametrize("name", ["guessed", "never-there"])
def test_guessing_is_stopped(people: People, name: str) -> None:
    bench = people.bench
    assert bench.accounts is not None
    secret = bench.accounts.add("guessed", Role.ADMIN, PASSWORD) if name == "guessed" else ""
    with people.as_(NOBODY) as client:
        guess = {"name": name, "password": "guess of somebody", "code": "123456"}
        for _ in range(FREE_TRIES - 1):
            answer = client.post("/login", json=guess)
            assert (answer.status_code, answer.json()) == (401, {"error": "refused"})
        answer = client.post("/login", json=guess)
        assert (answer.status_code, answer.json()) == (429, {"error": "locked", "seconds": 30})
        tries = len(list(bench.audit.entries(AuditKind.LOGIN)))
        code = pyotp.TOTP(secret).now() if secret else "123456"
        body = {"name": name, "password": PASSWORD, "code": code}
        locked = client.post("/login", json=body)
    assert locked.status_code == 429
    assert locked.json()["error"] == "locked"
    assert 0 < locked.json()["seconds"] <= 30
    audited = [each.entry for each in bench.audit.entries(AuditKind.LOGIN)]
    assert len(audited) == tries
    refused = [each.details["outcome"] for each in audited if each.actor == name]
    assert refused == (["refused"] * FREE_TRIES if name == "guessed" else [])


def test_logging_out_ends_the_session(people: People) -> None:
    bench = people.bench
    assert bench.accounts is not None
    secret = bench.accounts.add("leaving", Role.STAFF, PASSWORD)
    body = {"name": "leaving", "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
    with people.as_(NOBODY) as client:
        client.headers[SESSION_HEADER] = client.post("/login", json=body).json()["session"]
        with client.stream("GET", "/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: state"
            assert client.post("/logout", json={}).status_code == 204
            assert list(lines)[-1] == ""
        assert client.get("/history").status_code == 401


def test_logins_and_changes_are_audited_without_secrets(people: People) -> None:
    entries = [each.entry for each in people.bench.audit.entries(AuditKind.LOGIN)]
    acts = {(each.actor, each.details["outcome"]) for each in entries}
    assert ("the-technician", "in") in acts
    assert PASSWORD not in repr(entries)
    with people.as_(TECHNICIAN) as client:
        client.post("/maintenance", json={"on": False})
    last = list(people.bench.audit.entries(AuditKind.UPKEEP))[-1].entry
    assert (last.actor, last.details["act"]) == ("the-technician", "maintenance")


def test_each_reading_has_a_source_and_an_age(people: People) -> None:
    with people.as_(STAFF) as client:
        state = wait_for(client, lambda now: device(now)["tone"] == "good")
    assert [each["role"] for each in state["devices"]] == list(ROLES)
    reader = device(state)
    assert (reader["driver"], reader["bound"]) == ("sam-v-serial", True)
    assert reader["id"].endswith(READER)
    assert reader["tests"][0] == "read-card"
    assert "reset" in reader["tests"]
    assert {"value", "source", "age_s"} == set(reader["status"]["device"])
    assert reader["status"]["device"]["source"] == "sensor"
    assert {"name", "title", "on", "once"} == set(reader["faults"][0])
    assert [each["id"] for each in state["services"]]
    assert state["pending"] is None


def test_what_changes_comes_by_itself(people: People) -> None:
    hands = people.stand.hands
    with people.as_(STAFF) as client, client.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        states = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
        first = next(states)
        assert not any(each["on"] for each in device(first)["faults"])
        people.stand.run(hands.set_fault("reader-slow", True))
        try:
            changed = next(
                state for state in states if any(f["on"] for f in device(state)["faults"])
            )
        finally:
            people.stand.run(hands.set_fault("reader-slow", False))
    assert [each["name"] for each in device(changed)["faults"] if each["on"]] == ["reader-slow"]


def test_a_driver_tells_what_it_wants(people: People) -> None:
    with people.as_(TECHNICIAN) as client:
        found = client.get(f"/drivers/{READER}").json()
        wrong = {"driver": "sam-v-serial", "settings": {"port": 7, "speed": 1}}
        answer = client.put(f"/devices/{READER}", json=wrong)
        unfit = client.put(f"/devices/{READER}", json={"driver": "cups", "settings": {}})
    schema = next(d["schema"] for d in found["drivers"] if d["driver"] == "sam-v-serial")
    assert schema["properties"]["port"]["title"] == "Serial port"
    assert found["bound"]["driver"] == "sam-v-serial"
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["places"]} == {"port", "speed"}
    assert unfit.json()["places"][0]["field"] == "driver"


def test_a_setting_is_changed_proved_and_taken_back(bound: People) -> None:
    with bound.as_(TECHNICIAN) as client:
        now = client.get(f"/drivers/{READER}").json()["bound"]
        slower = {**now, "settings": {**now["settings"], "poll_interval_s": 0.5}, "note": "slow"}
        version = client.put(f"/devices/{READER}", json=slower).json()["version"]
        again = client.put(f"/devices/{READER}", json=slower)
        assert (again.status_code, again.json()) == (409, {"error": "nothing-changed"})
        assert client.get("/state").json()["pending"]["version"] == version
        wait_for(client, lambda state: state["pending"] is None)
        newest = client.get("/history").json()[0]
        assert (newest["version"], newest["author"], newest["state"], newest["summary"]) == (
            version,
            "the-technician",
            "active",
            {"zh": "slow", "en": "slow"},
        )
        (change,) = newest["changes"]
        assert change == {
            "place": f"{READER}.settings.poll_interval_s",
            "before": "0.3",
            "after": "0.5",
        }
        back = client.post("/rollback", json={"version": version - 1}).json()["version"]
        assert back == version + 1
        states = [each["state"] for each in client.get("/history").json()[:2]]
        assert states == ["probation", "rolled-back"]
        assert client.get(f"/drivers/{READER}").json()["bound"] == now


def test_a_change_does_not_undo_what_somebody_else_changed_meanwhile(bound: People) -> None:
    with bound.as_(TECHNICIAN) as hers, bound.as_(ADMIN) as his:
        seen = hers.get(f"/drivers/{READER}").json()
        assert seen["version"] == his.get(f"/drivers/{READER}").json()["version"]
        settings = seen["bound"]["settings"]

        def put(client: httpx.Client, since: int | None, **changed: object) -> httpx.Response:
            body = {"driver": "sam-v-serial", "settings": {**settings, **changed}, "since": since}
            return client.put(f"/devices/{READER}", json=body)

        first = put(his, seen["version"], poll_interval_s=0.5)
        late = put(hers, seen["version"], photo_mode=2)
        assert (first.status_code, late.status_code) == (200, 409)
        by = {"version": first.json()["version"], "author": "the-admin"}
        assert late.json() == {"error": "changed-meanwhile", **by}
        found = hers.get(f"/drivers/{READER}").json()
        assert found["bound"]["settings"]["poll_interval_s"] == 0.5
        gone = hers.request(
            "DELETE", f"/devices/{READER}", json={"since": first.json()["version"] - 1}
        )
        assert (gone.status_code, gone.json()) == (409, {"error": "changed-meanwhile", **by})
        assert hers.request("DELETE", f"/devices/{READER}", json={"since": -1}).status_code == 422
        assert put(hers, found["version"], poll_interval_s=0.5, photo_mode=2).status_code == 200


def test_what_a_driver_does_not_take_is_said_in_both_languages(people: People) -> None:
    with people.as_(TECHNICIAN) as client:
        body = {"driver": "sam-v-serial", "settings": {"port": "/dev/null", "baud": 9}}
        answer = client.put(f"/devices/{READER}", json=body)
    assert answer.status_code == 422
    says = {"zh": "不能小于 9600", "en": "Must not be below 9600"}
    place = {"field": "baud", "kind": "greater_than_equal", "says": says}
    assert answer.json() == {"error": "settings", "places": [place]}


def test_going_back_is_told_before_it_is_done(bound: People) -> None:
    with bound.as_(TECHNICIAN) as client:
        before = client.get(f"/drivers/{READER}").json()
        settings = {**before["bound"]["settings"], "poll_interval_s": 0.7}
        body = {"driver": "sam-v-serial", "settings": settings}
        assert client.put(f"/devices/{READER}", json=body).status_code == 200
        rows = {each["version"]: each for each in client.get("/history").json()}
        (change,) = rows[before["version"]]["back"]
        assert change["place"] == f"{READER}.settings.poll_interval_s"
        assert change["before"] == "0.7"
        assert rows[max(rows)]["back"] == []


def test_a_change_on_trial_tells_its_way_back_and_takes_it_at_once(bound: People) -> None:
    with bound.as_(TECHNICIAN) as client:
        wait_for(client, lambda state: state["pending"] is None)
        before = client.get(f"/drivers/{READER}").json()
        wrong = {"driver": "sam-v-serial", "settings": {"port": "/dev/serial/by-id/none"}}
        client.put(f"/devices/{READER}", json=wrong)
        back = client.get("/state").json()["pending"]["back"]
        assert back == before["version"]
        assert client.post("/rollback", json={"version": back}).status_code == 200
        assert client.get(f"/drivers/{READER}").json()["bound"] == before["bound"]
        pending = client.get("/state").json()["pending"]
        assert pending is None or pending["back"] is None
        state = wait_for(client, lambda state: state["pending"] is None)
        assert device(state)["tone"] == "good"


def test_a_device_that_does_not_come_up_goes_back_by_itself(bound: People) -> None:
    binder = bound.bench.binder
    with bound.as_(TECHNICIAN) as client:
        wait_for(client, lambda state: state["pending"] is None)
        before = client.get(f"/drivers/{READER}").json()["bound"]
        wrong = {"driver": "sam-v-serial", "settings": {"port": "/dev/serial/by-id/none"}}
        version = client.put(f"/devices/{READER}", json=wrong).json()["version"]
        wait_for(client, lambda state: device(state)["error"] == "reader-absent")
        binder._clock = lambda: time.monotonic() + TRIAL_S + 1
        state = wait_for(client, lambda state: state["pending"] is None)
        assert (state["version"], state["changed_by"]) == (version + 1, "automatic")
        newest, failed = client.get("/history").json()[:2]
        assert failed["state"] == "rolled-back"
        assert "（没有找到）" in newest["summary"]["zh"]
        told = state["taken_back"]
        assert (told["version"], told["undone"]) == (version + 1, [version])
        assert (told["authors"], told["summary"]) == (["the-technician"], newest["summary"])
        (change,) = (each for each in told["changes"] if each["place"].endswith(".port"))
        assert change["before"] == "/dev/serial/by-id/none"
        assert change["after"] == before["settings"]["port"]
        assert client.get(f"/drivers/{READER}").json()["bound"] == before
        wait_for(client, lambda state: device(state)["tone"] == "good")
    audited = list(bound.bench.audit.entries(AuditKind.UPKEEP))[-1].entry
    assert (audited.actor, audited.details["act"]) == ("automatic", "taken-back")


def test_a_role_is_left_empty_and_bound_again(bound: People) -> None:
    with bound.as_(TECHNICIAN) as client:
        before = client.get(f"/drivers/{READER}").json()["bound"]
        client.request("DELETE", f"/devices/{READER}")
        state = wait_for(client, lambda state: not device(state)["bound"])
        assert state["pending"] is None
        findings = client.post("/discover", json={}).json()["findings"]
        offered = next(each for each in findings if each["roles"] == [READER])
        assert (offered["state"], offered["driver"]) == ("new", "sam-v-serial")
        binding = {"driver": offered["driver"], "settings": offered["settings"]}
        client.put(f"/devices/{READER}", json=binding)
        wait_for(client, lambda state: state["pending"] is None)
        after = client.get(f"/drivers/{READER}").json()["bound"]
        assert after["settings"]["port"] == before["settings"]["port"]


def test_a_card_is_read_without_showing_whose_it_is(people: People) -> None:
    person = resident(3)
    people.stand.run(people.stand.hands.act(READER, "place", {"resident": 3}))
    try:
        with people.as_(TECHNICIAN) as client:
            answer = client.post(f"/devices/{READER}/test", json={"test": "read-card"})
    finally:
        people.stand.run(people.stand.hands.act(READER, "remove", {}))
    assert answer.json()["ok"] is True
    assert person.name not in answer.text
    assert person.id_number not in answer.text
    assert person.id_number[-4:] in answer.text


def test_a_page_is_printed_counted_and_is_no_certificate(people: People) -> None:
    office = people.stand.running.terminal.parts.office
    assert office is not None
    before = people.stand.run(_copies(office))
    with people.as_(TECHNICIAN) as client:
        tested = client.post("/devices/document-printer/test", json={"test": "test-page"}).json()
    values = {
        each["label"] if isinstance(each["label"], str) else each["label"]["en"]: each["value"]
        for each in tested["values"]
    }
    assert tested["ok"] is True, values
    counted = [int(value) for value in values.values() if value.isdigit()]
    assert 1 in counted
    assert people.stand.run(_copies(office)) == before
    people.stand.run(people.stand.hands.act("document-printer", "take", {}))
    assert not list((people.stand.folder / "tests").glob("*"))


async def _copies(office: Any) -> int:
    from kiosk_app.issuing.states import CopyState

    return len(await office.copies(CopyState))


def test_a_test_of_a_device_that_is_away_says_why(people: People) -> None:
    hands = people.stand.hands
    people.stand.run(hands.set_fault("reader-unplugged", True))
    try:
        with people.as_(TECHNICIAN) as client:
            wait_for(client, lambda state: device(state)["error"] is not None)
            body = {"test": "read-card"}
            tested = client.post(f"/devices/{READER}/test", json=body).json()
            assert (tested["ok"], tested["error"]) == (False, "reader-absent")
            missing = next(
                each
                for each in client.post("/discover", json={}).json()["findings"]
                if each["roles"] == [READER]
            )
            assert missing["state"] == "missing"
            state = wait_for(client, lambda state: state["repairs"])
            repair = next(each for each in state["repairs"] if each["role"] == READER)
        with people.as_(STAFF) as client:
            body = {"act": "test"}
            assert client.post(f"/repairs/{repair['id']}/act", json=body).status_code == 403
    finally:
        people.stand.run(hands.set_fault("reader-unplugged", False))
        people.stand.run(people.bench.devices.ready(READER, 20))


def test_staff_say_that_a_tray_was_filled(people: People) -> None:
    hands = people.stand.hands

    def printers(state: Any) -> list[Any]:
        return [each for each in state["repairs"] if each["role"] == "document-printer"]

    def supply(state: Any) -> Any:
        return next(each for each in state["consumables"] if each["supply"] == "paper")

    people.stand.run(hands.set_fault("printer-paper-out", True))
    try:
        with people.as_(STAFF) as client:
            state = wait_for(client, printers)
            (repair,) = printers(state)
            assert repair["action"] == "clear"
            acts = [step["button"]["act"] for step in repair["steps"] if step["button"]]
            assert acts == ["filled"]
            path = f"/repairs/{repair['id']}/act"
            answer = client.post(path, json={"act": "filled"}).json()
            assert (answer["ok"], "还报告用完" in answer["says"]["zh"]) == (False, True)
            assert client.post(path, json={"act": "explode"}).status_code == 404
    finally:
        people.stand.run(hands.set_fault("printer-paper-out", False))
    with people.as_(STAFF) as client:
        wait_for(client, lambda state: not printers(state))
        answer = client.post("/supplies/document-printer/paper/filled", json={}).json()
        assert answer["ok"] is True
        state = wait_for(client, lambda state: supply(state)["level"] == 1.0)
        assert supply(state)["filled"]["zh"] == "纸加好了"
        assert client.post("/supplies/document-printer/tea/filled", json={}).status_code == 404


def test_a_wire_is_recorded_and_played_back(people: People) -> None:
    person = resident(2)
    with people.as_(TECHNICIAN) as client:
        begun = client.post(f"/devices/{READER}/record", json={"on": True}).json()["recording"]
        rows = client.get("/state").json()["devices"]
        can = {each["role"]: (each["not_recorded"], each["recording"]) for each in rows}
        why = can["document-printer"][0]
        assert (can[READER], can["document-printer"]) == ((None, True), (why, False))
        assert "the citizen's own certificate" in why["en"]
        refused = client.post("/devices/document-printer/record", json={"on": True})
        assert (refused.status_code, refused.json()) == (
            409,
            {"error": "not-recordable", "says": why},
        )
        people.stand.run(people.stand.hands.act(READER, "place", {"resident": 2}))
        client.post(f"/devices/{READER}/test", json={"test": "read-card"})
        people.stand.run(people.stand.hands.act(READER, "remove", {}))
        ended = client.post(f"/devices/{READER}/record", json={"on": False}).json()
        assert ended == {"recording": None, "ended": begun}
        listed = client.get("/recordings").json()
        assert [(each["id"], each["role"]) for each in listed] == [(begun, READER)]
        played = client.post(f"/recordings/{begun}/replay", json={}).json()
        assert (played["ok"], played["error"]) == (True, None)
        for name in ("..%2F..%2Fterminal.lock", f"{begun}x", "x--20260101T000000-00000000"):
            assert client.post(f"/recordings/{name}/replay", json={}).status_code == 404
    written = people.bench.recordings.path(begun).read_text()
    assert person.id_number.encode("utf-16-le").hex() not in written
    assert person.name.encode("utf-16-le").hex() not in written


def test_maintenance_closes_the_terminal_to_citizens(people: People) -> None:
    stage = people.stand.running.terminal.stage
    with people.as_(TECHNICIAN) as client:
        client.post("/maintenance", json={"on": True})
        try:
            wait_for(client, lambda state: state["maintenance"] == "active")
            assert stage.frame is not None
            assert stage.frame.screen.kind == "out-of-service"
        finally:
            client.post("/maintenance", json={"on": False})
        wait_for(client, lambda state: state["maintenance"] == "inactive")
    people.stand.recover()


def test_interop_is_switched_on_and_off_while_the_terminal_runs(people: People) -> None:
    token = people.stand.running.address.token
    with people.as_(ADMIN) as admin, people.as_(TECHNICIAN) as technician:
        before = admin.get("/interop").json()
        assert (before["on"], before["open"], before["identities"]) == (False, False, False)
        body = {"on": True, "port": 0, "identities": True, "note": "the laboratory"}
        version = admin.put("/interop", json=body).json()["version"]
        try:
            state = technician.get("/state").json()
            assert (state["interop"]["open"], state["interop"]["error"]) == (True, None)
            assert state["interop"]["identities"] is True
            with connect(
                state["interop"]["address"], additional_headers={"X-Yimen-Token": token}
            ) as socket:
                head = {"name": "ServicePublisher.GetServices", "requestId": 1, "type": "command"}
                socket.send(json.dumps({"header": {**head, "version": "2.0"}, "payload": {}}))
                messages = [json.loads(socket.recv(10)) for _ in range(2)]
            services = messages[-1]["payload"]["services"]
            assert any(each["serviceURI"].endswith("/CardReader") for each in services)
            wait_for(technician, lambda now: now["pending"] is None)
            newest = technician.get("/history").json()[0]
            assert (newest["version"], newest["author"]) == (version, "the-admin")
            enabled = {"place": "interop.settings.enabled", "before": "false", "after": "true"}
            assert enabled in newest["changes"]
            assert "interop.settings.identities" in {each["place"] for each in newest["changes"]}
            barred = technician.post("/rollback", json={"version": version - 1})
            assert (barred.status_code, barred.json()["error"]) == (403, "not-allowed")
            allowed = {
                each["version"]: each["allowed"] for each in technician.get("/history").json()
            }
            assert (allowed[version], allowed[version - 1]) == (True, False)
        finally:
            back = admin.post("/rollback", json={"version": version - 1})
        assert back.json() == {"version": version + 1}
        wait_for(admin, lambda now: not now["interop"]["open"] and now["pending"] is None)
    acts = [dict(each.entry.details) for each in people.bench.audit.entries(AuditKind.UPKEEP)]
    assert {"act": "interop", "on": 1, "identities": 1, "version": version} in acts


def test_a_citizens_devices_are_left_alone(people: People) -> None:
    terminal = people.stand.running.terminal
    people.stand.recover()
    with people.stand.client() as citizen, people.as_(TECHNICIAN) as client:
        assert terminal.stage.frame is not None
        shown = terminal.stage.frame.screen
        start = {"screen": shown.id, "action": "start", "service": "no-housing-certificate"}
        assert citizen.post("/api/citizen/answers", json=start).json()["accepted"]
        wait_for(client, lambda _: not terminal.quiet)
        for method, path, body in (
            ("PUT", f"/devices/{READER}", BIND),
            ("DELETE", f"/devices/{READER}", None),
            ("POST", f"/devices/{READER}/test", {"test": "reset"}),
            ("POST", "/rollback", {"version": 1}),
        ):
            answer = client.request(method, path, json=body)
            assert (answer.status_code, answer.json()) == (409, {"error": "citizen-present"})
        client.post("/maintenance", json={"on": True})
        assert client.get("/state").json()["maintenance"] == "enterPending"
        client.post("/maintenance", json={"on": False})
        frame = terminal.stage.frame
        assert frame is not None
        citizen.post("/api/citizen/answers", json={"screen": frame.screen.id, "action": "leave"})
        wait_for(client, lambda _: terminal.quiet)


def test_the_log_comes_line_by_line_without_anybody_in_it(people: People) -> None:
    structlog.get_logger().warning("a line", who="李秀兰", code="card-pulled")
    with people.as_(STAFF) as client, client.stream("GET", "/log") as stream:
        line = next(line for line in stream.iter_lines() if line.startswith("data: "))
    assert {"at", "level", "event", "fields"} == set(json.loads(line[6:]))
    assert "李秀兰" not in line
