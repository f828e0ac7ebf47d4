"""The roll-up as Prometheus and OpenMetrics read it. Nothing in it is about a person.

What can be one of several (a condition, a reading's word) is a state set: one sample for each state
that there is, 1 for what holds and 0 for the others, so that a query needs no memory. Of readings
only numbers and the words of the contract are told, and never a text that a device made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from enum import StrEnum

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from drivers.device import Reading
from kiosk_app.health.conditions import KINDS
from kiosk_app.health.roll_up import DeviceHealth, Snapshot
from kiosk_app.health.supplies import Level
from kiosk_app.screens import Tone

_OF_PEOPLE = frozenset({"presence", "faces", "movement", "subject"})
"""Readings that tell of whoever stands before the terminal."""


class _Terminal(Collector):
    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        now = self._snapshot()
        bound = [each for each in now.devices.values() if each.driver]
        yield from _devices(bound)
        yield from _readings(bound)
        yield from _services(now)
        yield from _supplies(now)


def _devices(bound: Sequence[DeviceHealth]) -> Iterator[Metric]:
    fit = GaugeMetricFamily(
        "yimen_device_fit", "1 while a device can be used", labels=["role", "driver"]
    )
    said = StateSetMetricFamily(
        "yimen_device_condition", "What is the matter with a device now", labels=["role"]
    )
    restarts = CounterMetricFamily(
        "yimen_driver_restarts", "How often a driver was started again", labels=["role"]
    )
    for each in bound:
        good = all(found.kind.tone in (Tone.GOOD, Tone.SOON) for found in each.conditions)
        fit.add_metric([each.role, each.driver], float(good))
        hold = {found.kind.name for found in each.conditions}
        said.add_metric([each.role], {name: name in hold for name in KINDS})
        restarts.add_metric([each.role], each.restarts)
    yield from (fit, said, restarts)


def _readings(bound: Sequence[DeviceHealth]) -> Iterator[Metric]:
    """Every value that a device's status has, and how and since when it is known."""
    number = GaugeMetricFamily(
        "yimen_reading", "A number of a device's status, yes is 1", labels=["role", "reading"]
    )
    word = StateSetMetricFamily(
        "yimen_reading_state", "A word of a device's status", labels=["role", "reading"]
    )
    age = GaugeMetricFamily(
        "yimen_reading_age_seconds",
        "How long ago a value of a device's status was learned, and how",
        labels=["role", "reading", "source"],
    )
    for each in bound:
        for name, reading in _told(each):
            value, labels = reading.value, [each.role, name]
            if isinstance(value, StrEnum):
                word.add_metric(labels, {str(state): state is value for state in type(value)})
            elif isinstance(value, (int, float)):
                number.add_metric(labels, float(value))
            age.add_metric([*labels, str(reading.source)], round(reading.age_s, 1))
    yield from (number, word, age)


def _told(device: DeviceHealth) -> Iterator[tuple[str, Reading[object]]]:
    for each in fields(device.status):
        if each.name not in _OF_PEOPLE:
            yield each.name, getattr(device.status, each.name)


def _services(now: Snapshot) -> Iterator[Metric]:
    offered = GaugeMetricFamily(
        "yimen_service_offered", "1 while a service is offered", labels=["service"]
    )
    for service, reason in now.services.items():
        offered.add_metric([service], float(reason is None))
    journeys = CounterMetricFamily(
        "yimen_journeys", "Journeys since the start, by how they ended", labels=["outcome"]
    )
    for outcome, count in now.outcomes.items():
        journeys.add_metric([outcome], count)
    repairs = GaugeMetricFamily(
        "yimen_repair_open_seconds",
        "How long a repair has been open",
        labels=["role", "kind", "action"],
    )
    for repair in now.repairs:
        seconds = (now.at - repair.since).total_seconds()
        labels = [repair.role, repair.kind.name, str(repair.kind.action)]
        repairs.add_metric(labels, seconds)
    yield from (offered, journeys, repairs)


def _supplies(now: Snapshot) -> Iterator[Metric]:
    left = GaugeMetricFamily(
        "yimen_supply_left", "What is left of a supply", labels=["role", "supply", "unit"]
    )
    capacity = GaugeMetricFamily(
        "yimen_supply_capacity",
        "What is there of a supply when it is full",
        labels=["role", "supply", "unit"],
    )
    level = StateSetMetricFamily(
        "yimen_supply_level", "What a device says of a supply", labels=["role", "supply"]
    )
    gone = GaugeMetricFamily(
        "yimen_supply_gone_timestamp_seconds",
        "When a supply will be gone if it goes on like this, in the hall's opening hours",
        labels=["role", "supply"],
    )
    for supply in now.supplies:
        unit = [supply.role, supply.name, str(supply.unit)]
        if supply.left is not None:
            left.add_metric(unit, supply.left)
        if supply.capacity is not None:
            capacity.add_metric(unit, supply.capacity)
        level.add_metric(
            [supply.role, supply.name], {str(each): each is supply.level for each in Level}
        )
        if supply.gone_at is not None:
            gone.add_metric([supply.role, supply.name], supply.gone_at.timestamp())
    yield from (left, capacity, level, gone)


def exposition(snapshot: Callable[[], Snapshot], accept: str = "") -> tuple[bytes, str]:
    """All metrics of one snapshot and their media type: Prometheus's text format, or OpenMetrics
    where ``accept``, the request's header, asks for it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Terminal(snapshot))
    # The library's own choice fails on versions that are no numbers.
    if "application/openmetrics-text" in accept:
        encode: Callable[[CollectorRegistry], bytes] = openmetrics.generate_latest
        return encode(registry), openmetrics.CONTENT_TYPE_LATEST
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4
