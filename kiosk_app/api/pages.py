"""The built pages, as files."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

_FOREVER = "public, max-age=31536000, immutable"
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    plain: bytes
    gzipped: bytes | None


class PagesNotBuilt(Exception):
    """There is no built page; the message says how to build it."""


def page_routes(dist: Path, *, virtual: bool) -> APIRouter:
    """``/``, ``/verify``, ``/technician``, with virtual hardware ``/rehearsal``, and their assets.

    Everything is read once: what is served is what was there at start. Raises ``PagesNotBuilt``.
    """
    if not (dist / "kiosk.html").is_file():
        raise PagesNotBuilt(f"{dist} holds no page: run `make setup`")
    files = {
        f"/{path.relative_to(dist).as_posix()}": _read(path)
        for path in dist.rglob("*")
        if path.is_file() and path.suffix != ".gz"
    }
    pages = {"/": "/kiosk.html", "/verify": "/verify.html", "/technician": "/technician.html"}
    if virtual:
        pages["/rehearsal"] = "/rehearsal.html"
    hidden = {name for name in files if name.endswith(".html")}
    routes = APIRouter(include_in_schema=False)

    @routes.get("/{path:path}")
    async def file(path: str, request: Request) -> Response:
        name = pages.get(f"/{path}")
        if name is None and f"/{path}" not in hidden:
            name = f"/{path}"
        found = files.get(name) if name else None
        if found is None:
            raise HTTPException(404, "there is nothing here")
        headers = {"cache-control": _FOREVER} if name not in hidden else {}
        zipped = "gzip" in request.headers.get("accept-encoding", "")
        if found.gzipped is not None and zipped:
            headers["content-encoding"] = "gzip"
            return Response(found.gzipped, media_type=found.kind, headers=headers)
        return Response(found.plain, media_type=found.kind, headers=headers)

    return routes


def _read(path: Path) -> _File:
    zipped = path.with_name(path.name + ".gz")
    return _File(
        kind=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        plain=path.read_bytes(),
        gzipped=zipped.read_bytes() if zipped.is_file() else None,
    )
