"""The running terminal as it is: what is asked here leaves no trace to be put right."""

from __future__ import annotations

import pytest

from tests.stand import Stand


@pytest.fixture
def stand(running_stand: Stand) -> Stand:
    return running_stand
