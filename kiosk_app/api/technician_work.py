"""What the technician's page lets somebody do with a device: test, look through, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.responses import StreamingResponse

from drivers.camera.frames import PreviewChannel
from drivers.errors import OperatorAction
from kiosk_app.accounts.roles import Right
from kiosk_app.api.sessions import Bench, Clearing, Token, Working, while_logged_in
from kiosk_app.api.technician_models import (
    ActAnswer,
    ActRequest,
    DiscoverAnswer,
    FindingView,
    NothingAsked,
    RecordAnswer,
    RecordingView,
    SwitchRequest,
    TestAnswer,
    TestRequest,
    TestValue,
)
from kiosk_app.devices import ROLES
from kiosk_app.health.report import FILLED, TEST
from kiosk_app.health.roll_up import Filled
from kiosk_app.preview import CONTENT_TYPE, frames, multipart
from kiosk_app.texts import Text
from kiosk_app.workbench.recordings import RecordingUnknown
from kiosk_app.workbench.trials import Outcome, TestUnknown

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health


def known_role(role: str) -> str:
    """A role that terminals have; else 404."""
    if role not in ROLES:
        raise HTTPException(404, "there is no such role")
    return role


def work_routes(bench: Bench, words: Callable[[], Mapping[str, Text]]) -> APIRouter:
    """What is plugged in, tests, pictures."""
    routes = APIRouter()

    @routes.post("/discover")
    async def discover(request: NothingAsked, _: Working) -> DiscoverAnswer:
        """What is plugged in."""
        found = await bench().discover()
        return DiscoverAnswer(findings=[FindingView(**each) for each in found])

    @routes.post("/devices/{role}/test")
    async def test(role: str, request: TestRequest, session: Working) -> TestAnswer:
        """Try a device."""
        try:
            return _in_words(await bench().test(session, known_role(role), request.test), words())
        except TestUnknown:
            raise HTTPException(404, "there is no such test") from None

    @routes.get("/pictures/{key}")
    async def picture(key: str, _: Working) -> Response:
        """A picture that a test took."""
        return Response(made(key), media_type="image/jpeg")

    @routes.get("/documents/{key}")
    async def document(key: str, _: Working) -> Response:
        """A document that a test scanned."""
        return Response(made(key), media_type="application/pdf")

    def made(key: str) -> bytes:
        content = bench().trials.made(key)
        if content is None:
            raise HTTPException(404, "there is no such picture or document now")
        return content

    @routes.get("/devices/{role}/preview")
    async def preview(role: str, _: Working, token: Token) -> Response:
        """What a camera sees, until whoever looks goes away."""
        channel: PreviewChannel = await bench().devices.slot(known_role(role)).call("preview")
        pictures = while_logged_in(bench, token, frames(channel))
        return StreamingResponse(multipart(pictures), media_type=CONTENT_TYPE)

    return routes


def recording_routes(bench: Bench, words: Callable[[], Mapping[str, Text]]) -> APIRouter:
    """Recordings of what goes over a wire."""
    routes = APIRouter()

    @routes.post("/devices/{role}/record")
    async def record(role: str, request: SwitchRequest, session: Working) -> RecordAnswer:
        """Begin or end a recording."""
        recording = await bench().record(session, known_role(role), request.on)
        if request.on:
            return RecordAnswer(recording=recording)
        return RecordAnswer(recording=None, ended=recording)

    @routes.get("/recordings")
    async def recordings(_: Working) -> list[RecordingView]:
        """Every recording."""
        return [
            RecordingView(
                id=each.id, role=each.role, at=each.at, seconds=each.seconds, bytes=each.bytes
            )
            for each in bench().recordings.all()
        ]

    @routes.post("/recordings/{recording}/replay")
    async def play_back(recording: str, request: NothingAsked, session: Working) -> TestAnswer:
        """Have the driver read a recording."""
        try:
            return _in_words(await bench().replay(session, recording), words())
        except RecordingUnknown:
            raise HTTPException(404, "there is no such recording") from None

    @routes.post("/replay")
    async def play_file(request: Request, session: Working) -> TestAnswer:
        """Have the driver read a recording that was brought along. The body is its file."""
        return _in_words(await bench().replay_content(session, await request.body()), words())

    return routes


def repair_routes(
    bench: Bench, health: Callable[[], Health | None], words: Callable[[], Mapping[str, Text]]
) -> APIRouter:
    """What a step of a repair offers, and saying that something was filled while all is well."""
    routes = APIRouter()

    @routes.post("/supplies/{role}/{supply}/filled")
    async def filled(role: str, supply: str, session: Clearing) -> ActAnswer:
        """Count a supply as full from now on; not where its device says that it is out."""
        found = health()
        told = found.filled(role, supply) if found else Filled.NOT_COUNTED
        if told is Filled.NOT_COUNTED:
            raise HTTPException(404, "that is not counted")
        if told is Filled.STILL_OUT:
            return ActAnswer(ok=False, says=words()["health.still_out"])
        await bench().note(session, "filled", role=role)
        return ActAnswer(ok=True, says=words()["done"])

    @routes.post("/repairs/{repair}/act")
    async def act(repair: str, request: ActRequest, session: Clearing) -> ActAnswer:
        """Say that a tray was filled, or try the device. Staff clear, the rest is not theirs."""
        found = health()
        known = {each.id: each for each in found.snapshot().repairs} if found else {}
        if found is None or repair not in known:
            raise HTTPException(404, "that is mended already")
        role, kind = known[repair].role, known[repair].kind
        if kind.action is not OperatorAction.CLEAR and not session.may(Right.WORK):
            raise HTTPException(403, "this account may not do that")
        if request.act == FILLED:
            return await filled(role, str(kind.supply), session)
        if request.act != TEST:
            raise HTTPException(404, "a repair has no such act")
        tests = bench().trials.names(role, await bench().commands(role))
        if not tests:
            raise HTTPException(409, "the device has no test")
        outcome = await bench().test(session, role, tests[0])
        key = "test.passed" if outcome.ok else "test.failed"
        return ActAnswer(ok=outcome.ok, says=words()[key])

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
        document=f"/api/technician/documents/{outcome.document}" if outcome.document else None,
        error=outcome.error,
    )
