"""How services are carried out: one file a procedure.

Nothing here knows HTTP, SQL or a device's wire.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from kiosk_app.catalogue.certificates import CertificateService
from kiosk_app.catalogue.services import Service
from kiosk_app.desk import Desk
from kiosk_app.procedures.certify import certify

Procedure = Callable[[Desk, Any], Awaitable[None]]

PROCEDURES: dict[str, Procedure] = {"certify": certify}
"""By the name that a service's ``procedure`` gives."""

KINDS: dict[str, type[Service]] = {"certify": CertificateService}
"""The model of the services that each procedure carries out."""


def templates(services: Iterable[Service]) -> dict[tuple[str, str], Path]:
    """Every paper's template below the config folder, by service and kind of paper."""
    return {
        (service.id, kind): path
        for service in services
        if isinstance(service, CertificateService)
        for kind, path in service.templates.items()
    }
