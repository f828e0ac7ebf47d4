"""What hinders the document printer, as XFS4IoT's clients are told."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
import typst

from drivers.document_printer.contract import HINDRANCES, Severity, StateReason
from drivers.errors import OperatorAction
from kiosk_app.interop.printer import hindered
from tests.interop.conftest import Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize(
    ("fault", "code"),
    [("printer-paper-jam", "paperJammed"), ("printer-paper-out", "paperOut")],
)
async def test_what_hinders_the_printer_is_told_as_clearable(
    interop: Interop, tmp_path: Path, fault: str, code: str
) -> None:
    source = tmp_path / "page.typ"
    source.write_text("= Page of trial")
    typst.compile(str(source), output=str(tmp_path / "page.pdf"))
    page = {"data": b64encode((tmp_path / "page.pdf").read_bytes()).decode()}
    interop.maintenance.set(True)
    await interop.room.client.set_fault(fault, on=True)
    async with interop.client("DocumentPrinter") as client:
        assert await client.code("Printer.PrintNative", page) == code
        said = fault.removeprefix("printer-")
        await client.told("Common.ErrorEvent", vendorDescription=said, action="clear")
        assert await client.code("Printer.PrintNative", page) == code
        again = [each for each in client.unsolicited if each["header"]["name"].endswith("rorEvent")]
        assert again == [], "one fault is told once"


async def test_every_hindrance_has_its_error() -> None:
    for keyword, code in HINDRANCES.items():
        error = hindered([StateReason(keyword, Severity.ERROR)])
        assert error is not None
        assert (error.code, error.action) == (code, OperatorAction.CLEAR)
    assert hindered([StateReason("media-jam", Severity.WARNING)]) is None
    assert hindered([StateReason("fuser-over-temp", Severity.ERROR)]) is None


@pytest.mark.parametrize("service", ["ReceiptPrinter", "DocumentScanner", "DocumentPrinter"])
@pytest.mark.parametrize("wrong", ["under-the-table", "", 7, {}, "retract", "unit"])
async def test_media_goes_nowhere_that_is_not_known(
    interop: Interop, service: str, wrong: object
) -> None:
    interop.maintenance.set(True)
    async with interop.client(service) as client:
        assert await client.code("Printer.Reset", {"mediaControl": wrong}) == "invalidData"


@pytest.mark.parametrize("service", ["DocumentScanner", "DocumentPrinter"])
@pytest.mark.parametrize("way", ["unit1", "expel"])
async def test_without_a_presenter_no_paper_is_moved(
    interop: Interop, service: str, way: str
) -> None:
    interop.maintenance.set(True)
    async with interop.client(service) as client:
        assert await client.code("Printer.Reset", {"mediaControl": way}) == "unsupportedData"
