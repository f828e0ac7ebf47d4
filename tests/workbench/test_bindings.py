"""Versions of the bindings: what was written stays, whatever happens to the file's end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk_app.settings import DeviceBinding
from kiosk_app.workbench.bindings import (
    SET_UP,
    BindingStore,
    Reason,
    ReasonCode,
    State,
    VersionUnknown,
    touches,
)
from kiosk_app.workbench.catalogue import as_written
from kiosk_app.workbench.differences import Bindings, Change, address, diff, rebase

READER, PRINTER = "id-card-reader", "document-printer"


def reader(port: str = "/dev/a", **more: object) -> DeviceBinding:
    return DeviceBinding(driver="sam-v-serial", settings={"port": port, **more})


SEED: Bindings = {READER: reader()}


@pytest.fixture
def store(tmp_path: Path) -> BindingStore:
    return BindingStore(tmp_path / "devices" / "bindings.jsonl")


def states(store: BindingStore) -> dict[int, State]:
    return {each.number: each.state for each in store.history()}


def test_without_a_version_the_seed_holds(store: BindingStore) -> None:
    assert store.active(SEED) == SEED
    assert store.history() == ()
    with pytest.raises(VersionUnknown):
        store.at(1, SEED)


def test_versions_tell_who_changed_what(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    number = store.add({READER: reader(baud=9600)}, SEED, author="lin", note="slow cable")
    newest = store.history()[0]
    assert (newest.number, newest.author, newest.note) == (number, "lin", "slow cable")
    assert newest.changes == (Change(f"{READER}.settings.baud", None, "9600"),)
    assert states(store) == {1: State.PAST, 2: State.PROBATION}
    store.prove(2)
    assert states(store)[2] is State.ACTIVE


def test_what_was_taken_back_says_so(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    bad = store.add({}, SEED, author="lin")
    store.add(SEED, SEED, author="automatic", takes_back=bad, proved=True)
    assert states(store) == {1: State.PAST, 2: State.ROLLED_BACK, 3: State.ACTIVE}
    assert store.history()[1].falls_back == 1


def test_a_second_change_on_trial_falls_back_to_what_was_proved(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    store.add({READER: reader("/dev/b")}, SEED, author="lin")
    store.add({READER: reader("/dev/c")}, SEED, author="lin")
    assert store.history()[0].falls_back == 1


def test_a_change_after_going_back_does_not_bring_back_what_was_undone(
    store: BindingStore,
) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    store.add({READER: reader("/dev/b")}, SEED, author="lin", proved=True)
    back = Reason(code=ReasonCode.BACK_TO, number=1)
    store.add(SEED, SEED, author="lin", reason=back, takes_back=2)
    store.add({READER: reader("/dev/c")}, SEED, author="lin")
    assert store.history()[0].falls_back == 3


def test_what_was_replaced_on_trial_is_no_earlier_version_that_worked(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    for port in "bcd":
        store.add({READER: reader(f"/dev/{port}")}, SEED, author="lin")
    store.add(SEED, SEED, author="automatic", takes_back=4, proved=True)
    taken, unproved = State.ROLLED_BACK, State.UNPROVED
    assert states(store) == {1: State.PAST, 2: unproved, 3: unproved, 4: taken, 5: State.ACTIVE}


def test_what_failed_stays_taken_back_when_going_back_fails_too(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    store.add({READER: reader("/dev/b")}, SEED, author="lin")
    store.add({READER: reader("/dev/c")}, SEED, author="lin", takes_back=2)
    store.add(SEED, SEED, author="automatic", takes_back=3, proved=True)
    taken = State.ROLLED_BACK
    assert states(store) == {1: State.PAST, 2: taken, 3: taken, 4: State.ACTIVE}


def test_what_worked_is_an_earlier_version_again_when_going_back_from_it_fails(
    store: BindingStore,
) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    store.add({READER: reader("/dev/b")}, SEED, author="lin", proved=True)
    store.add(SEED, SEED, author="lin", takes_back=2)
    store.add({READER: reader("/dev/b")}, SEED, author="automatic", takes_back=3, proved=True)
    assert states(store)[2] is State.PAST


def test_going_back_to_what_was_never_proved_is_nothing_to_fall_back_to(
    store: BindingStore,
) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    store.add({READER: reader("/dev/b")}, SEED, author="lin")
    store.add({READER: reader("/dev/c")}, SEED, author="lin")
    back = Reason(code=ReasonCode.BACK_TO, number=2)
    store.add({READER: reader("/dev/b")}, SEED, author="lin", reason=back, takes_back=3)
    store.add({READER: reader("/dev/d")}, SEED, author="lin")
    assert store.history()[0].falls_back == 1


@given(cut=st.integers(0, 4000))
@settings(max_examples=60, deadline=None)
def test_a_torn_end_costs_no_earlier_version(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    store = BindingStore(tmp_path_factory.mktemp("store") / "bindings.jsonl")
    for number in range(3):
        store.add({READER: reader(f"/dev/{number}")}, SEED, author="lin", proved=True)
    whole = store.path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    cut = min(cut, len(whole))
    store.path.write_bytes(whole[:cut])
    # A line whose line feed alone is missing is whole.
    kept = sum(1 for end in ends if end <= cut)
    assert [each.number for each in store.history()] == list(range(kept, 0, -1))
    added = store.add({READER: reader("/dev/new")}, SEED, author="lin", proved=True)
    assert added == kept + 1
    assert store.active(SEED)[READER].settings["port"] == "/dev/new"


def test_spoiled_bytes_in_the_middle_cost_one_version(store: BindingStore) -> None:
    for number in range(3):
        store.add({READER: reader(f"/dev/{number}")}, SEED, author="lin", proved=True)
    lines = store.path.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b"/dev/1", b"/dev/9")
    store.path.write_bytes(b"\n".join(lines))
    assert [each.number for each in store.history()] == [3, 1]
    assert store.spoiled == 1


@pytest.mark.parametrize("rubbish", [b"\0" * 64, b"{}", b"ffff {}", b"\xff\xfe\n\n x", b"0" * 9999])
def test_rubbish_is_left_out(store: BindingStore, rubbish: bytes) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    with store.path.open("ab") as file:
        file.write(rubbish)
    assert len(store.history()) == 1
    store.add({}, SEED, author="lin", proved=True)
    assert len(store.history()) == 2


def test_it_is_for_its_owner_alone(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    assert store.path.stat().st_mode & 0o777 == 0o600
    digest, _, content = store.path.read_bytes().partition(b" ")
    assert len(digest) == 64
    assert json.loads(content)["author"] == "terminal"


def test_a_port_that_nobody_set_moves_with_the_seed(store: BindingStore) -> None:
    store.add(SEED, SEED, author="terminal", proved=True)
    store.add({READER: reader("/dev/a", poll=1)}, SEED, author="lin", proved=True)
    moved = {READER: reader("/dev/z"), PRINTER: DeviceBinding(driver="cups", uri="ipp://p")}
    assert store.active(moved) == {
        READER: reader("/dev/z", poll=1),
        PRINTER: DeviceBinding(driver="cups", uri="ipp://p"),
    }


def test_what_somebody_set_or_took_away_stays() -> None:
    old = {READER: reader("/dev/a", baud=1), PRINTER: DeviceBinding(driver="cups", uri="ipp://a")}
    new = {READER: reader("/dev/z", baud=1), PRINTER: DeviceBinding(driver="cups", uri="ipp://z")}
    assert rebase(old, new, {READER: reader("/dev/mine", baud=1)}) == {
        READER: reader("/dev/mine", baud=1)
    }
    other = DeviceBinding(driver="other", settings={"port": "/dev/a"})
    assert rebase(old, new, {READER: other})[READER] == other


def test_differences_and_addresses() -> None:
    before = {READER: reader(baud=1), PRINTER: DeviceBinding(driver="cups", uri="ipp://a")}
    after = {READER: reader(baud=2)}
    assert diff(before, after) == (
        Change(f"{PRINTER}.driver", "cups", None),
        Change(f"{PRINTER}.uri", "ipp://a", None),
        Change(f"{READER}.settings.baud", "1", "2"),
    )
    assert address(before[PRINTER]) == "ipp://a"
    assert address(before[READER]) == "/dev/a"
    assert address(None) == ""
    slots = [DeviceBinding(driver="x", settings={"reader": "Two", "slot": slot}) for slot in (0, 1)]
    assert [address(each) for each in slots] == ["Two", "Two slot 1"]


def test_a_version_that_is_as_now_is_told(store: BindingStore) -> None:
    seed = {"id-card-reader": reader()}
    store.add(seed, seed, author="terminal", reason=SET_UP, proved=True)
    store.add({"id-card-reader": reader("/dev/b")}, seed, author="lin")
    store.add(seed, seed, author="lin", reason=Reason(code=ReasonCode.BACK_TO, number=1))
    newest = store.history()[0]
    assert newest.reason == Reason(code=ReasonCode.BACK_TO, number=1)
    assert store.same(store.active(seed), seed) == {1, 3}
    assert store.same({}, seed) == frozenset()
    assert [touches(each, "id-card-reader") for each in store.history()] == [True, True, False]


@pytest.mark.parametrize(
    ("taken", "written", "stored"),
    [
        ({"a": 1, "b": None}, {}, {}),
        ({"a": 1}, {"a": 1}, {"a": 1}),
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 2, "b": "x"}, {"a": 1}, {"a": 2, "b": "x"}),
        ({"a": 1}, {"a": 2}, {"a": 1}),
        ({}, {"a": 2, "b": "x"}, {}),
        ({"b": None}, {"b": "x"}, {"b": None}),
        ({"c": 1}, {}, {"c": 1}),
    ],
)
def test_a_setting_at_its_default_makes_no_difference(
    taken: dict[str, object], written: dict[str, object], stored: dict[str, object]
) -> None:
    assert as_written(taken, written, {"a": 1, "b": None}) == stored


def test_a_setting_that_is_nothing_is_not_there() -> None:
    before = {"lights": DeviceBinding(driver="lights", settings={"port": "/dev/a"})}
    after = {"lights": DeviceBinding(driver="lights", settings={"port": "/dev/a", "x": None})}
    assert diff(before, after) == ()
