"""Signing at the desk: a slip is asked for again, what was written is taken."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from kiosk_app.answers import Signed
from kiosk_app.desk import Parts
from kiosk_app.desk.core import DeskBase
from kiosk_app.desk.questions import sign
from kiosk_app.journey import Journey
from kiosk_app.screens import Sign
from kiosk_app.stage import Stage
from kiosk_app.texts import Text, Texts

JOURNEY = Path(__file__).parents[2] / "config" / "texts" / "journey"
TITLE = Text(zh="请签名", en="Please sign")


def answer(screen: str, points: int) -> Signed:
    stroke: list[dict[str, Any]] = [
        {"x": i / points, "y": 0.5, "p": 0.5, "t": 10 * i} for i in range(points)
    ]
    return Signed.model_validate({"screen": screen, "strokes": [stroke]})


async def shown(stage: Stage, before: str = "") -> Sign:
    async with asyncio.timeout(5):
        async for frame in stage.following():
            if isinstance(frame.screen, Sign) and frame.screen.id != before:
                return frame.screen
    raise AssertionError("the stage was closed")


async def test_a_slip_is_asked_for_again_and_writing_is_taken() -> None:
    stage = Stage()
    journey = Journey(1, stage, lambda: None)
    parts = cast("Parts", SimpleNamespace(texts=Texts.load(JOURNEY)))
    desk = DeskBase(parts, journey, ())
    signing = asyncio.create_task(sign(desk, TITLE, TITLE))
    first = await shown(stage)
    assert journey.accept(answer(first.id, points=2))
    second = await shown(stage, first.id)
    assert second.lead is not None
    assert second.lead.zh == "没有写上，请再签一次"
    assert journey.accept(answer(second.id, points=40))
    signature = await asyncio.wait_for(signing, 5)
    assert signature.written
