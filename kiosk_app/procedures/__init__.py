"""How services are carried out: one file a procedure.

Nothing here knows HTTP, SQL or a device's wire. A procedure is imported when a citizen first needs
it; the models of the services are there from the start.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kiosk_app.catalogue.certificates import CertificateService
from kiosk_app.catalogue.services import Service

if TYPE_CHECKING:
    from kiosk_app.desk.desk import Desk

    Procedure = Callable[[Desk, Any], Awaitable[None]]

PROCEDURES: dict[str, tuple[str, str]] = {"certify": ("kiosk_app.procedures.certify", "certify")}
"""Module and coroutine by the name that a service's ``procedure`` gives."""

KINDS: dict[str, type[Service]] = {"certify": CertificateService}
"""The model of the services that each procedure carries out."""


def procedure(name: str) -> Procedure:
    """The coroutine of a name. Raises ``KeyError`` for an unknown one."""
    module, function = PROCEDURES[name]
    return cast("Procedure", getattr(import_module(module), function))


def templates(services: Iterable[Service]) -> dict[tuple[str, str], Path]:
    """Every paper's template below the config folder, by service and kind of paper."""
    return {
        (service.id, kind): path
        for service in services
        if isinstance(service, CertificateService)
        for kind, path in service.templates.items()
    }
