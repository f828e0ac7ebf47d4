"""The circuit breaker's three states."""

from __future__ import annotations

import asyncio

import pytest

from kiosk_app.connectors.breaker import Breaker, BreakerOpen, BreakerState


class FarEndFailed(Exception):
    pass


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(FarEndFailed, failures=3, cooldown=10, clock=clock)


def fail(breaker: Breaker, error: BaseException | None = None) -> None:
    with pytest.raises(type(error or FarEndFailed())), breaker.call():
        raise error or FarEndFailed


def state_of(breaker: Breaker) -> BreakerState:
    return breaker.state


def succeed(breaker: Breaker) -> None:
    with breaker.call():
        pass


def open_it(breaker: Breaker) -> None:
    for _ in range(3):
        fail(breaker)


def test_it_opens_after_failures_in_a_row_and_turns_calls_away(breaker: Breaker) -> None:
    open_it(breaker)
    assert state_of(breaker) is BreakerState.OPEN
    with pytest.raises(BreakerOpen), breaker.call():
        pytest.fail("a call was let through")


def test_a_success_between_failures_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    succeed(breaker)
    fail(breaker)
    fail(breaker)
    assert state_of(breaker) is BreakerState.CLOSED


def test_errors_that_say_nothing_of_the_far_end_do_not_count(breaker: Breaker) -> None:
    for error in (ValueError(), asyncio.CancelledError(), KeyError()) * 2:
        fail(breaker, error)
    assert state_of(breaker) is BreakerState.CLOSED


def test_after_the_cooldown_one_call_tries_and_closes_it(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now = 10
    assert state_of(breaker) is BreakerState.HALF_OPEN
    with breaker.call(), pytest.raises(BreakerOpen), breaker.call():
        pytest.fail("a second call was let through")
    assert state_of(breaker) is BreakerState.CLOSED


def test_a_failed_try_opens_it_for_another_cooldown(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now = 10
    fail(breaker)
    clock.now = 19
    assert state_of(breaker) is BreakerState.OPEN
    clock.now = 20
    succeed(breaker)
    assert state_of(breaker) is BreakerState.CLOSED


def test_a_withdrawn_try_lets_the_next_one_try(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now = 10
    fail(breaker, asyncio.CancelledError())
    assert state_of(breaker) is BreakerState.HALF_OPEN
    succeed(breaker)
    assert state_of(breaker) is BreakerState.CLOSED
