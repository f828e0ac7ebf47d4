"""One running virtual printer for all tests: it starts once, and is put right between tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typst

from drivers.virtual.document_printer import VirtualDocumentPrinter
from tests.drivers.hosted import put_right, started
from tests.drivers.hosts import offered

CERTIFICATE = """
#set page(paper: "a4")
#align(center)[= Certificate of test]
#rect(width: 6cm, height: 3cm, fill: black)
"""


@pytest.fixture(scope="session")
def running_printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualDocumentPrinter]:
    yield from started(VirtualDocumentPrinter(tmp_path_factory.mktemp("printer"), page_s=0.05))


@pytest.fixture
def virtual_printer(running_printer: VirtualDocumentPrinter) -> Iterator[VirtualDocumentPrinter]:
    """The running printer: no fault, an empty tray."""
    yield from put_right(running_printer)
    running_printer.act("take", {})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One page of PDF with ink on it."""
    folder = tmp_path_factory.mktemp("document")
    source, document = folder / "certificate.typ", folder / "certificate.pdf"
    source.write_text(CERTIFICATE, encoding="utf-8")
    typst.compile(str(source), output=str(document))
    return document


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another package that offers the driver ``troublesome`` and two broken ones."""
    monkeypatch.syspath_prepend(str(offered(tmp_path / "site")))
    (tmp_path / "device").touch()
    return tmp_path / "site"
