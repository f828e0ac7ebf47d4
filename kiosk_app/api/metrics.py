"""``/metrics``: the terminal's health for Prometheus.

It needs no token: it is served on loopback alone and says nothing about anybody. A hall's agent on
the terminal scrapes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health


def metrics_routes(health: Callable[[], Health | None]) -> APIRouter:
    """``GET /metrics``; 503 until the devices are there."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        now = health()
        if now is None:
            raise HTTPException(503, "the devices are not there yet")
        # The library is loaded only where somebody scrapes.
        exporter = await asyncio.to_thread(_exporter)
        body, media_type = exporter.exposition(now.snapshot, request.headers.get("accept", ""))
        return Response(body, media_type=media_type)

    return routes


def _exporter() -> Any:
    from kiosk_app.health import metrics

    return metrics
