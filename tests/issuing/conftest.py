"""Far ends that live as long as a test module, and a terminal beside them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kiosk_app.audit import AuditLog
from kiosk_app.issuing.office import IssuingOffice
from tests.issuing.far_ends import World
from tests.issuing.terminal import open_audit, open_office


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    """The address of far ends in a process of their own."""
    with tempfile.TemporaryDirectory(prefix="far-ends-") as folder:
        path = Path(folder) / "socket"
        process = subprocess.Popen([sys.executable, "-m", "tests.issuing.far_ends", str(path)])
        try:
            deadline = time.monotonic() + 20
            while not path.exists():
                assert process.poll() is None, "the far ends did not start"
                assert time.monotonic() < deadline, "the far ends are late"
                time.sleep(0.02)
            yield path
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """A process that starts terminals."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.issuing.nursery"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Far ends in this process."""
    return World(tmp_path / "authority.sqlite")


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    log = open_audit(tmp_path)
    yield log
    log.close()


@pytest.fixture
async def office(tmp_path: Path, audit: AuditLog) -> AsyncIterator[IssuingOffice]:
    opened = open_office(tmp_path, audit)
    yield opened
    await opened.quiesce()
    opened.close()
