"""The state machine as data."""

from __future__ import annotations

from itertools import product

import pytest

from kiosk_app.issuing.states import (
    COPY_TRANSITIONS,
    DELIVERED,
    IN_FLIGHT,
    ISSUANCE_TRANSITIONS,
    SPENT,
    VALID,
    WITH_STAFF,
    CopyState,
    IllegalTransition,
    IssuanceState,
    check_copy,
    check_issuance,
)


def test_every_state_has_its_transitions() -> None:
    assert set(COPY_TRANSITIONS) == set(CopyState)
    assert set(ISSUANCE_TRANSITIONS) == set(IssuanceState)


def test_what_is_not_allowed_raises() -> None:
    for old, new in product(CopyState, CopyState):
        if new not in COPY_TRANSITIONS[old]:
            with pytest.raises(IllegalTransition, match=f"{new} cannot follow {old}"):
                check_copy(old, new)
    for one, other in product(IssuanceState, IssuanceState):
        if other not in ISSUANCE_TRANSITIONS[one]:
            with pytest.raises(IllegalTransition):
                check_issuance(one, other)


def test_a_number_is_for_ever_and_a_spent_copy_stays_spent() -> None:
    assert ISSUANCE_TRANSITIONS[IssuanceState.ISSUED] == frozenset()
    assert all(COPY_TRANSITIONS[state] == frozenset() for state in SPENT)


def test_a_copy_number_that_may_have_been_sent_never_goes_back_to_be_sent_again() -> None:
    before_sending = {CopyState.RENDERED, CopyState.PRINT_INTENT}
    for state in set(CopyState) - {CopyState.RENDERED}:
        assert not COPY_TRANSITIONS[state] & before_sending


def test_only_staff_lead_out_of_what_nobody_knows() -> None:
    for state in WITH_STAFF:
        assert COPY_TRANSITIONS[state] <= {CopyState.VOID, CopyState.TAKEN}


def test_named_sets_do_not_contradict_each_other() -> None:
    assert DELIVERED < VALID
    assert not VALID & (SPENT | WITH_STAFF | IN_FLIGHT)
    assert not SPENT & (WITH_STAFF | IN_FLIGHT)
