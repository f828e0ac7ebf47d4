"""The virtual printer as a person meets it: its tray, its switches, what it remembers."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from PIL import Image

from drivers.device import DeviceEvent
from drivers.document_printer.contract import PrintOptions
from drivers.document_printer.cups import CupsPrinter
from drivers.virtual.document_printer import VirtualDocumentPrinter
from drivers.virtual.printer_engine import PrintEngine

BLACK, WHITE = 60, 250
A4_RATIO = 297 / 210


def nothing_is_on(_: str) -> bool:
    return False


def ignore(_: object) -> None:
    """Nobody listens."""


def print_and_wait(printer: VirtualDocumentPrinter, document: Path) -> None:
    driver = CupsPrinter(printer.settings, ignore)
    job = driver.submit(document, f"cert:{uuid.uuid4()}", PrintOptions())
    while not driver.evidence(job).job_state.final:
        driver.cancellation.sleep(0.02)


def darkness(picture: str) -> float:
    """The share of dark dots."""
    with Image.open(picture) as image:
        counts = image.convert("L").histogram()
    return sum(counts[:BLACK]) / sum(counts)


def test_what_lies_in_the_tray_can_be_looked_at(
    virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    print_and_wait(virtual_printer, certificate)

    (sheet,) = virtual_printer.state()["tray"]

    with Image.open(sheet["png"]) as picture:
        assert picture.height / picture.width == pytest.approx(A4_RATIO, rel=0.01)
    assert 0.02 < darkness(sheet["png"]) < 0.10
    text = subprocess.run(["pdftotext", sheet["pdf"], "-"], capture_output=True, check=True)
    assert b"Certificate of test" in text.stdout
    assert (sheet["pages"], sheet["blank"]) == (1, False)


def test_a_sheet_without_toner_is_white(
    virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-toner-empty", on=True)
    print_and_wait(virtual_printer, certificate)

    (sheet,) = virtual_printer.state()["tray"]

    assert darkness(sheet["png"]) == 0
    assert sheet["blank"] is True


def test_taken_sheets_keep_their_names_and_leave_the_tray(
    virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    print_and_wait(virtual_printer, certificate)
    print_and_wait(virtual_printer, certificate)
    first, second = (sheet["id"] for sheet in virtual_printer.state()["tray"])

    assert virtual_printer.act("take", {"sheet": second}) == {"taken": [second]}
    assert [sheet["id"] for sheet in virtual_printer.state()["tray"]] == [first]
    assert virtual_printer.act("take", {}) == {"taken": [first]}
    assert virtual_printer.state()["tray"] == []
    taken = virtual_printer.state()["taken"][-2:]
    assert [sheet["id"] for sheet in taken] == [first, second]
    assert all(Path(sheet["png"]).is_file() for sheet in taken)
    with pytest.raises(ValueError, match="no sheet"):
        virtual_printer.act("take", {"sheet": first})


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        ("printer-paper-out", "refill"),
        ("printer-paper-low", "refill"),
        ("printer-output-full", "take"),
    ],
)
def test_a_person_puts_the_printer_right(
    virtual_printer: VirtualDocumentPrinter, fault: str, action: str
) -> None:
    virtual_printer.set_fault(fault, on=True)
    assert virtual_printer.state()["reasons"]

    virtual_printer.act(action, {})

    assert virtual_printer.state()["reasons"] == []
    assert virtual_printer.faults() == ()


def test_unknown_switches_and_actions_are_named(virtual_printer: VirtualDocumentPrinter) -> None:
    with pytest.raises(KeyError, match="printer-on-fire"):
        virtual_printer.set_fault("printer-on-fire", on=True)
    with pytest.raises(KeyError, match="kick"):
        virtual_printer.act("kick", {})


def test_every_switch_can_be_turned_on_and_off_again(
    virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    for switch in virtual_printer.switches:
        virtual_printer.set_fault(switch.name, on=True)
        assert virtual_printer.faults() == (switch.name,)
        virtual_printer.set_fault(switch.name, on=False)

    assert all(switch.name.startswith("printer-") for switch in virtual_printer.switches)
    assert virtual_printer.faults() == ()
    print_and_wait(virtual_printer, certificate)
    assert len(virtual_printer.state()["tray"]) == 1


def test_counter_and_tray_outlive_the_program(tmp_path: Path, certificate: Path) -> None:
    lines: list[str] = []
    first = PrintEngine(tmp_path, 0, nothing_is_on, ignore)
    assert first.run(certificate, lines.append) == 0

    second = PrintEngine(tmp_path, 0, nothing_is_on, ignore)

    assert second.counter == first.counter
    assert second.tray() == first.tray()
    assert second.run(certificate, lines.append) == 0
    assert len({sheet["id"] for sheet in second.tray()}) == 2
    assert lines == ["ATTR: job-impressions=1", "ATTR: job-impressions-completed=1"] * 2


def test_a_document_that_cannot_be_read_moves_no_paper(tmp_path: Path) -> None:
    document = tmp_path / "x.pdf"
    document.write_bytes(b"\x89PNG")
    engine = PrintEngine(tmp_path, 0, nothing_is_on, ignore)
    before = engine.counter

    assert engine.run(document, ignore) == 1
    assert (engine.counter, engine.tray()) == (before, [])


def test_everything_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from drivers.virtual.document_printer import VirtualDocumentPrinter\n"
        "printer = VirtualDocumentPrinter(Path(sys.argv[1])); printer.start()\n"
        "children = Path(f'/proc/{os.getpid()}/task').glob('*/children')\n"
        "print(' '.join(each.read_text() for each in children), flush=True)\n"
        "printer.stop()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    children = [int(pid) for pid in done.stdout.split()]
    assert len(children) == 3, "a scheduler, a printer and its bus"
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert not (tmp_path / "printer.sock").exists()
    assert not any(entry.name == "cups.sock" for entry in os.scandir(tmp_path))


def test_events_tell_of_paper_in_the_words_of_the_standard(
    virtual_printer: VirtualDocumentPrinter,
) -> None:
    events: list[DeviceEvent] = []
    driver = CupsPrinter(virtual_printer.settings, events.append)
    driver.open()
    events.clear()

    virtual_printer.set_fault("printer-paper-out", on=True)
    driver.refresh()
    virtual_printer.act("refill", {})
    driver.refresh()

    assert [(event.name, dict(event.payload)) for event in events] == [
        ("PaperThresholdEvent", {"paperThreshold": "out"}),
        ("PaperThresholdEvent", {"paperThreshold": "full"}),
    ]
