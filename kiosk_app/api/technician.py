"""What the technician's page asks: the whole terminal as it is, and every change to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from drivers.errors import DeviceError
from drivers.virtual.control import ControlError
from kiosk_app.api.mishaps import handle_mishaps
from kiosk_app.api.sessions import (
    Bench,
    Looking,
    NotThere,
    Token,
    Working,
    session_routes,
    while_logged_in,
)
from kiosk_app.api.technician_controls import control_routes
from kiosk_app.api.technician_copies import copy_routes, handle_issuing
from kiosk_app.api.technician_interop import interop_routes
from kiosk_app.api.technician_models import (
    BindRequest,
    BoundView,
    DriversAnswer,
    DriverView,
    FaultRequest,
    HistoryView,
    MaintenanceAnswer,
    PageAnswer,
    StateView,
    SwitchRequest,
    UnbindRequest,
    VersionAnswer,
    VersionRequest,
)
from kiosk_app.api.technician_rehearsals import rehearsal_routes
from kiosk_app.api.technician_view import View, history, why_not_recorded
from kiosk_app.api.technician_work import (
    known_role,
    recording_routes,
    repair_routes,
    work_routes,
)
from kiosk_app.api.texts import with_drivers
from kiosk_app.health.report import Reporter
from kiosk_app.live_log import LIVE_LOG
from kiosk_app.records import StoreError
from kiosk_app.settings import DeviceBinding
from kiosk_app.terminal import Terminal
from kiosk_app.texts import Text, Texts
from kiosk_app.workbench.bench import CitizenPresent, NotAllowed, RecordsClosed, Workbench
from kiosk_app.workbench.binder import NothingChanged, SameAsNow
from kiosk_app.workbench.bindings import ChangedMeanwhile, VersionUnknown
from kiosk_app.workbench.catalogue import SettingsRefused, supplied_by_address
from kiosk_app.workbench.children import ChildFailed
from kiosk_app.workbench.recordings import NotRecordable
from kiosk_app.workbench.refusals import in_words

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health

CHANGED_EVERY_S = 0.5
"""The shortest time between two states that are sent."""
AGAIN_S = 5.0
"""After this long a state is sent that differs in its ages alone."""


class Words:
    """The texts of the page, each read when it is first needed. Raises ``TextsError``."""

    def __init__(self, folder: Path, *, virtual: bool) -> None:
        self._folder = folder
        self._virtual = virtual

    @cached_property
    def page(self) -> Texts:
        """The page's own, and those of drivers that other packages brought."""
        return with_drivers(Texts.load(self._folder / "technician"))

    @cached_property
    def reporter(self) -> Reporter:
        """The words of the terminal's health."""
        return Reporter(Texts.load(self._folder / "health"))

    @cached_property
    def people(self) -> Texts:
        """Notes of the made-up people."""
        return Texts.load(self._folder / "rehearsal")

    @property
    def faults(self) -> Mapping[str, Text]:
        """Titles of the virtual hardware's switches."""
        return self.people if self._virtual else {}


def technician_app(
    terminal: Terminal,
    workbench: Callable[[], Workbench | None],
    health: Callable[[], Health | None],
    texts: Path,
) -> ASGIApp:
    """The routes below ``/api/technician``; 503 until the devices are there."""
    app = FastAPI(title="Yimen technician", docs_url=None, redoc_url=None, openapi_url=None)
    handle_mishaps(app)
    _handle_refusals(app, lambda: words().page)
    handle_issuing(app)

    def bench() -> Workbench:
        found = workbench()
        if found is None:
            raise NotThere
        return found

    def view() -> View:
        found = health()
        if found is None:
            raise NotThere
        return View(bench(), found, words().reporter, words().page)

    def words() -> Words:
        if "words" not in made:
            made["words"] = Words(texts, virtual=bench().virtual)
        return made["words"]

    made: dict[str, Words] = {}
    app.state.bench = bench
    app.include_router(_page_route(terminal, bench, words))
    app.include_router(session_routes(bench))
    app.include_router(_state_routes(bench, view, words))
    app.include_router(_binding_routes(bench))
    app.include_router(_switch_routes(bench))
    app.include_router(work_routes(bench, lambda: words().page))
    app.include_router(control_routes(bench))
    app.include_router(copy_routes(bench))
    app.include_router(interop_routes(bench))
    app.include_router(recording_routes(bench, lambda: words().page))
    app.include_router(
        rehearsal_routes(bench, lambda: words().page, lambda: words().people, terminal.front.texts)
    )
    app.include_router(repair_routes(bench, health, lambda: words().page))
    return app


def _handle_refusals(app: FastAPI, words: Callable[[], Texts]) -> None:
    """What the workbench refuses, in HTTP."""
    answers: dict[type[Exception], tuple[int, str]] = {
        CitizenPresent: (409, "citizen-present"),
        NothingChanged: (409, "nothing-changed"),
        SameAsNow: (409, "same-as-now"),
        VersionUnknown: (404, "version-unknown"),
        NotAllowed: (403, "not-allowed"),
        ChildFailed: (503, "helper-failed"),
        StoreError: (503, "records-failed"),
        RecordsClosed: (503, "records-failed"),
        ControlError: (409, "refused"),
        OSError: (507, "disk-failed"),
    }

    def answering(status: int, code: str) -> Any:
        async def answer(_request: Any, _error: Exception) -> JSONResponse:
            return JSONResponse({"error": code}, status)

        return answer

    for kind, (status, code) in answers.items():
        app.add_exception_handler(kind, answering(status, code))

    async def settings_refused(_request: Any, error: Exception) -> JSONResponse:
        assert isinstance(error, SettingsRefused)  # noqa: S101 - registered for it alone
        places = [in_words(each, words()) for each in error.places]
        return JSONResponse({"error": "settings", "places": places}, 422)

    async def changed_meanwhile(_request: Any, error: Exception) -> JSONResponse:
        assert isinstance(error, ChangedMeanwhile)  # noqa: S101 - registered for it alone
        by = {"version": error.version.number, "author": error.version.author}
        return JSONResponse({"error": "changed-meanwhile", **by}, 409)

    async def not_recordable(_request: Any, error: Exception) -> JSONResponse:
        assert isinstance(error, NotRecordable)  # noqa: S101 - registered for it alone
        says = dict(why_not_recorded(error.role, words()))
        return JSONResponse({"error": "not-recordable", "says": says}, 409)

    async def device_failed(_request: Any, error: Exception) -> JSONResponse:
        assert isinstance(error, DeviceError)  # noqa: S101 - registered for it alone
        return JSONResponse({"error": error.code}, 409)

    app.add_exception_handler(SettingsRefused, settings_refused)
    app.add_exception_handler(ChangedMeanwhile, changed_meanwhile)
    app.add_exception_handler(NotRecordable, not_recordable)
    app.add_exception_handler(DeviceError, device_failed)


def _page_route(terminal: Terminal, bench: Bench, words: Callable[[], Words]) -> APIRouter:
    routes = APIRouter()
    front = terminal.front

    @routes.get("/page")
    async def page() -> PageAnswer:
        """What the page needs before anybody has logged in."""
        book = bench().accounts
        bench().catalogue.look_ahead()
        return PageAnswer(
            texts=dict(words().page),
            hall=front.hall.name,
            terminal=front.settings.name,
            terminal_id=front.settings.id,
            virtual=bench().virtual,
            accounts=bool(await asyncio.to_thread(book.all)) if book is not None else False,
        )

    return routes


def _state_routes(bench: Bench, view: Callable[[], View], words: Callable[[], Words]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/state")
    async def state(session: Looking) -> StateView:
        """The whole terminal now."""
        return await view().state(words().faults, session)

    @routes.get("/events", response_class=EventSourceResponse)
    async def events(session: Looking, token: Token) -> AsyncIterator[ServerSentEvent]:
        """The state now, and whenever it changes."""
        states = _changes(lambda: view().state(words().faults, session))
        async for now in while_logged_in(bench, token, states):
            yield ServerSentEvent(raw_data=now.model_dump_json(by_alias=True), event="state")

    @routes.get("/history")
    async def versions(session: Looking) -> list[HistoryView]:
        """Every version of the bindings."""
        binder = bench().binder
        barred = bench().barred(session)
        same, back = binder.same_as_now(), binder.ways_back()
        return history(binder.history, same, back, words().page, barred)

    @routes.get("/log", response_class=EventSourceResponse)
    async def log(_: Looking, token: Token) -> AsyncIterator[ServerSentEvent]:
        """The last lines of the log, and each new one."""
        async for line in while_logged_in(bench, token, LIVE_LOG.lines()):
            fields = {"at": line.at, "level": line.level, "event": line.event}
            yield ServerSentEvent(data={**fields, "fields": dict(line.fields)}, event="line")

    return routes


async def _changes(look: Callable[[], Awaitable[StateView]]) -> AsyncIterator[StateView]:
    """The state now, whenever it changes, and after a while again since it ages."""
    shown, sent = "", 0.0
    while True:
        now = await look()
        said = _without_ages(now)
        if said != shown or time.monotonic() - sent >= AGAIN_S:
            shown, sent = said, time.monotonic()
            yield now
        await asyncio.sleep(CHANGED_EVERY_S)


def _without_ages(state: StateView) -> str:
    """The state without what changes by itself."""
    plain = state.model_dump(mode="json", exclude={"now"})
    if plain["pending"] is not None:
        plain["pending"].pop("seconds_left")
    for device in plain["devices"]:
        device.pop("age_s")
        device["status"] = {name: each["value"] for name, each in device["status"].items()}
    return repr(plain)


def _binding_routes(bench: Bench) -> APIRouter:
    routes = APIRouter()

    @routes.get("/drivers/{role}")
    async def drivers(role: str, _: Working) -> DriversAnswer:
        """How a role may be bound, and how it is."""
        tools, bound = bench(), bench().binder.bindings.get(known_role(role))
        supplied = supplied_by_address(role, virtual=tools.virtual)
        return DriversAnswer(
            drivers=[
                DriverView(
                    driver=each.driver,
                    title=each.title,
                    schema_=_without(dict(each.schema), supplied),
                )
                for each in await tools.catalogue.fitting(role)
            ],
            bound=BoundView(driver=bound.driver, settings=dict(bound.settings), uri=bound.uri)
            if bound is not None
            else None,
            version=tools.binder.history[0].number if tools.binder.history else 0,
        )

    @routes.put("/devices/{role}")
    async def bind(role: str, request: BindRequest, session: Working) -> VersionAnswer:
        """Bind a role; the version is on trial for a minute."""
        binding = DeviceBinding(driver=request.driver, settings=request.settings, uri=request.uri)
        number = await bench().bind(session, known_role(role), binding, request.note, request.since)
        return VersionAnswer(version=number)

    @routes.delete("/devices/{role}")
    async def unbind(
        role: str, session: Working, request: UnbindRequest | None = None
    ) -> VersionAnswer:
        """Leave a role without a device."""
        since = request.since if request is not None else None
        number = await bench().unbind(session, known_role(role), since)
        return VersionAnswer(version=number)

    @routes.post("/rollback")
    async def roll_back(request: VersionRequest, session: Working) -> VersionAnswer:
        """Go back to a version."""
        return VersionAnswer(version=await bench().roll_back(session, request.version))

    return routes


def _switch_routes(bench: Bench) -> APIRouter:
    routes = APIRouter()

    @routes.post("/maintenance")
    async def maintenance(request: SwitchRequest, session: Working) -> MaintenanceAnswer:
        """Close the terminal for maintenance, or open it."""
        return MaintenanceAnswer(maintenance=await bench().maintain(session, request.on))

    @routes.post("/faults", status_code=204)
    async def faults(request: FaultRequest, session: Working) -> Response:
        """Turn a switch of the virtual hardware."""
        hands = bench().stagehand
        if hands is None:
            raise HTTPException(404, "the hardware is not virtual")
        try:
            await hands.set_fault(request.name, request.on)
        except KeyError:
            raise HTTPException(404, "there is no such fault") from None
        await bench().note(session, "fault", name=request.name, on=int(request.on))
        return Response(status_code=204)

    return routes


def _without(schema: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """A schema without settings that come by themselves."""
    if names:
        fields = schema.get("properties", {})
        schema["properties"] = {name: each for name, each in fields.items() if name not in names}
        schema["required"] = [each for each in schema.get("required", ()) if each not in names]
    return schema
