"""The roll-up in the exposition format of Prometheus. Nothing in it is about a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kiosk_app.health.roll_up import Snapshot
from kiosk_app.screens import Tone

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Terminal(Collector):
    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        now = self._snapshot()
        yield from _devices(now)
        yield from _services(now)
        yield from _supplies(now)


def _devices(now: Snapshot) -> Iterator[Metric]:
    fit = GaugeMetricFamily(
        "yimen_device_fit", "1 while a device can be used", labels=["role", "driver"]
    )
    said = GaugeMetricFamily(
        "yimen_device_condition", "The conditions that hold now", labels=["role", "condition"]
    )
    age = GaugeMetricFamily(
        "yimen_device_reading_age_seconds",
        "Age of the reading that tells the worst condition",
        labels=["role", "source"],
    )
    restarts = CounterMetricFamily(
        "yimen_driver_restarts", "How often a driver was started again", labels=["role"]
    )
    for each in now.devices.values():
        if not each.driver:
            continue
        good = all(found.kind.tone in (Tone.GOOD, Tone.SOON) for found in each.conditions)
        fit.add_metric([each.role, each.driver], float(good))
        for found in each.conditions:
            said.add_metric([each.role, found.kind.name], 1.0)
        if (known := each.worst.known) is not None:
            age.add_metric([each.role, str(known.source)], round(known.age_s, 1))
        restarts.add_metric([each.role], each.restarts)
    yield from (fit, said, age, restarts)


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
    gone = GaugeMetricFamily(
        "yimen_supply_gone_timestamp_seconds",
        "When a supply will be gone if it goes on like this",
        labels=["role", "supply"],
    )
    for supply in now.supplies:
        if supply.left is not None:
            left.add_metric([supply.role, supply.name, str(supply.unit)], supply.left)
        if supply.gone_at is not None:
            gone.add_metric([supply.role, supply.name], supply.gone_at.timestamp())
    yield from (left, gone)


def exposition(snapshot: Callable[[], Snapshot]) -> bytes:
    """All metrics of one snapshot, in the text format (``CONTENT_TYPE``)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Terminal(snapshot))
    return generate_latest(registry)
