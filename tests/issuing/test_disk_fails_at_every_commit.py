"""The disk refuses one commit, each in turn; then it works again and the citizen tries again."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, suppress
from sqlite3 import Connection
from typing import Any

import pytest

from kiosk_app.issuing.contract import Claims, Verdict
from kiosk_app.issuing.errors import CopyUnsettled
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.staff import Decision
from kiosk_app.issuing.states import DELIVERED, WITH_STAFF
from kiosk_app.records import Store, StoreFull
from tests.issuing.far_ends import World, local
from tests.issuing.terminal import whole_errand

COMMITS = 16
"""What an errand makes: draft to issued, rendered to taken, and what the audit log gets."""


class Disk:
    """Counts commits, of whatever file, and refuses one."""

    def __init__(self) -> None:
        self.commits = 0
        self.refused = 0

    def writing(self, store: Store, *edges: Any) -> AbstractContextManager[Connection]:
        self.commits += 1
        if self.commits == self.refused:
            raise StoreFull(store.name, "no room")
        return HONEST(store, *edges)


HONEST = Store.writing


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, office: IssuingOffice) -> Disk:
    """The disk under the office, once it is open."""
    disk = Disk()

    def writing(store: Store, *edges: Any) -> AbstractContextManager[Connection]:
        return disk.writing(store, *edges)

    monkeypatch.setattr(Store, "writing", writing)
    return disk


@pytest.mark.parametrize("number", range(1, COMMITS + 1))
async def test_a_refused_commit_loses_and_doubles_nothing(
    office: IssuingOffice, world: World, disk: Disk, number: int
) -> None:
    disk.refused = number
    with suppress(StoreFull):
        await whole_errand(office, local(world))

    delivered = [each for each in await office.copies() if each.state in DELIVERED]
    if not delivered:
        with suppress(CopyUnsettled):
            await whole_errand(office, local(world))
    for waiting in await office.copies(WITH_STAFF):
        world.do_destroy(waiting.serial, waiting.number)
        await office.decide(waiting.serial, waiting.number, Decision.VOID, by="staff.li")
        await whole_errand(office, local(world))

    assert [each.serial for each in await office.issued()] == ["PN-1"]
    assert [serial for _, serial in world.do_issued()] == ["PN-1"]
    verdicts = Counter(
        [(await office.verdict(Claims(serial, copy))).verdict for serial, copy in world.sheets]
    )
    assert verdicts == {Verdict.VALID: 1}


async def test_the_loop_is_as_long_as_an_errand(
    office: IssuingOffice, world: World, disk: Disk
) -> None:
    await whole_errand(office, local(world))
    assert disk.commits == COMMITS
