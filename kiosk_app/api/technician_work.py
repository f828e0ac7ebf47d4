"""What the technician's page lets somebody do with a device: test, look through, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Response

from kiosk_app.api.sessions import Bench, Working
from kiosk_app.api.technician_models import (
    RecordAnswer,
    RecordingView,
    SwitchRequest,
    TestAnswer,
    TestRequest,
    TestValue,
)
from kiosk_app.devices import ROLES
from kiosk_app.texts import Text
from kiosk_app.workbench.trials import Outcome, TestUnknown

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health


def work_routes(
    bench: Bench,
    health: Callable[[], Health | None],
    words: Callable[[], Mapping[str, Text]],
    titles: Callable[[], Mapping[str, Text]],
) -> APIRouter:
    """Tests, pictures, recordings."""
    routes = APIRouter()

    @routes.post("/devices/{role}/test")
    async def test(role: str, request: TestRequest, session: Working) -> TestAnswer:
        """Try a device."""
        if role not in ROLES:
            raise HTTPException(404, "there is no such role")
        try:
            return _in_words(await bench().test(session, role, request.test), words())
        except TestUnknown:
            raise HTTPException(404, "there is no such test") from None

    @routes.get("/pictures/{key}")
    async def picture(key: str, _: Working) -> Response:
        """A picture that a test took."""
        jpeg = bench().trials.picture(key)
        if jpeg is None:
            raise HTTPException(404, "there is no such picture now")
        return Response(jpeg, media_type="image/jpeg")

    @routes.post("/devices/{role}/record")
    async def record(role: str, request: SwitchRequest, session: Working) -> RecordAnswer:
        """Begin or end a recording."""
        if role not in ROLES:
            raise HTTPException(404, "there is no such role")
        return RecordAnswer(recording=await bench().record(session, role, request.on))

    @routes.get("/recordings")
    async def recordings(_: Working) -> list[RecordingView]:
        """Every recording."""
        return [
            RecordingView(
                id=each.id, role=each.role, at=each.at, seconds=each.seconds, bytes=each.bytes
            )
            for each in bench().recordings.all()
        ]

    return routes


def _in_words(outcome: Outcome, words: Mapping[str, Text]) -> TestAnswer:
    return TestAnswer(
        ok=outcome.ok,
        seconds=outcome.seconds,
        values=[
            TestValue(label=words.get(f"test.value.{name}", name), value=value)
            for name, value in outcome.values.items()
        ],
        picture=f"/api/technician/pictures/{outcome.picture}" if outcome.picture else None,
        error=outcome.error,
    )
