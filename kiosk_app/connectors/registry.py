"""Opens the outside systems that a terminal is set to use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kiosk_app.connectors.alarms import Alarm
from kiosk_app.connectors.housing_register.contract import HousingRegister
from kiosk_app.connectors.settings import HousingRegisterSettings, HttpRegisterSettings


def open_register(
    settings: HousingRegisterSettings, *, run_dir: Path, alarm: Callable[[Alarm], None]
) -> HousingRegister:
    """The housing register that is set. ``alarm`` is told what staff must hear of at once.

    Raises ``KeyFileError`` when a key file of a register at a distance is missing or no key.
    """
    if isinstance(settings, HttpRegisterSettings):
        from kiosk_app.connectors.housing_register.http import HttpRegister

        return HttpRegister(settings, alarm=alarm)
    from kiosk_app.connectors.housing_register.embedded import EmbeddedRegister

    return EmbeddedRegister(run_dir / settings.database)
