"""Real printing: pycups, a private cupsd, its filters and backend, and an IPP printer."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.device import DeviceEvent, DeviceState, Source
from drivers.document_printer.contract import (
    JobState,
    PaperLevel,
    PrintEvidence,
    PrintJob,
    PrintOptions,
    TonerLevel,
)
from drivers.document_printer.cups import CounterSource, CupsPrinter
from drivers.errors import CommandRejected, DeviceNotReady, HardwareFault, ProtocolError
from drivers.virtual.document_printer import VirtualDocumentPrinter
from tests.drivers.hosted import eventually


@pytest.fixture
def events() -> list[DeviceEvent]:
    return []


@pytest.fixture
def driver(virtual_printer: VirtualDocumentPrinter, events: list[DeviceEvent]) -> CupsPrinter:
    settings = virtual_printer.settings.model_copy(update={"answer_timeout_s": 0.5})
    printer = CupsPrinter(settings, events.append)
    printer.open()
    return printer


def new_name() -> str:
    return f"cert:{uuid.uuid4()}"


def outcome(driver: CupsPrinter, job: PrintJob) -> PrintEvidence:
    eventually(lambda: driver.evidence(job).job_state.final)
    return driver.evidence(job)


def print_one(driver: CupsPrinter, certificate: Path) -> PrintEvidence:
    return outcome(driver, driver.submit(certificate, new_name(), PrintOptions()))


def tray_of(printer: VirtualDocumentPrinter) -> list[dict[str, object]]:
    tray: list[dict[str, object]] = printer.state()["tray"]
    return tray


def documents_in(spool: Path) -> list[Path]:
    files = [file for file in spool.rglob("*") if file.is_file()]
    return [file for file in files if file.name[0] == "d" or b"%PDF" in file.read_bytes()]


def test_a_sheet_is_printed_and_two_witnesses_agree(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    before = driver.page_counter()

    evidence = print_one(driver, certificate)

    assert evidence.job_state is JobState.COMPLETED
    assert (evidence.device_impressions, evidence.counter_delta) == (1, 1)
    assert evidence.queue_impressions is None
    assert evidence.agreed_sheets == 1
    assert evidence.counter_before == before
    assert evidence.printer_uuid == driver.capabilities().printer_uuid
    assert len(tray_of(virtual_printer)) == 1


def test_nothing_of_the_document_stays_in_the_scheduler(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    print_one(driver, certificate)
    scheduler = virtual_printer.scheduler

    eventually(lambda: documents_in(scheduler.spool) == [])
    logs = b"".join(file.read_bytes() for file in scheduler.log.parent.iterdir())
    assert certificate.name.encode() not in logs


def test_a_job_is_found_by_its_name_and_purged(driver: CupsPrinter, certificate: Path) -> None:
    job = driver.submit(certificate, new_name(), PrintOptions())
    outcome(driver, job)

    found = driver.find_job(job.job_name)

    assert found == replace(job, counter_before=None)
    assert driver.purge() >= 1
    assert driver.find_job(job.job_name) is None
    assert driver.purge() == 0
    driver.cancel_job(job)


def test_a_job_that_ended_a_while_ago_is_still_found(
    driver: CupsPrinter, certificate: Path
) -> None:
    """Nobody asks for it in between: CUPS has put it out of its memory after a second."""
    job = driver.submit(certificate, "certificate:long-ago", PrintOptions())
    time.sleep(2.5)

    assert driver.find_job(job.job_name) == replace(job, counter_before=None)


def test_a_sheet_that_comes_out_of_a_cancelled_job_is_not_denied(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-slow", on=True)
    job = driver.submit(certificate, new_name(), PrintOptions())
    eventually(lambda: driver.evidence(job).device_impressions == 0)

    driver.cancel_job(job)
    evidence = outcome(driver, job)

    assert driver.find_job(job.job_name) is None
    assert evidence.job_state is JobState.CANCELED
    assert evidence.agreed_sheets == len(tray_of(virtual_printer)) == 1


def test_a_second_job_waits_until_the_first_has_its_evidence(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-slow", on=True)
    first = driver.submit(certificate, new_name(), PrintOptions())
    assert first.counter_before is not None

    second = driver.submit(certificate, new_name(), PrintOptions())

    assert second.counter_before == first.counter_before + 1
    assert outcome(driver, second).agreed_sheets == 1


def test_a_job_cancelled_before_the_printer_has_it_yields_no_sheet(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    job = driver.submit(certificate, new_name(), PrintOptions())

    driver.cancel_job(job)

    evidence = outcome(driver, job)
    assert evidence.job_state in (JobState.ABSENT, JobState.CANCELED, JobState.COMPLETED)
    assert evidence.counter_delta == len(tray_of(virtual_printer))


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7 cut", b"hello %%EOF", b"\x89PNG\r\n", b"%!PS-Adobe\n%%EOF", None],
    ids=["empty", "cut", "text", "picture", "postscript", "missing"],
)
def test_what_is_no_pdf_is_rejected_before_the_queue_sees_it(
    driver: CupsPrinter, tmp_path: Path, content: bytes | None
) -> None:
    document, name = tmp_path / "x.pdf", new_name()
    if content is not None:
        document.write_bytes(content)

    with pytest.raises(CommandRejected) as caught:
        driver.submit(document, name, PrintOptions())

    assert caught.value.code == "job-rejected"
    assert driver.find_job(name) is None


def test_a_pdf_that_the_filters_cannot_read_yields_no_sheet_and_stays_nowhere(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, tmp_path: Path
) -> None:
    document = tmp_path / "broken.pdf"
    document.write_bytes(b"%PDF-1.7\n" + b"nonsense\n" * 40 + b"%%EOF\n")

    evidence = print_one(driver, document)

    assert evidence.job_state is JobState.CANCELED
    assert evidence.counter_delta == 0
    assert tray_of(virtual_printer) == []
    eventually(lambda: documents_in(virtual_printer.scheduler.spool) == [])


@pytest.mark.parametrize(
    "name", ["", "certificate of Lin", "cert:", "cert:" + "9" * 80, "cert:a\nb"]
)
def test_a_job_name_that_could_tell_something_is_rejected(
    driver: CupsPrinter, certificate: Path, name: str
) -> None:
    with pytest.raises(CommandRejected):
        driver.submit(certificate, name, PrintOptions())


@pytest.mark.parametrize(
    ("fault", "error_code", "paper"),
    [
        ("printer-paper-out", "paperOut", PaperLevel.OUT),
        ("printer-wrong-paper", "sourceInvalid", PaperLevel.OUT),
        ("printer-cover-open", None, PaperLevel.FULL),
        ("printer-output-full", "stackerFull", PaperLevel.FULL),
    ],
)
def test_a_stopped_printer_is_seen_and_gets_no_job(
    driver: CupsPrinter,
    virtual_printer: VirtualDocumentPrinter,
    certificate: Path,
    fault: str,
    error_code: str | None,
    paper: PaperLevel,
) -> None:
    virtual_printer.set_fault(fault, on=True)
    name = new_name()

    driver.refresh()
    with pytest.raises(HardwareFault) as caught:
        driver.submit(certificate, name, PrintOptions())

    assert (caught.value.code, caught.value.error_code) == ("printer-stopped", error_code)
    assert driver.status().paper.value is paper
    assert driver.status().paper.source is Source.SENSOR
    assert driver.find_job(name) is None


@pytest.mark.parametrize(
    ("fault", "paper", "toner"),
    [
        ("printer-paper-low", PaperLevel.LOW, TonerLevel.FULL),
        ("printer-toner-low", PaperLevel.FULL, TonerLevel.LOW),
    ],
)
def test_a_warning_is_an_event_and_printing_goes_on(
    driver: CupsPrinter,
    virtual_printer: VirtualDocumentPrinter,
    events: list[DeviceEvent],
    certificate: Path,
    fault: str,
    paper: PaperLevel,
    toner: TonerLevel,
) -> None:
    events.clear()
    virtual_printer.set_fault(fault, on=True)

    driver.refresh()

    assert (driver.status().paper.value, driver.status().toner.value) == (paper, toner)
    assert driver.status().device.value is DeviceState.ONLINE
    assert [event.name for event in events] == [
        "PaperThresholdEvent" if paper is PaperLevel.LOW else "TonerThresholdEvent"
    ]
    assert print_one(driver, certificate).agreed_sheets == 1


def test_a_jam_aborts_the_job_and_stays_until_it_is_cleared(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-paper-jam", on=True)

    evidence = print_one(driver, certificate)
    driver.refresh()

    assert evidence.job_state is JobState.ABORTED
    assert evidence.agreed_sheets == 0
    assert [reason.keyword for reason in evidence.reasons] == ["media-jam"]
    assert driver.status().paper.value is PaperLevel.JAMMED
    assert driver.status().device.value is DeviceState.HARDWARE_ERROR

    virtual_printer.act("clear", {})
    time.sleep(0.5)

    assert tray_of(virtual_printer) == [], "the jammed job printed by itself"
    assert print_one(driver, certificate).agreed_sheets == 1
    assert len(tray_of(virtual_printer)) == 1


def test_paper_that_runs_out_leaves_no_sheet(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-paper-runs-out", on=True)

    evidence = print_one(driver, certificate)

    assert (evidence.job_state, evidence.agreed_sheets) == (JobState.ABORTED, 0)
    assert [reason.keyword for reason in evidence.reasons] == ["media-empty"]


def test_a_blank_sheet_is_known_to_be_blank(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-toner-empty", on=True)

    evidence = print_one(driver, certificate)

    assert (evidence.job_state, evidence.agreed_sheets) == (JobState.COMPLETED, 1)
    assert evidence.blank is True
    assert [sheet["blank"] for sheet in tray_of(virtual_printer)] == [True]


@pytest.mark.parametrize(("fault", "sheets"), [("printer-swallowed", 0), ("printer-double", 2)])
def test_a_completed_job_is_no_evidence_of_one_sheet(
    driver: CupsPrinter,
    virtual_printer: VirtualDocumentPrinter,
    certificate: Path,
    fault: str,
    sheets: int,
) -> None:
    virtual_printer.set_fault(fault, on=True)

    evidence = print_one(driver, certificate)

    assert evidence.job_state is JobState.COMPLETED
    assert evidence.agreed_sheets == sheets
    assert len(tray_of(virtual_printer)) == sheets


@pytest.mark.parametrize("fault", ["printer-counter-reset", "printer-swapped"])
def test_a_counter_that_proves_nothing_leaves_one_witness_and_no_agreement(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path, fault: str
) -> None:
    virtual_printer.set_fault("printer-slow", on=True)
    job = driver.submit(certificate, new_name(), PrintOptions())
    virtual_printer.set_fault(fault, on=True)

    evidence = outcome(driver, job)

    assert evidence.device_impressions == 1
    assert evidence.counter_delta is None
    assert evidence.agreed_sheets is None
    assert (evidence.printer_uuid != job.printer_uuid) == (fault == "printer-swapped")


def test_a_printer_unplugged_while_it_prints_leaves_the_truth_unknown(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    virtual_printer.set_fault("printer-unplugged-mid-print", on=True)
    job = driver.submit(certificate, new_name(), PrintOptions())
    eventually(lambda: not virtual_printer.state()["plugged"])

    silent = driver.evidence(job)
    virtual_printer.set_fault("printer-unplugged-mid-print", on=False)
    answering = driver.evidence(job)

    assert not silent.job_state.final
    assert (silent.device_impressions, silent.counter_delta) == (None, None)
    assert silent.agreed_sheets is None
    assert answering.agreed_sheets is None, "a printer that forgot the job is no second witness"
    assert answering.counter_delta == 0
    assert tray_of(virtual_printer) == []


@pytest.mark.parametrize("fault", ["printer-offline", "printer-silent", "printer-garbled"])
def test_no_answer_is_offline_and_never_out_of_paper(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path, fault: str
) -> None:
    virtual_printer.set_fault(fault, on=True)

    driver.refresh()
    status = driver.status()
    with pytest.raises((DeviceNotReady, ProtocolError)):
        driver.submit(certificate, new_name(), PrintOptions())

    assert (status.device.value, status.device.source) == (DeviceState.OFFLINE, Source.DRIVER)
    assert (status.paper.value, status.toner.value) == (PaperLevel.UNKNOWN, TonerLevel.UNKNOWN)
    assert status.page_count.value is None
    assert status.reasons.value == ()

    virtual_printer.set_fault(fault, on=False)
    driver.refresh()
    assert driver.status().device.value is DeviceState.ONLINE
    assert print_one(driver, certificate).agreed_sheets == 1


def test_a_printer_whose_counter_is_silent_is_one_witness_short(
    virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    by_snmp = {"counter": CounterSource.SNMP, "answer_timeout_s": 0.2}
    settings = virtual_printer.settings.model_copy(update=by_snmp)

    evidence = print_one(CupsPrinter(settings, lambda _: None), certificate)

    assert (evidence.device_impressions, evidence.counter_delta) == (1, None)
    assert evidence.agreed_sheets is None


@pytest.mark.parametrize("fault", ["printer-queue-absent", "printer-scheduler-down"])
def test_without_a_queue_nothing_can_be_printed(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path, fault: str
) -> None:
    virtual_printer.set_fault(fault, on=True)

    driver.refresh()
    with pytest.raises(DeviceNotReady) as caught:
        driver.submit(certificate, new_name(), PrintOptions())

    assert caught.value.code == "queue-absent"
    assert driver.status().device.value is DeviceState.NO_DEVICE
    assert driver.status().queued_jobs.value is None
    with pytest.raises(DeviceNotReady):
        driver.open()

    virtual_printer.set_fault(fault, on=False)
    assert print_one(driver, certificate).agreed_sheets == 1


def test_a_scheduler_killed_after_the_sheet_prints_no_second_one(
    driver: CupsPrinter, virtual_printer: VirtualDocumentPrinter, certificate: Path
) -> None:
    first_scheduler = virtual_printer.scheduler.pid
    virtual_printer.set_fault("printer-scheduler-killed-after-sheet", on=True)

    job = driver.submit(certificate, new_name(), PrintOptions())
    eventually(lambda: virtual_printer.scheduler.pid not in (None, first_scheduler))
    evidence = outcome(driver, job)
    time.sleep(1)

    assert evidence.agreed_sheets == 1
    assert len(tray_of(virtual_printer)) == 1
    assert driver.find_job(job.job_name) is None, "the new scheduler starts without old jobs"
    assert print_one(driver, certificate).agreed_sheets == 1
