"""One running terminal for all tests that need a whole one: it starts once, and is put right
between tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk_app.devices import DOCUMENT_CAMERA, PRINTER, READER, SOCIAL, TRAVEL
from tests.stand import Stand


@pytest.fixture(scope="session")
def running_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with Stand(tmp_path_factory.mktemp("stand") / "run") as stand:
        yield stand


@pytest.fixture
def stand(running_stand: Stand) -> Iterator[Stand]:
    """The running terminal: no fault, nobody there, an empty tray."""
    yield running_stand
    running_stand.put_right()


@pytest.fixture(scope="module")
def card_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A terminal that reads every kind of card."""
    devices = (READER, SOCIAL, TRAVEL, PRINTER, DOCUMENT_CAMERA)
    with Stand(tmp_path_factory.mktemp("cards") / "run", devices=devices) as stand:
        stand.put_right()
        yield stand
