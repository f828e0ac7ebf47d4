"""The technician's routes with the devices that the plainest errand does without."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import cv2
import httpx
import numpy as np
import pyotp
import pypdf
import pytest

from drivers.id_card.contract import CardKind
from drivers.imaging.files import UPLOAD_BYTES
from drivers.lights.contract import LightsStatus
from drivers.virtual.emrtd_people import holder
from drivers.virtual.residents import RESIDENTS, resident
from kiosk_app.accounts.roles import Role
from kiosk_app.api.guard import SESSION_HEADER
from kiosk_app.audit import AuditKind
from kiosk_app.desk import Outcome
from kiosk_app.devices import DOCUMENT_CAMERA, PRINTER, SOCIAL, TRAVEL
from kiosk_app.instance import only_one
from kiosk_app.stagehand import Stagehand
from kiosk_app.workbench.binder import TRIAL_S
from kiosk_app.workbench.rehearsals import DOCUMENTS
from tests.api.test_technician import (
    NOBODY,
    PASSWORD,
    READER,
    STAFF,
    TECHNICIAN,
    People,
    device,
    wait_for,
)
from tests.commands.console import told, yimen
from tests.stand import SERVICE, Stand

CAMERA, RECEIPTS, LIGHTS, CODES = "camera", "receipt-printer", "lights", "code-scanner"
SERIAL_CODES = "code-scanner-serial"
SCANNER = "document-scanner"
DEVICES = (SOCIAL, TRAVEL, CAMERA, RECEIPTS, LIGHTS, CODES, DOCUMENT_CAMERA, SCANNER)
FOREIGN = next(each.number for each in RESIDENTS if each.kind is not CardKind.RESIDENT)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    folder = tmp_path_factory.mktemp("bench") / "run"
    with Stand(folder, devices=(READER, PRINTER, *DEVICES)) as stand:
        found = People(stand, {}, {})
        assert found.bench.accounts is not None
        for role in (Role.STAFF, Role.TECHNICIAN):
            secret = found.bench.accounts.add(f"the-{role}", role, PASSWORD)
            code = pyotp.TOTP(secret).now()
            body = {"name": f"the-{role}", "password": PASSWORD, "code": code}
            with found.as_(NOBODY) as client:
                found.sessions[str(role)] = client.post("/login", json=body).json()["session"]
        for device_role in DEVICES:
            stand.run(found.bench.devices.ready(device_role, 20))
        yield found


@pytest.fixture
def client(people: People) -> Iterator[httpx.Client]:
    with people.as_(TECHNICIAN) as client:
        yield client


def switch(client: httpx.Client, fault: str, on: bool) -> None:
    assert client.post("/faults", json={"name": fault, "on": on}).status_code == 204


def tried(client: httpx.Client, role: str, test: str = "self-test") -> Any:
    return client.post(f"/devices/{role}/test", json={"test": test}).json()


def values(outcome: Any) -> dict[str, str]:
    return {
        each["label"] if isinstance(each["label"], str) else each["label"]["en"]: each["value"]
        for each in outcome["values"]
    }


def size(jpeg: bytes) -> tuple[int, ...]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    shape: tuple[int, ...] = picture.shape
    return shape


def test_a_social_security_card_is_read_without_showing_whose_it_is(
    people: People, client: httpx.Client
) -> None:
    person = resident(2)
    people.stand.run(people.stand.hands.act(SOCIAL, "place", {"resident": 2}))
    answer = client.post(f"/devices/{SOCIAL}/test", json={"test": "read-card"})
    people.stand.run(people.stand.hands.act(SOCIAL, "remove", {}))
    assert answer.json()["ok"] is True
    assert person.name not in answer.text
    assert person.id_number not in answer.text
    assert person.id_number[-4:] in answer.text


def test_a_travel_document_is_read_by_its_data_page_without_showing_whose_it_is(
    people: People, client: httpx.Client
) -> None:
    person, act = holder("passport"), people.stand.hands.act
    people.stand.run(act(DOCUMENT_CAMERA, "place", {"document": "passport"}))
    people.stand.run(act(TRAVEL, "place", {"document": "passport"}))
    answer = client.post(f"/devices/{TRAVEL}/test", json={"test": "read-document"})
    people.stand.run(act(TRAVEL, "remove", {}))
    people.stand.run(act(DOCUMENT_CAMERA, "place", {"page": 1}))
    assert answer.json()["ok"] is True, answer.text
    told = values(answer.json())
    assert told["Number"] == f"{person.key.number[:2]}*****{person.key.number[-2:]}"
    assert person.key.number not in answer.text
    assert told["Chip opened by"]


def test_each_light_is_lit_in_turn(people: People, client: httpx.Client) -> None:
    lights = people.stand.running.terminal.parts.devices.slot(LIGHTS)
    seen: list[frozenset[str]] = []
    with ThreadPoolExecutor(1) as running:
        trial = running.submit(tried, client, LIGHTS, "light-up")
        while not trial.done():
            told = cast(LightsStatus, lights.status()).lights.value
            lit = frozenset(name for name, rate in told.items() if rate != "off")
            if not seen or seen[-1] != lit:
                seen.append(lit)
            time.sleep(0.02)
        outcome = trial.result()
    assert outcome["ok"] is True
    single = [next(iter(lit)) for lit in seen if len(lit) == 1]
    assert len(set(single)) == len(outcome["values"]) >= 2, seen


def test_a_preview_ends_with_its_camera(people: People, client: httpx.Client) -> None:
    pictures: list[bytes] = []
    try:
        with client.stream("GET", f"/devices/{CAMERA}/preview") as stream:
            assert stream.headers["Content-Type"].startswith("multipart/x-mixed-replace")
            said, unplugged = b"", False
            for piece in stream.iter_bytes():
                *parts, said = (said + piece).split(b"--picture\r\n")
                pictures += [part.partition(b"\r\n\r\n")[2] for part in parts if part]
                if len(pictures) >= 3 and not unplugged:
                    unplugged = True
                    people.stand.run(people.stand.hands.set_fault("camera-unplugged", True))
        assert unplugged
        wait_for(client, lambda state: device(state, CAMERA)["error"] is not None)
    finally:
        people.stand.run(people.stand.hands.set_fault("camera-unplugged", False))
    assert len({size(each.removesuffix(b"\r\n")) for each in pictures[:3]}) == 1
    wait_for(client, lambda state: device(state, CAMERA)["tone"] == "good")


def test_a_picture_comes_with_what_was_measured(client: httpx.Client) -> None:
    outcome = tried(client, CAMERA, "picture")
    assert outcome["ok"] is True, outcome
    measured = values(outcome)
    answer = client.get(f"/pictures/{outcome['picture'].rpartition('/')[2]}")
    assert answer.headers["Content-Type"] == "image/jpeg"
    height, width, _ = size(answer.content)
    assert {str(width), str(height)} <= set(measured.values())
    assert len(measured) > 2


def made(client: httpx.Client, address: str) -> httpx.Response:
    return client.get(address.removeprefix("/api/technician"))


@pytest.mark.parametrize("role", [DOCUMENT_CAMERA, SCANNER])
def test_a_page_is_scanned_for_a_copy_and_for_an_upload(client: httpx.Client, role: str) -> None:
    copy, upload = (tried(client, role, each) for each in ("scan-copy", "scan-upload"))
    assert (copy["ok"], upload["ok"]) == (True, True), (copy, upload)
    assert values(copy)["Resolution (dpi)"] == "300"
    assert size(made(client, copy["picture"]).content)[1] == 2480
    assert values(upload)["Resolution (dpi)"] == "150"
    small = made(client, upload["picture"]).content
    assert size(small)[1] == 1240
    assert len(small) <= UPLOAD_BYTES
    assert copy["document"] is None


def test_pages_laid_one_after_the_other_become_one_document(
    people: People, client: httpx.Client
) -> None:
    hands = people.stand.hands
    try:
        outcome = tried(client, DOCUMENT_CAMERA, "scan-document")
        assert values(outcome)["Pages"] == "1", outcome
        people.stand.run(hands.act(DOCUMENT_CAMERA, "place", {"page": 2}))
        outcome = tried(client, DOCUMENT_CAMERA, "scan-document")
        people.stand.run(hands.act(DOCUMENT_CAMERA, "remove", {}))
        assert tried(client, DOCUMENT_CAMERA, "scan-document")["error"] == "page-not-found"
    finally:
        people.stand.run(hands.act(DOCUMENT_CAMERA, "place", {"page": 1}))
    assert values(outcome)["Pages"] == "2"
    answer = made(client, outcome["document"])
    assert answer.headers["Content-Type"] == "application/pdf"
    first, second = (each.images[0].data for each in pypdf.PdfReader(BytesIO(answer.content)).pages)
    assert first != second
    assert size(second) == size(made(client, outcome["picture"]).content)


def test_a_feeder_is_emptied_into_one_document_and_an_empty_one_says_so(
    people: People, client: httpx.Client
) -> None:
    outcome = tried(client, SCANNER, "scan-document")
    assert outcome["ok"], outcome
    pages = pypdf.PdfReader(BytesIO(made(client, outcome["document"]).content)).pages
    assert values(outcome)["Pages"] == str(len(pages)) == "10"
    switch(client, "document-scanner-feeder-empty", True)
    try:
        assert tried(client, SCANNER, "scan-document")["error"] == "feeder-empty"
    finally:
        switch(client, "document-scanner-feeder-empty", False)


def test_what_was_scanned_goes_when_the_technician_goes(people: People) -> None:
    with people.as_(TECHNICIAN) as client:
        picture = tried(client, DOCUMENT_CAMERA, "scan-copy")["picture"]
        assert made(client, picture).status_code == 200
        assert people.bench.accounts is not None
        account = people.bench.accounts.find(f"the-{TECHNICIAN}")
        assert account is not None
        headers = {SESSION_HEADER: people.bench.sessions.begin(account)}
        assert client.post("/logout", json={}, headers=headers).status_code == 204
        assert made(client, picture).status_code == 404


def test_what_a_test_made_is_saved_by_the_command_line_for_this_user_alone(
    people: People, tmp_path: Path
) -> None:
    folder, target = people.stand.folder, tmp_path / "pages.pdf"
    test = ("device", "test", DOCUMENT_CAMERA, "scan-document", "--save")
    with only_one(folder) as announce:
        announce(people.stand.running.address)
        assert told(folder, *test, str(target))["saved"] == str(target)
        done = yimen(folder, *test, str(tmp_path / "none" / "pages.pdf"))
    assert target.read_bytes().startswith(b"%PDF-")
    assert target.stat().st_mode & 0o777 == 0o600
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True)


def test_a_camera_is_set_and_its_pictures_follow(people: People, client: httpx.Client) -> None:
    offered = {each["name"]: each for each in client.get(f"/devices/{CAMERA}/controls").json()}
    before = values(tried(client, CAMERA, "picture"))
    exposure = offered["exposure"]
    assert exposure["minimum"] < 60 < exposure["value"] == exposure["default"]
    asked = {"name": "exposure", "value": 60}
    try:
        made = client.post(f"/devices/{CAMERA}/control", json=asked)
        assert made.json() == {**exposure, "value": 60}
        assert made.json() in client.get(f"/devices/{CAMERA}/controls").json()
        last = list(people.bench.audit.entries(AuditKind.UPKEEP))[-1].entry
        assert dict(last.details) == {"act": "control", "role": CAMERA, **asked}
        end = time.monotonic() + 10
        while True:
            dark = values(tried(client, CAMERA, "picture"))
            if float(dark.get("Brightness", 255)) < float(before["Brightness"]) / 2:
                break
            assert time.monotonic() < end
    finally:
        back = {"name": "exposure", "value": exposure["default"]}
        assert client.post(f"/devices/{CAMERA}/control", json=back).json() == exposure


def test_what_was_set_on_a_camera_is_kept_as_a_version(client: httpx.Client) -> None:
    before = client.get("/history").json()[0]["version"]
    asked = {"name": "exposure", "value": 60}
    assert client.post(f"/devices/{CAMERA}/control", json=asked).status_code == 200
    version = client.post(f"/devices/{CAMERA}/controls/keep", json={}).json()["version"]
    try:
        assert version == before + 1
        assert client.get(f"/drivers/{CAMERA}").json()["bound"]["settings"]["controls"] == {
            "exposure": 60
        }
        wait_for(client, lambda state: state["pending"] is None)
        newest = client.get("/history").json()[0]
        assert (newest["version"], newest["state"]) == (version, "active")
        again = client.post(f"/devices/{CAMERA}/controls/keep", json={})
        assert (again.status_code, again.json()) == (409, {"error": "nothing-changed"})
    finally:
        back = client.post("/rollback", json={"version": before})
        assert back.status_code == 200, back.text
        wait_for(client, lambda state: state["pending"] is None)
        wait_for(client, lambda state: device(state, CAMERA)["tone"] == "good")
    for each in client.get(f"/devices/{CAMERA}/controls").json():
        assert each["value"] == each["default"], "a version that is taken back leaves nothing"
    assert client.post(f"/devices/{LIGHTS}/controls/keep", json={}).status_code == 404


@pytest.mark.parametrize(
    ("role", "name", "value", "status", "error"),
    [
        (CAMERA, "exposure", 100_000, 422, "camera-control-refused"),
        (CAMERA, "focus", 1, 422, "camera-control-unknown"),
        (LIGHTS, "exposure", 1, 404, None),
        ("film-laminator", "exposure", 1, 404, None),
    ],
)
def test_what_a_device_does_not_take_is_refused(
    client: httpx.Client, role: str, name: str, value: int, status: int, error: str | None
) -> None:
    asked = {"name": name, "value": value}
    answer = client.post(f"/devices/{role}/control", json=asked)
    assert (answer.status_code, answer.json().get("error")) == (status, error)


def test_a_device_without_controls_has_none(client: httpx.Client) -> None:
    assert client.get(f"/devices/{LIGHTS}/controls").json() == []


@pytest.mark.parametrize("role", [RECEIPTS, LIGHTS])
def test_each_device_is_tried(people: People, client: httpx.Client, role: str) -> None:
    before = people.stand.run(people.stand.hands.state())["devices"][role]
    outcome = tried(client, role)
    assert outcome["ok"] is True, outcome
    after = people.stand.run(people.stand.hands.state())["devices"][role]
    grown = "printed_mm" if role == RECEIPTS else "turns"
    assert after[grown] != before[grown]


def test_a_code_that_is_shown_proves_the_scanner(people: People, client: httpx.Client) -> None:
    shown = {"text": "YIMEN-TEST-1"}
    with ThreadPoolExecutor(1) as pool:
        testing = pool.submit(tried, client, CODES)
        # What is shown before the scanner listens counts for nothing, so it is shown again.
        while not testing.done():
            people.stand.run(people.stand.hands.act(CODES, "scan", shown))
            time.sleep(0.2)
    outcome = testing.result()
    assert outcome["ok"] is True, outcome
    assert shown["text"] not in str(outcome)


def test_a_fault_opens_a_repair_that_closes_itself(client: httpx.Client) -> None:
    def open_for_receipts(state: Any) -> list[Any]:
        return [each for each in state["repairs"] if each["role"] == RECEIPTS]

    switch(client, "receipt-paper-out", True)
    try:
        state = wait_for(client, open_for_receipts, 10)
        assert open_for_receipts(state)[0]["steps"]
        assert tried(client, RECEIPTS)["ok"] is False
    finally:
        switch(client, "receipt-paper-out", False)
    wait_for(client, lambda state: not open_for_receipts(state), 15)


def test_what_is_used_up_is_told(client: httpx.Client) -> None:
    told = {each["role"]: each for each in client.get("/state").json()["consumables"]}
    assert PRINTER in told
    for each in told.values():
        assert {"zh", "en"} == set(each["what"])
        assert each["level"] is None or 0 <= each["level"] <= 1


def test_what_is_the_citizens_own_is_not_recorded_and_it_is_said_why(client: httpx.Client) -> None:
    rows = {each["role"]: each for each in client.get("/state").json()["devices"] if each["bound"]}
    own = {CAMERA: "face", DOCUMENT_CAMERA: "papers", SCANNER: "papers", PRINTER: "certificate"}
    assert {role for role, row in rows.items() if row["not_recorded"]} == own.keys()
    for role, what in own.items():
        why = rows[role]["not_recorded"]
        assert f"the citizen's own {what}" in why["en"]
        assert "遮掉就什么也不剩" in why["zh"]
        refused = client.post(f"/devices/{role}/record", json={"on": True})
        assert (refused.status_code, refused.json()["says"]) == (409, why)
    assert client.get("/recordings").json() == []


def test_every_bound_device_is_found_known(client: httpx.Client) -> None:
    findings = client.post("/discover", json={}).json()["findings"]
    known = {role for each in findings if each["state"] == "known" for role in each["roles"]}
    assert known == {READER, PRINTER, *DEVICES}
    for each in findings:
        assert each["state"] != "new" or (each["driver"] and each["roles"]), each
    assert [each["state"] for each in findings if each["driver"] == "cups"] == ["known"]


def test_a_device_is_bound_to_another_port_and_taken_back(
    people: People, client: httpx.Client
) -> None:
    binder = people.bench.binder
    before = client.get(f"/drivers/{CODES}").json()["bound"]
    offered = {each["driver"] for each in client.get(f"/drivers/{CODES}").json()["drivers"]}
    assert {SERIAL_CODES, "code-scanner-hid"} <= offered
    wrong = {"driver": "code-scanner-hid", "settings": {"device": "/dev/input/by-id/none"}}
    try:
        version = client.put(f"/devices/{CODES}", json=wrong).json()["version"]
        assert client.get("/state").json()["pending"]["version"] == version
        wait_for(client, lambda state: device(state, CODES)["error"] is not None)
        binder._clock = lambda: time.monotonic() + TRIAL_S + 1
        state = wait_for(client, lambda state: state["pending"] is None)
    finally:
        binder._clock = time.monotonic
    assert (state["version"], state["changed_by"]) == (version + 1, "automatic")
    assert client.get(f"/drivers/{CODES}").json()["bound"] == before
    wait_for(client, lambda state: device(state, CODES)["tone"] == "good")


def test_a_role_taken_away_is_bound_again_and_proves_itself(client: httpx.Client) -> None:
    bound = client.get(f"/drivers/{CODES}").json()["bound"]
    assert client.request("DELETE", f"/devices/{CODES}").status_code == 200
    wait_for(client, lambda state: not device(state, CODES)["bound"])
    version = client.put(f"/devices/{CODES}", json=bound).json()["version"]
    wait_for(client, lambda state: state["pending"] is None and device(state, CODES)["bound"])
    newest = client.get("/history").json()[0]
    assert (newest["version"], newest["state"]) == (version, "active")
    assert device(client.get("/state").json(), CODES)["tone"] == "good"


def test_an_errand_is_rehearsed_beside_the_terminal(people: People, client: httpx.Client) -> None:
    offered = client.get("/rehearsals").json()
    assert SERVICE in {each["id"] for each in offered["services"]}
    cards = {each["id"]: each for each in offered["cards"]}
    faults = {name: {each["name"] for each in card["faults"]} for name, card in cards.items()}
    assert "reader-silent" in faults["id-card"]
    assert "ssc-silent" not in faults["id-card"]
    assert "ssc-silent" in faults["social-card"]
    assert {each["id"] for each in cards["travel-document"]["documents"]} == set(DOCUMENTS)
    script = {"service": SERVICE, "card": "travel-document", "document": "taiwan-pass"}
    played = client.post("/rehearse", json=script, timeout=90).json()
    assert played["outcome"] == str(Outcome.PRINTED)
    assert all(step["ms"] >= 0 for step in played["steps"])
    assert played["steps"]
    assert played["serial"].startswith("YL-WF-")
    assert played["fault_says"] is None
    jammed = {"service": SERVICE, "fault": "printer-paper-jam"}
    played = client.post("/rehearse", json=jammed, timeout=90).json()
    assert (played["fault"], played["fault_says"]["zh"]) == ("paper-jammed", "打印机卡纸了")
    assert people.stand.running.terminal.quiet


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ({"service": "none"}, "service"),
        ({"resident": 99}, "resident"),
        ({"card": "social-card", "resident": FOREIGN}, "resident"),
        ({"document": "passport"}, "document"),
        ({"fault": "ssc-silent"}, "fault"),
        ({"card": "travel-document", "fault": "--help"}, "fault"),
    ],
)
def test_what_does_not_fit_is_not_rehearsed(
    client: httpx.Client, script: dict[str, Any], place: str
) -> None:
    answer = client.post("/rehearse", json={"service": SERVICE, **script})
    assert (answer.status_code, answer.json()["places"]) == (422, [place])


def test_maintenance_waits_for_the_citizen(people: People, client: httpx.Client) -> None:
    answers: list[str] = []

    async def close(hands: Stagehand, screen: Any) -> dict[str, Any]:
        asked = await asyncio.to_thread(client.post, "/maintenance", json={"on": True})
        answers.append(asked.json()["maintenance"])
        return {"action": "go", "way": "print"}

    try:
        played = people.stand.play(turns=[("review", close)])
        assert answers == ["enterPending"]
        assert played.report.outcome is Outcome.PRINTED
        assert played.shown("done") or played.shown("take")
        wait_for(client, lambda state: state["maintenance"] == "active")
    finally:
        client.post("/maintenance", json={"on": False})
    wait_for(client, lambda state: state["maintenance"] == "inactive")
    people.stand.recover()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"devices/{CAMERA}/preview", None),
        ("POST", f"devices/{CAMERA}/test", {"test": "picture"}),
        ("POST", f"devices/{RECEIPTS}/test", {"test": "self-test"}),
        ("PUT", f"devices/{CODES}", {"driver": SERIAL_CODES, "settings": {"port": "/dev/null"}}),
        ("DELETE", f"devices/{LIGHTS}", None),
        ("POST", "faults", {"name": "receipt-paper-out", "on": True}),
        ("POST", "rehearse", {"service": SERVICE}),
    ],
)
@pytest.mark.parametrize(("who", "status"), [(NOBODY, 401), (STAFF, 403)])
def test_staff_and_strangers_touch_no_device(
    people: People, method: str, path: str, body: Any, who: str, status: int
) -> None:
    with people.as_(who) as asking:
        assert asking.request(method, f"/{path}", json=body).status_code == status
