"""``yimen device`` and ``yimen account`` as a technician uses them, in processes of their own."""

from __future__ import annotations

import json
import os
import pty
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from drivers.virtual.residents import resident
from kiosk_app.accounts.roles import Role
from kiosk_app.accounts.sessions import CONSOLE_FILE
from kiosk_app.audit import AuditKind
from kiosk_app.devices import READER, ROLES
from kiosk_app.instance import Address, only_one
from kiosk_app.workbench.bench import account_book
from tests.commands.console import ROOT, told, yimen
from tests.stand import Stand

PASSWORD = "correct horse battery"


def test_bindings_are_changed_where_no_terminal_runs(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    rows = told(folder, "device", "list")
    assert [row["role"] for row in rows] == list(ROLES)
    assert rows[0]["driver"] == "sam-v-serial"
    assert told(folder, "device", "history") == []
    made = told(folder, "device", "set", READER, "port=/dev/ttyS0", "baud=9600", "--note", "old")
    assert made["version"] == 2
    reader = told(folder, "device", "list")[0]
    assert (reader["driver"], reader["id"]) == ("sam-v-serial", "/dev/ttyS0")
    newest = told(folder, "device", "history")[0]
    assert (newest["state"], newest["summary"]) == ("probation", {"zh": "old", "en": "old"})
    assert {each["place"] for each in newest["changes"]} == {
        f"{READER}.settings.baud",
        f"{READER}.settings.port",
    }
    for late in (("unbind", READER), ("set", READER, "baud=19200")):
        refused = yimen(folder, "device", *late, "--since", "1")
        assert (refused.returncode, "changed it meanwhile: version 2" in refused.stderr) == (
            1,
            True,
        )
    assert told(folder, "device", "rollback", "1")["version"] == 3
    third, second, first = told(folder, "device", "history")
    assert second["state"] == "rolled-back"
    assert third["summary"] == {"zh": "退回到第 1 版", "en": "Back to version 1"}
    assert [each["same_as_now"] for each in (third, second, first)] == [True, False, True]
    done = yimen(folder, "device", "rollback", "1")
    assert (done.returncode, "would change nothing" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("set", READER, "baud=1"), 1, "baud: "),
        (("set", READER, "colour=red"), 1, "colour: "),
        (("set", "coffee-machine", "a=b"), 2, "no role is called"),
        (("set", "lights", "a=b"), 1, "no device is bound"),
        (("bind", "coffee-machine", "cups"), 2, "no role is called"),
        (("bind", READER, "cups"), 1, "driver: This driver does not fit"),
        (("bind", "camera", "camera"), 1, "device is missing: add device=VALUE"),
        (("bind", "document-printer", "cups"), 1, "uri: "),
        (("unbind", "../rollback"), 2, "no role is called"),
        (("rollback", "7"), 1, "no version 7"),
        (("rollback", "0"), 2, "from 1 on"),
        (("test", READER), 1, "no terminal is running"),
        (("fault",), 1, "no terminal is running"),
        (("interop", "--port", "1"), 2, "say on or off"),
        (("interop", "--identities", "on"), 2, "say on or off"),
        (("interop", "on", "--port", "70000"), 2, "from 0 to 65535"),
        (("interop", "off"), 1, "it is so already"),
        (("control", "camera"), 1, "no terminal is running"),
        (("control", "camera", "focus"), 2, "name a value"),
        (("replay", "none"), 2, "no recording"),
        (("replay", "/dev/zero"), 2, "no recording"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    tmp_path: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = yimen(tmp_path / "run", "device", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    (line,) = done.stderr.splitlines()
    assert says in line


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("device", "set", READER, "baud=1"), 1, "baud: Must not be below 9600"),
        (("device", "dance"), 2, "invalid choice"),
        (("device", "bind"), 2, "required: role, driver"),
        (("device", "record", READER), 2, "required: state"),
        (("device", "rollback", "7"), 1, "no version 7"),
        (("device", "test", READER), 1, "no terminal is running"),
        (("device", "replay", "none", "--keep"), 2, "no recording"),
        (("account", "add", "xi", "--role", "admin", "--password-file", "/none"), 2, "cannot be"),
        (("account", "add", "X", "--role", "admin"), 1, "small letters"),
        (("account", "reset", "nobody"), 1, "no account nobody"),
        (("verify", "/none"), 2, ""),
        (("fault", "printer-paper-jam"), 1, "no terminal is running"),
    ],
)
def test_what_goes_wrong_is_json_where_that_was_asked_for(
    tmp_path: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = yimen(tmp_path / "run", *arguments, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"]) == (status, status)
    assert says in told["error"]
    assert told["error"] in done.stderr


def test_each_place_that_is_refused_is_told_in_both_languages(tmp_path: Path) -> None:
    done = yimen(tmp_path / "run", "device", "set", READER, "baud=fast", "--json")
    (place,) = json.loads(done.stdout)["places"]
    assert (place["field"], place["kind"]) == ("baud", "int_parsing")
    assert place["says"] == {"zh": "请填整数", "en": "Must be a whole number"}


def test_a_terminal_that_is_not_there_yet_is_not_worked_around(tmp_path: Path) -> None:
    """Its versions must not change under its hands while it starts."""
    with only_one(tmp_path):
        done = yimen(tmp_path, "device", "set", READER, "baud=9600", "--json")
    assert (done.returncode, "starting or stopping" in done.stderr) == (1, True)
    assert told(tmp_path, "device", "history") == []


def test_a_terminal_that_has_stopped_answering_is_told(tmp_path: Path) -> None:
    with only_one(tmp_path) as announce:
        announce(Address(url="http://127.0.0.1:9", token="t", pid=1))
        (tmp_path / CONSOLE_FILE).write_text("session")
        done = yimen(tmp_path, "device", "list", "--json")
    assert (done.returncode, "stopped answering" in json.loads(done.stdout)["error"]) == (1, True)


def test_interop_is_switched_where_no_terminal_runs(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    turned = told(folder, "device", "interop", "on", "--note", "laboratory")
    assert (turned["version"], turned["on"], turned["open"]) == (2, True, False)
    assert (turned["identities"], told(folder, "device", "interop")["on"]) == (False, True)
    assert told(folder, "device", "history")[0]["changes"] == [
        {"place": "interop.settings.enabled", "before": "false", "after": "true"}
    ]
    allowed = told(folder, "device", "interop", "on", "--identities", "on")
    assert (allowed["version"], allowed["identities"]) == (3, True)
    assert told(folder, "device", "interop", "on", "--port", "5847")["identities"] is True
    assert told(folder, "device", "rollback", "1")["version"] == 5
    assert told(folder, "device", "interop")["on"] is False
    assert [row["role"] for row in told(folder, "device", "list")] == list(ROLES)


def test_nobody_is_asked_where_no_terminal_runs(tmp_path: Path) -> None:
    done = yimen(tmp_path / "run", "device", "list")
    assert (done.returncode, "no device was asked" in done.stderr) == (0, True)
    assert READER in done.stdout


@pytest.fixture(scope="module")
def folder(running_stand: Stand) -> Iterator[Path]:
    """The run folder of a terminal that runs."""
    with only_one(running_stand.folder) as announce:
        announce(running_stand.running.address)
        yield running_stand.folder


def test_a_running_terminal_is_asked(folder: Path, running_stand: Stand) -> None:
    bench = running_stand.running.workbench
    assert bench is not None
    running_stand.run(bench.devices.ready(READER, 20))
    reader = told(folder, "device", "list")[0]
    assert (reader["role"], reader["driver"]) == (READER, "sam-v-serial")
    assert set(reader["status"]["device"]) == {"value", "source", "age_s"}
    known = [each for each in told(folder, "device", "discover") if each["state"] == "known"]
    assert READER in {each["roles"][0] for each in known}
    assert told(folder, "device", "history")[-1]["version"] == 1


def test_a_setting_is_changed_while_it_runs(folder: Path, running_stand: Stand) -> None:
    bench = running_stand.running.workbench
    assert bench is not None
    before = dict(bench.binder.bindings)
    version = told(folder, "device", "set", READER, "poll_interval_s=0.4")["version"]
    assert bench.binder.bindings[READER].settings["poll_interval_s"] == 0.4
    assert told(folder, "device", "rollback", str(version - 1))["version"] == version + 1
    assert bench.binder.bindings == before
    done = yimen(folder, "device", "set", READER, "baud=5")
    assert (done.returncode, "baud" in done.stderr) == (1, True)
    running_stand.run(bench.devices.ready(READER, 20))


def test_interop_is_switched_while_it_runs(folder: Path, running_stand: Stand) -> None:
    bench = running_stand.running.workbench
    assert bench is not None
    try:
        turned = told(folder, "device", "interop", "on", "--port", "0")
        assert (turned["on"], turned["open"], turned["error"]) == (True, True, None)
        assert turned["address"].startswith(f"ws://127.0.0.1:{bench.door.port}/")
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = yimen(folder, "device", "interop", "on", "--port", str(port))
            assert (done.returncode, done.stdout) == (1, "")
            assert f"port {port} is taken" in done.stderr
            assert "--port" in done.stderr
    finally:
        told(folder, "device", "interop", "off", "--port", "5846")
    assert (bench.door.as_wanted, bench.door.port) == (True, None)
    end = time.monotonic() + 20
    while bench.binder.pending is not None:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_card_is_tested_recorded_and_replayed(folder: Path, running_stand: Stand) -> None:
    person = resident(4)
    recording = told(folder, "device", "record", READER, "on")["recording"]
    running_stand.run(running_stand.hands.act(READER, "place", {"resident": 4}))
    done = yimen(folder, "device", "test", READER, "--json")
    running_stand.run(running_stand.hands.act(READER, "remove", {}))
    assert json.loads(done.stdout)["ok"] is True
    assert "Lay a card on the reader" in done.stderr
    assert person.id_number not in done.stdout
    ended = told(folder, "device", "record", READER, "off")
    assert (ended["recording"], ended["ended"]) == (None, recording)
    assert recording in [each["id"] for each in told(folder, "device", "recordings")]
    assert told(folder, "device", "replay", recording)["ok"] is True
    assert told(folder, "device", "replay", ended["path"])["ok"] is True


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("unbind", "../rollback"), 2, "no role is called"),
        (("unbind", ".."), 2, "no role is called"),
        (("unbind", READER, "--since", "-1"), 1, "does not understand"),
        (("test", f"{READER}/../lights"), 2, "no role is called"),
        (("test", READER, "dance"), 2, "has no test dance"),
        (("bind", "camera", "camera"), 1, "device is missing"),
        (("rollback", "0"), 2, "from 1 on"),
        (("rollback", "99999"), 1, "no such version"),
        (("replay", "../no-such-folder/passwd"), 2, "no file"),
        (("replay", f"{READER}--20260101T000000-00000000"), 1, "no recording has this id"),
        (("fault", "no-such-fault"), 1, "no fault is called so"),
        (("control", "../camera", "focus", "1"), 2, "no role is called"),
        (("control", READER, "focus", "1"), 1, "nothing of that name"),
        (("control", READER, "--keep"), 1, "nothing of that name"),
        (("control", "../camera", "--keep"), 2, "no role is called"),
        (("control", READER, "../focus", "1"), 1, "does not understand"),
    ],
)
def test_wrong_words_reach_no_other_route(
    folder: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    before = told(folder, "device", "history")
    done = yimen(folder, "device", *arguments)
    assert done.returncode == status
    (line,) = done.stderr.splitlines()
    assert says in line
    assert told(folder, "device", "history") == before


def test_a_file_that_is_no_recording_is_not_played(folder: Path) -> None:
    done = yimen(folder, "device", "replay", "/etc/passwd")
    assert (done.returncode, "recording-invalid" in done.stdout) == (1, True)


def test_a_fault_is_turned_and_seen(folder: Path, running_stand: Stand) -> None:
    told(folder, "device", "fault", "reader-unplugged", "on")
    try:
        on = {each["name"]: each["on"] for each in told(folder, "device", "fault")}
        assert (on["reader-unplugged"], on["reader-silent"]) == (True, False)
        end = time.monotonic() + 15
        while told(folder, "device", "list")[0]["error"] != "reader-absent":
            assert time.monotonic() < end
        done = yimen(folder, "device", "test", READER)
        assert (done.returncode, "reader-absent" in done.stdout) == (1, True)
    finally:
        told(folder, "device", "fault", "reader-unplugged", "off")
    assert yimen(folder, "device", "fault", "no-such-fault").returncode == 1


def test_accounts_are_made_and_audited_on_the_console(tmp_path: Path) -> None:
    folder, secret = tmp_path / "run", tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    made = told(
        folder, "account", "add", "lin", "--role", "technician", "--password-file", str(secret)
    )
    parsed = pyotp.parse_uri(made["otpauth"])
    assert isinstance(parsed, pyotp.TOTP)
    book = account_book(folder)
    assert book.check("lin", PASSWORD, parsed.now()).role is Role.TECHNICIAN
    assert told(folder, "account", "list") == [{"name": "lin", "role": "technician"}]
    shown = yimen(folder, "account", "reset", "lin", "--password-file", str(secret)).stdout
    assert "█" in shown
    assert "otpauth://" in shown
    assert yimen(folder, "account", "remove", "lin").returncode == 0
    assert book.all() == ()
    book.close()
    secret.write_text("short\n")
    weak = yimen(folder, "account", "add", "bao", "--role", "admin", "--password-file", str(secret))
    assert (weak.returncode, "12" in weak.stderr) == (1, True)
    assert yimen(folder, "account", "add", "bao", "--role", "admin").returncode == 2
    from kiosk_app.audit import AuditLog

    audit = AuditLog.open(folder / "records" / "audit.sqlite")
    acts = [each.entry.details["act"] for each in audit.entries(AuditKind.UPKEEP)]
    audit.close()
    assert acts == ["account-add", "account-reset", "account-remove"]


@pytest.mark.parametrize(("second", "status"), [(PASSWORD, 0), ("another one here", 1)])
def test_a_password_is_asked_for_twice(tmp_path: Path, second: str, status: int) -> None:
    command = [sys.executable, "-m", "kiosk_app.cli", "--run-dir", str(tmp_path / "run")]
    command += ["account", "add", "lin", "--role", "admin"]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, command)
    for answer in (PASSWORD, second):
        _until(terminal, b": ")
        os.write(terminal, f"{answer}\n".encode())
    said = _until(terminal, None)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status
    os.close(terminal)
    assert PASSWORD.encode() not in said
    assert (b"otpauth://" in said) is (status == 0)


def _until(terminal: int, prompt: bytes | None) -> bytes:
    """What a program says until it asks, or ends."""
    said = b""
    while prompt is None or not said.endswith(prompt):
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
    return said
