"""What an errand needs of the devices."""

from __future__ import annotations

from kiosk_app.fitness import Chain


def test_an_errand_stops_without_its_only_reader_or_anything_else_it_needs() -> None:
    chain = Chain(("printer",), ("reader", "slot"))
    assert [chain.uses(role) for role in ("printer", "slot", "speaker")] == [True, True, False]
    both, one = {"printer", "reader", "slot"}, {"printer", "reader"}
    assert chain.stops_without("printer", both)
    assert not chain.stops_without("reader", both)
    assert chain.stops_without("reader", one)
    assert not chain.stops_without("slot", one)
    assert not chain.stops_without("speaker", both)
