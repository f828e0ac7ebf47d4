"""The verification page: is this paper valid?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from kiosk_app.api.texts import PageTexts
from kiosk_app.documents.errors import DocumentError
from kiosk_app.judgement import Judgement, Verification
from kiosk_app.records import StoreError
from kiosk_app.texts import Text

if TYPE_CHECKING:
    from kiosk_app.verification import Verifier


class CodeRequest(BaseModel):
    """A code as scanned or typed."""

    code: str = Field(max_length=1024)


class VerificationAnswer(BaseModel):
    """What is said; nothing in it is about a person."""

    verdict: Judgement
    serial: str | None
    copy_number: int | None = Field(serialization_alias="copy")
    document: Text | None
    issued_on: date | None
    reason: Text
    development_key: bool | None


class VerificationPage(BaseModel):
    """The page's words."""

    texts: dict[str, Text]


def verify_routes(verifier: Callable[[], Verifier | None], texts: PageTexts) -> APIRouter:
    """The routes below ``/api/verify``.

    ``verifier`` gives ``None`` until the records are open, and while they cannot be trusted.
    """
    routes = APIRouter(prefix="/api/verify", tags=["verification"])
    words = texts.of("verdict")

    def in_words(found: Verification) -> VerificationAnswer:
        return VerificationAnswer(
            verdict=found.judgement,
            serial=found.serial,
            copy_number=found.copy,
            document=words[f"document.{found.kind}"] if found.kind else None,
            issued_on=found.issued_on,
            reason=words[f"reason.{found.reason}"],
            development_key=found.development_key,
        )

    def judge() -> Verifier:
        now = verifier()
        if now is None:
            raise HTTPException(503, "the records are not open")
        return now

    @routes.get("/page")
    async def page() -> VerificationPage:
        """The page's words."""
        return VerificationPage(texts=texts.of("verify"))

    @routes.post("/code")
    async def code(request: CodeRequest) -> VerificationAnswer:
        """Judge a code."""
        try:
            return in_words(await judge().code(request.code))
        except (DocumentError, StoreError) as error:
            raise HTTPException(503, error.code) from None

    @routes.post("/file")
    async def file(request: Request) -> VerificationAnswer:
        """Judge a PDF file, sent as the body."""
        try:
            return in_words(await judge().file(await request.body()))
        except (DocumentError, StoreError) as error:
            raise HTTPException(503, error.code) from None

    return routes
