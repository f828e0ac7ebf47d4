"""Rehearsals beside the terminal, from the technician's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, HTTPException
from starlette.responses import JSONResponse

from kiosk_app.api.sessions import Bench, Working
from kiosk_app.api.technician_rehearsal_models import (
    CardView,
    FaultTitle,
    Named,
    RehearsalAnswer,
    RehearsalsAnswer,
    RehearseRequest,
    ResidentView,
    StepView,
)
from kiosk_app.texts import Text
from kiosk_app.workbench.bench import Workbench
from kiosk_app.workbench.rehearsals import RehearsalRuns, Script, ScriptRefused

Words = Callable[[], Mapping[str, Text]]


def rehearsal_routes(
    bench: Bench, words: Words, titles: Words, journey: Mapping[str, Text]
) -> APIRouter:
    """``words``: the texts of the technician's page; ``titles``: those of the rehearsal;
    ``journey``: those that citizens read."""
    routes = APIRouter()

    def virtual() -> Workbench:
        """A made-up citizen's paper never comes from a terminal that serves real ones."""
        if not bench().virtual:
            raise HTTPException(404, "the hardware is not virtual")
        return bench()

    @routes.get("/rehearsals")
    async def rehearsals(_: Working) -> RehearsalsAnswer:
        """What can be rehearsed, and what may go wrong with each card."""
        tools, page, notes = virtual(), words(), titles()
        offered = await tools.rehearsals.offered()
        return RehearsalsAnswer(
            services=[
                Named(id=name, title=each.title)
                for name, each in tools.terminal.services.items()
                if name in offered["services"]
            ],
            residents=[
                ResidentView(
                    number=each["number"], slug=each["slug"], note=notes[f"note.{each['note']}"]
                )
                for each in offered["residents"]
            ],
            cards=[
                CardView(
                    id=each["name"],
                    title=page[f"card.{each['name']}"],
                    residents=each["residents"],
                    documents=[
                        Named(id=name, title=page[f"document.{name}"]) for name in each["documents"]
                    ],
                    faults=[
                        FaultTitle(name=name, title=notes[f"fault.{name}"])
                        for name in each["faults"]
                    ],
                )
                for each in offered["cards"]
            ],
            running=tools.rehearsals.running,
        )

    @routes.post("/rehearse", response_model=RehearsalAnswer)
    async def rehearse(
        request: RehearseRequest, session: Working
    ) -> RehearsalAnswer | JSONResponse:
        """Play one errand. 422 names the part that does not fit the card shown."""
        script = Script(
            request.service, request.resident, request.card, request.document, request.fault
        )
        try:
            result = await virtual().rehearse(session, script)
        except ScriptRefused as refused:
            return JSONResponse({"error": "not-rehearsed", "places": [refused.what]}, 422)
        except RehearsalRuns:
            raise HTTPException(409, "a rehearsal runs already") from None
        fault = result["error"]["code"] if result["error"] else None
        return RehearsalAnswer(
            outcome=result["outcome"],
            serial=result["serial"],
            steps=[StepView(**each) for each in result["steps"]],
            fault=fault,
            fault_says=journey.get(f"fault.{fault}.title"),
        )

    return routes
