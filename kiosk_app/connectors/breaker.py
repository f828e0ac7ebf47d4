"""A circuit breaker: a far end that failed several times in a row is left alone for a while, so
that a citizen is told at once and the far end can recover.

    closed --failures in a row--> open --cooldown--> half-open --success--> closed
                                   ^                    |
                                   +------failure-------+
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class BreakerState(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    """The cooldown is over; one call may try, the others are turned away meanwhile."""


class BreakerOpen(Exception):
    """Nothing was sent: the far end is being left alone."""


class Breaker:
    """Counts failures in a row. For one event loop; not for threads.

    Args:
        trips: The errors that count as failures of the far end; others say nothing about it.
        failures: How many in a row open the breaker.
        cooldown: Seconds to leave the far end alone.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        *trips: type[Exception],
        failures: int,
        cooldown: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trips = trips
        self._limit = failures
        self._cooldown = cooldown
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """The state at this moment."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        if self._clock() - self._opened_at < self._cooldown:
            return BreakerState.OPEN
        return BreakerState.HALF_OPEN

    @contextmanager
    def call(self) -> Iterator[None]:
        """Guard one call. Raises ``BreakerOpen`` instead of entering when none may be made.

        A call that is cancelled, or ends in an error that does not count, changes nothing.
        """
        probe = self._admit()
        try:
            yield
        except self._trips:
            self._failed(probe)
            raise
        else:
            self._failures = 0
            self._opened_at = None
        finally:
            if probe:
                self._probing = False

    def _admit(self) -> bool:
        state = self.state
        if state is BreakerState.OPEN or (state is BreakerState.HALF_OPEN and self._probing):
            raise BreakerOpen
        self._probing = self._probing or state is BreakerState.HALF_OPEN
        return state is BreakerState.HALF_OPEN

    def _failed(self, probe: bool) -> None:
        self._failures += 1
        if probe or self._failures >= self._limit:
            self._opened_at = self._clock()
