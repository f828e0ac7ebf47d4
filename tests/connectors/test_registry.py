"""Settings into connectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kiosk_app.connectors.housing_register.embedded import EmbeddedRegister
from kiosk_app.connectors.housing_register.http import HttpRegister
from kiosk_app.connectors.housing_register.signing import KeyFileError, make_key_pair
from kiosk_app.connectors.registry import open_register
from kiosk_app.connectors.settings import HousingRegisterSettings

SETTINGS: TypeAdapter[HousingRegisterSettings] = TypeAdapter(HousingRegisterSettings)


def at_a_distance(folder: Path, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "http",
        "url": "https://register.example",
        "terminal": "03",
        "terminal_key": str(folder / "terminal.key"),
        "register_key": str(folder / "register.pub"),
    } | changes


async def test_the_embedded_register_lies_in_the_run_directory(tmp_path: Path) -> None:
    settings = SETTINGS.validate_python({"kind": "embedded"})
    register = open_register(settings, run_dir=tmp_path / "run", alarm=print)
    assert isinstance(register, EmbeddedRegister)
    assert await register.ready()
    await register.close()
    assert (tmp_path / "run" / "housing-register.sqlite").is_file()


async def test_a_register_at_a_distance_needs_its_keys(tmp_path: Path) -> None:
    settings = SETTINGS.validate_python(at_a_distance(tmp_path))
    with pytest.raises(KeyFileError, match=r"terminal\.key"):
        open_register(settings, run_dir=tmp_path, alarm=print)
    for name in ("terminal", "register"):
        make_key_pair(tmp_path, name)
    register = open_register(settings, run_dir=tmp_path, alarm=print)
    assert isinstance(register, HttpRegister)
    await register.close()


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://register.example"},
        {"url": "https://user:word@register.example"},
        {"url": "https://register.example/?token=1"},
        {"terminal": "03\r\nx: y"},
        {"retries": {"attempts": 0}},
        {"secret": "inline"},
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SETTINGS.validate_python(at_a_distance(tmp_path, **change))
