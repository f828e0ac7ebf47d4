"""Copies on paper that staff must decide about: what is known of each, and their word."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from kiosk_app.api.sessions import Bench, Clearing
from kiosk_app.api.technician_models import CopyWaitsView, DecidedAnswer, DecideRequest
from kiosk_app.catalogue.services import Service
from kiosk_app.issuing.errors import IssuingError, UnknownCopy
from kiosk_app.issuing.staff import CopyView, Decision
from kiosk_app.issuing.states import COPY_TRANSITIONS, CopyState
from kiosk_app.texts import Text


def copy_routes(bench: Bench) -> APIRouter:
    """What staff say about a copy."""
    routes = APIRouter()

    @routes.post("/copies/decide")
    async def decide(request: DecideRequest, session: Clearing) -> DecidedAnswer:
        """Settle a copy that waits for staff, or one that was presented."""
        decided = await bench().decide(session, request.serial, request.copy_, request.decision)
        return DecidedAnswer(state=decided.state)

    return routes


def handle_issuing(app: FastAPI) -> None:
    """What the issuing office refuses, in HTTP."""

    async def answer(_request: Request, error: Exception) -> JSONResponse:
        code = error.code if isinstance(error, IssuingError) else IssuingError.code
        return JSONResponse({"error": code}, 404 if isinstance(error, UnknownCopy) else 409)

    app.add_exception_handler(IssuingError, answer)


def waiting(
    copies: list[CopyView] | None, services: Mapping[str, Service], words: Mapping[str, Text]
) -> list[CopyWaitsView] | None:
    """The copies in words. ``words``: the texts of the technician's page."""
    if copies is None:
        return None
    return [_in_words(each, services, words) for each in copies]


def _in_words(
    copy: CopyView, services: Mapping[str, Service], words: Mapping[str, Text]
) -> CopyWaitsView:
    service = services.get(copy.service)
    return CopyWaitsView(
        serial=copy.serial,
        copy_=copy.number,
        service=service.title if service is not None else Text(zh=copy.service, en=copy.service),
        state=copy.state,
        day=copy.day,
        evidence=_evidence(copy, words),
        advice=words[f"copies_advice.{_advice(copy)}"],
        decisions=[each for each in Decision if CopyState(each) in COPY_TRANSITIONS[copy.state]],
    )


def _evidence(copy: CopyView, words: Mapping[str, Text]) -> Text:
    """Why nobody knows, and what was counted where something was."""
    why = words.get(f"copies_why.{copy.reason}") or _of_a_device(copy.reason, words)
    if copy.sheets is None:
        return why
    return words["copies_why.counted"].fill(why=why, sheets=copy.sheets)


def _of_a_device(reason: str, words: Mapping[str, Text]) -> Text:
    """A keyword of the printer's (``media-jam``), or the code of an error met on the way to it."""
    said = words.get(f"value.{reason}") or words.get(f"error.{reason.rpartition('-')[2]}")
    return words["copies_why.printer"].fill(said=said or Text(zh=reason, en=reason))


def _advice(copy: CopyView) -> str:
    """A sheet too many or too few is destroyed; where none was counted none is expected; all else
    a look at the tray must tell."""
    if copy.state is CopyState.NEEDS_STAFF:
        return "destroy"
    return "void" if copy.sheets == 0 else "look"
