"""What a desk works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kiosk_app.settings import Hall, TerminalSettings
from kiosk_app.texts import Texts

if TYPE_CHECKING:
    from kiosk_app.audit import AuditLog
    from kiosk_app.connectors.housing_register.contract import HousingRegister
    from kiosk_app.desk.copy_maker import CopyMaker
    from kiosk_app.devices import Devices
    from kiosk_app.documents.workshop import PaperWorkshop
    from kiosk_app.issuing.office import IssuingOffice


@dataclass(frozen=True, slots=True)
class Parts:
    """What the desk works with; built once by the composition root."""

    texts: Texts
    hall: Hall
    terminal: TerminalSettings
    devices: Devices
    registers: dict[str, HousingRegister]
    office: IssuingOffice | None
    """``None`` while the records cannot be trusted: then nothing is offered."""
    workshop: PaperWorkshop
    maker: CopyMaker
    audit: AuditLog
    occasion: str
    """Tells the documents of one rehearsal from those of another; empty at a real terminal."""
    now: Callable[[], datetime]
    """The wall clock, aware; replaced where a test needs another day."""
