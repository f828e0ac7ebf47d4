"""What a hall and a terminal are set to: TOML files into typed models.

Layout of a config folder: ``hall.toml``, ``terminal.toml``, ``texts/``, ``services/<id>/``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk_app.connectors.settings import HousingRegisterSettings
from kiosk_app.documents.key_sources import KeySource
from kiosk_app.interop.settings import InteropSettings
from kiosk_app.opening_hours import ALWAYS, OpeningHours
from kiosk_app.texts import Text


class SettingsError(Exception):
    """A config file is missing or wrong; the message names the file and the place in it."""


class Section(BaseModel):
    """A part of the settings: fixed once read, and with no unknown names in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hall(Section):
    """The site that the terminal stands in."""

    name: Text
    city: Text
    phone: str
    staff_window: Text
    hours: OpeningHours = ALWAYS
    """When citizens use the terminals; forecasts of what is used up count only that time."""


class ScreenSettings(Section):
    """``mm_per_px``: millimetres of one pixel, from which the page derives its sizes."""

    mm_per_px: float = Field(default=0.248, gt=0.05, lt=2)


class Timers(Section):
    """Seconds. Sources: WCAG 2.2.1 (a warning of at least 20 s), the hall's own choice."""

    idle: float = Field(default=60, gt=0)
    warning: float = Field(default=30, ge=0.2)
    done: float = Field(default=15, gt=0)
    card_removal: float = Field(default=20, gt=0)
    """After this long with the card still there, the take screen insists."""
    paper: float = Field(default=90, gt=0)
    """How long a sheet may take before its fate counts as unknown."""
    page_silence: float = Field(default=10, gt=0)
    """How long the page may be silent before its window is started again."""


class Places(Section):
    """Where things are on this terminal, as a person standing before it would say."""

    output: Text
    reader: Text
    social_card: Text | None = None
    """The slot of the social security card; where the identity card goes when absent."""
    travel_document: Text | None = None
    """Where a passport or permit lies; the same."""


class DeviceBinding(Section):
    """A role's device: which driver runs it, and that driver's own settings."""

    driver: str
    settings: dict[str, Any] = Field(default_factory=dict)
    uri: str | None = None
    """Printers: the device URI that the private print scheduler sends to."""


Reach = Callable[[str, DeviceBinding], Awaitable[dict[str, Any]]]
"""Puts in place what a role's binding needs beside its driver; returns the driver's settings."""


class SigningSettings(Section):
    """The key that seals papers, and the certificates whose papers verify as ours.

    Without a key a development key is made in the run folder, and its papers say so.
    """

    key: KeySource | None = None
    trusted: tuple[Path, ...] = ()


SupplyName = Annotated[str, Field(pattern=r"^(paper|roll|film|ink)$")]
Capacity = Annotated[float, Field(gt=0, le=1_000_000)]


class TerminalSettings(Section):
    """One terminal."""

    id: str = Field(pattern=r"^[A-Za-z0-9-]{1,16}$")
    name: Text
    screen: ScreenSettings = ScreenSettings()
    timers: Timers = Timers()
    places: Places
    supplies: dict[str, dict[SupplyName, Capacity]] = Field(default_factory=dict)
    """By role, how much it holds when it is full: sheets of ``paper``, metres of ``roll`` and
    ``film``, stamps that ``ink`` lasts for."""
    devices: dict[str, DeviceBinding]
    register_: HousingRegisterSettings = Field(alias="register")
    signing: SigningSettings = SigningSettings()
    interop: InteropSettings = InteropSettings()


class Settings(Section):
    """All that one config folder says, and where run-time files go."""

    config: Path
    run_dir: Path
    hall: Hall
    terminal: TerminalSettings


def spool_folder(settings: Settings) -> Path:
    """Where a paper lies on its way to the printer, and must not stay."""
    return settings.run_dir / "spool"


def load_settings(config: Path, run_dir: Path) -> Settings:
    """Read a config folder.

    Raises ``SettingsError`` with the file and the place of the first mistakes.
    """
    return Settings(
        config=config,
        run_dir=run_dir,
        hall=read_model(config / "hall.toml", Hall),
        terminal=read_model(config / "terminal.toml", TerminalSettings),
    )


Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model]) -> Model:
    """One TOML file into one model. Raises ``SettingsError``."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}") from problem
    except ValidationError as problem:
        raise SettingsError(f"{path}: {mistakes(problem)}") from None


def mistakes(problem: ValidationError) -> str:
    """Each mistake with its place, without repeating the values."""
    return "; ".join(
        f"{'.'.join(str(part) for part in error['loc']) or 'file'}: {error['msg']}"
        for error in problem.errors(include_input=False, include_url=False)
    )
