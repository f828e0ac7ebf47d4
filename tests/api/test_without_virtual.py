"""A terminal with real devices has no rehearsal: neither its page nor its switches."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from kiosk_app.api.guard import TOKEN_HEADER, Rules
from kiosk_app.api.pages import PagesNotBuilt
from kiosk_app.api.service import Backstage, create_service
from tests.stand import Stand

RULES = Rules("http://127.0.0.1:8610", "the-token")


@pytest.fixture
def backstage(running_stand: Stand) -> Backstage:
    running = running_stand.running
    config = running.settings.config
    return Backstage(
        terminal=running.terminal,
        verifier=lambda: None,
        texts=config / "texts",
        pages=config.parent / "web" / "dist",
        virtual=False,
        stagehand=lambda: None,
        health=lambda: None,
        workbench=lambda: None,
    )


@pytest.fixture
def app(backstage: Backstage) -> ASGIApp:
    return create_service(backstage, RULES)


def ask(app: ASGIApp, method: str, path: str, **how: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {TOKEN_HEADER: RULES.token}
        async with httpx.AsyncClient(transport=transport, base_url=RULES.origin) as client:
            return await client.request(method, path, headers=headers, **how)

    return asyncio.run(send())


def test_the_citizens_page_is_there(app: ASGIApp) -> None:
    assert ask(app, "GET", "/").status_code == 200
    assert ask(app, "GET", "/verify").status_code == 200
    assert ask(app, "GET", "/api/citizen/page").json()["virtual"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/rehearsal"),
        ("GET", "/rehearsal.html"),
        ("GET", "/api/virtual/page"),
        ("GET", "/api/virtual/state"),
        ("POST", "/api/virtual/fault"),
        ("POST", "/api/virtual/act"),
        ("GET", "/api/virtual/sheets/sheet-000001.png"),
    ],
)
def test_nothing_of_a_rehearsal_is_there(app: ASGIApp, method: str, path: str) -> None:
    assert ask(app, method, path, json={"name": "x", "on": True}).status_code in (404, 405)


def test_without_records_nothing_can_be_verified(app: ASGIApp) -> None:
    assert ask(app, "POST", "/api/verify/code", json={"code": "x"}).status_code == 503


def test_pages_that_were_not_built_are_told_with_the_way_to_build_them(
    backstage: Backstage, tmp_path: Path
) -> None:
    shutil.copytree(backstage.texts, tmp_path / "texts")
    empty = replace(backstage, texts=tmp_path / "texts", pages=tmp_path)
    with pytest.raises(PagesNotBuilt, match="make setup"):
        create_service(empty, RULES)
