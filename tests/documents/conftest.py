"""Papers, keys and a workshop to test with. All people are synthetic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from kiosk_app.documents.key_sources import DEVELOPMENT_CERTIFICATE, KeyFile
from kiosk_app.documents.keys import development_key, open_key
from kiosk_app.documents.papers import Paper
from kiosk_app.documents.public_key import SigningKey
from kiosk_app.documents.workshop import FileInspector, MadeCopy, PaperWorkshop
from tests.documents.samples import CERTIFICATE, CONFIG, FACTS, HOME, RECORD_FACTS


@pytest.fixture
def paper() -> Callable[..., Paper]:
    """Build a certificate, with some facts replaced."""
    return lambda **facts: Paper.of(**FACTS | facts)


@pytest.fixture
def record() -> Callable[..., Paper]:
    """Build a record, with some facts replaced."""
    return lambda **facts: Paper.of(**FACTS | RECORD_FACTS | facts)


@pytest.fixture
def applicant() -> dict[str, Any]:
    """One applicant's facts."""
    return dict(FACTS["applicants"][0])


@pytest.fixture
def home() -> dict[str, Any]:
    """One home's facts."""
    return dict(HOME)


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    """A development key of this test run."""
    return development_key(tmp_path_factory.mktemp("key"), "普宁市不动产登记中心")


@pytest.fixture(scope="session")
def key(key_file: KeyFile) -> SigningKey:
    """The development key, opened."""
    return open_key(key_file)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workshop(key_file: KeyFile) -> AsyncIterator[PaperWorkshop]:
    """A workshop over the shipped templates."""
    made = PaperWorkshop(CONFIG, key_file)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def inspector(key_file: KeyFile) -> FileInspector:
    """Trusts the development key."""
    return FileInspector([key_file.path.with_name(DEVELOPMENT_CERTIFICATE)])


@pytest.fixture(scope="session")
def made(key_file: KeyFile) -> MadeCopy:
    """Copy 1 of the sample certificate."""

    async def make() -> MadeCopy:
        workshop = PaperWorkshop(CONFIG, key_file)
        try:
            return await workshop.make_copy(CERTIFICATE, Paper.of(**FACTS), 1)
        finally:
            await workshop.close()

    return asyncio.run(make())
