"""The live log: bounded, and without anything that is no code."""

from __future__ import annotations

import asyncio

from kiosk_app.live_log import HIDDEN, KEPT, LiveLog
from kiosk_app.privacy.masking import redact


def say(log: LiveLog, event: str, **fields: object) -> None:
    line = {"event": event, "level": "info", "timestamp": "2026-11-24T00:00:00Z", **fields}
    log.take_in(None, "info", dict(redact(None, "info", line)))


async def first(log: LiveLog, count: int) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    async for line in log.lines():
        found.append((line.event, dict(line.fields)))
        if len(found) == count:
            break
    return found


async def test_lines_come_in_order_old_ones_first() -> None:
    log = LiveLog()
    say(log, "one", number=1)
    reading = asyncio.create_task(first(log, 2))
    await asyncio.sleep(0)
    say(log, "two", good=True)
    assert await reading == [("one", {"number": 1}), ("two", {"good": True})]


async def test_only_codes_show() -> None:
    log = LiveLog()
    say(log, "card read", name="李秀兰", text="the card of 李秀兰", number="445281199001010013")
    say(log, "李秀兰 came", exception='Traceback\n File "x"', code="card-pulled")
    shown = await first(log, 2)
    assert shown == [
        ("card read", {"name": HIDDEN, "text": HIDDEN, "number": HIDDEN}),
        (HIDDEN, {"exception": HIDDEN, "code": "card-pulled"}),
    ]


async def test_it_forgets_and_a_slow_reader_loses_lines() -> None:
    log = LiveLog()
    for number in range(KEPT + 10):
        say(log, "line", number=number)
    reader = log.lines()
    assert (await anext(reader)).fields["number"] == 10
    for number in range(2000):
        say(log, "late", number=number)
    await asyncio.sleep(0)
    rest = [await anext(reader) for _ in range(KEPT - 1 + 5)]
    assert rest[-1].event == "late"
    await reader.aclose()  # type: ignore[attr-defined]
    assert not log._readers


async def test_a_line_with_endless_fields_is_cut() -> None:
    log = LiveLog()
    say(log, "many", **{f"field{number}": "x" * 500 for number in range(100)})
    ((_, fields),) = await first(log, 1)
    assert len(fields) <= 16
    assert set(fields.values()) == {HIDDEN}
