"""The command line as it is used: in a process of its own, read by its output and exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.id_card.contract import CardKind
from drivers.virtual.residents import RESIDENTS
from kiosk_app.cli import COMMANDS, parser
from tests.commands.console import ROOT, yimen

SERVICE = "no-housing-certificate"
FOREIGN = next(each.number for each in RESIDENTS if each.kind is not CardKind.RESIDENT)


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert "Traceback" not in done.stderr
    for person in RESIDENTS:
        assert person.id_number not in done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("commands") / "run"


@contextmanager
def terminal(folder: Path) -> Iterator[list[str]]:
    """A terminal that runs; gives the lines that it said until it was ready."""
    command = [sys.executable, "-m", "kiosk_app.cli", "--run-dir", str(folder)]
    process = subprocess.Popen(
        [*command, "run", "--virtual", "--port", "0", "--gui", "none"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("ready"):
            break
    try:
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
    assert process.returncode == 0


def test_every_command_tells_what_it_is_for(tmp_path: Path) -> None:
    done = yimen(tmp_path, "--help")
    assert done.returncode == 0
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2]
        assert name in done.stdout
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([name, "--help"])
        assert ended.value.code == 0


def test_a_rehearsal_tells_outcome_serial_copies_paper_and_times(folder: Path) -> None:
    done = yimen(folder, "rehearse", SERVICE, "--json")
    result = told(done)
    assert done.returncode == 0
    assert result["outcome"] == "printed"
    assert result["copies"] == [{"number": 1, "state": "taken", "sheets": 1}]
    assert Path(result["pdf"]).read_bytes().startswith(b"%PDF-")
    assert result["serial"] in result["pdf"]
    names = [step["name"] for step in result["steps"]]
    assert names == ["identify", "query", "preview", "issue", "print", "take"]
    assert all(step["ms"] > 0 for step in result["steps"])
    assert result["screens"][0] == "welcome"
    assert result["screens"][-1] == "done"
    assert result["error"] is None


def test_a_refusal_is_no_failure(folder: Path) -> None:
    done = yimen(folder, "rehearse", SERVICE, "--resident", "2", "--json")
    assert (done.returncode, told(done)["outcome"]) == (0, "refused")


def test_a_fault_is_told_with_code_and_action(folder: Path) -> None:
    done = yimen(folder, "rehearse", SERVICE, "--fault", "printer-swallowed", "--json")
    result = told(done)
    assert (done.returncode, result["outcome"]) == (3, "needs-staff")
    assert result["error"] == {"code": "print-unknown", "action": "clear"}
    assert result["copies"] == [{"number": 1, "state": "print-unknown", "sheets": None}]


def test_staff_see_what_waits_and_decide_once(folder: Path) -> None:
    (copy,) = told(yimen(folder, "copies", "--json"))
    assert (copy["state"], copy["reason"]) == ("print-unknown", "swallowed")
    decide = ("copies", "decide", copy["serial"], str(copy["number"]), "void", "--by", "staff.li")
    done = yimen(folder, *decide, "--json")
    assert (done.returncode, told(done)[0]["state"]) == (0, "void")
    again = yimen(folder, *decide)
    assert again.returncode == 1
    assert "copy-settled" in again.stderr
    assert told(yimen(folder, "copies", "--json")) == []
    assert len(told(yimen(folder, "copies", "--all", "--json"))) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rehearse",), "--list"),
        (("rehearse", "no-such-service"), "no-such-service"),
        (("rehearse", SERVICE, "--resident", "99"), "99"),
        (("rehearse", SERVICE, "--fault", "no-such-fault"), "no-such-fault"),
        (("verify", "/no/such/file.pdf"), "/no/such/file.pdf"),
    ],
)
def test_a_mistake_of_use_is_told_in_one_line(
    folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = yimen(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_list_names_services_residents_and_faults(folder: Path) -> None:
    listed = told(yimen(folder, "rehearse", "--list", "--json"))
    assert listed["services"] == [SERVICE]
    assert len(listed["residents"]) == len(RESIDENTS)
    assert len(listed["faults"]) >= 25
    devices = {each["device"] for each in listed["faults"]}
    assert devices == {"id-card-reader", "document-printer", "register", "database", "page"}
    cards = {each["name"]: each for each in listed["cards"]}
    assert "travel-document-silent" in cards["travel-document"]["faults"]
    assert set(cards["social-card"]["residents"]) < set(cards["id-card"]["residents"])


def test_a_second_terminal_is_refused_with_the_address_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with terminal(folder) as lines:
        (address,) = {match for line in lines for match in re.findall(r"http://[\d.:]+", line)}
        second = yimen(folder, "run", "--virtual", "--gui", "none")
        assert second.returncode == 1
        assert address in second.stderr

        listed = told(yimen(folder, "fault", "--json"))
        assert {"name": "printer-paper-out", "device": "document-printer", "on": False} in listed
        assert yimen(folder, "fault", "printer-paper-out").returncode == 0
        now = {each["name"]: each["on"] for each in told(yimen(folder, "fault", "--json"))}
        assert now["printer-paper-out"]
        assert yimen(folder, "fault", "printer-paper-out", "off").returncode == 0
        unknown = yimen(folder, "fault", "no-such-fault")
        assert (unknown.returncode, unknown.stdout) == (1, "")
        pid = json.loads((folder / "terminal.lock").read_text(encoding="utf-8"))["pid"]
    assert not Path(f"/proc/{pid}").exists()
    assert _left_running(folder) == []
    nobody = yimen(folder, "fault")
    assert nobody.returncode == 1
    assert "no terminal is running" in nobody.stderr


def _left_running(folder: Path) -> list[str]:
    """Command lines that name the folder: whoever a stopped terminal forgot."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and process.name != str(os.getpid()):
            found.append(line)
    return found


def test_a_port_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = yimen(tmp_path / "run", "run", "--gui", "none", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"port {port} is taken by another program" in done.stderr
    assert "--port" in done.stderr


def test_doctor_says_what_is_missing_and_what_to_do(folder: Path) -> None:
    findings = told(yimen(folder, "doctor", "--json"))
    assert {"cupsd", "ippeveprinter"} <= {each["what"] for each in findings}
    for each in findings:
        assert each["says"]
        assert each["ok"] or each["action"] or not each["needed"]


@pytest.mark.parametrize("command", ["verify", "copies", "doctor"])
def test_wrong_settings_are_told_and_not_thrown(tmp_path: Path, command: str) -> None:
    arguments = [command, "x"] if command == "verify" else [command]
    done = yimen(tmp_path, *arguments)
    assert done.returncode in (0, 1, 2)
    broken = subprocess.run(
        [
            *(sys.executable, "-m", "kiosk_app.cli", "--config", str(tmp_path)),
            *("--run-dir", str(tmp_path), *arguments),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert broken.returncode == 1
    assert "hall.toml cannot be read" in broken.stderr
    assert "Traceback" not in broken.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("rehearse", SERVICE, "--fault", "printer-paper-jam", "--at", "nonsense"),
        ("rehearse", SERVICE, "--at", "review"),
        ("rehearse", SERVICE, "--fault", "page-replay", "--at", "review"),
        ("rehearse", "no-such-service"),
        ("rehearse", SERVICE, "--resident", "99"),
        ("rehearse", SERVICE, "--card", "social-card", "--resident", str(FOREIGN)),
        ("run", "--port", "99999"),
        ("run", "--port", "-5"),
    ],
)
def test_wrong_usage_is_refused_and_never_looks_like_a_pass(
    tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    done = yimen(tmp_path, *wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
