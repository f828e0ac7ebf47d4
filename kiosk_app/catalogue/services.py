"""The services of a terminal: each one a folder of data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk_app.fitness import Chain
from kiosk_app.screens import Icon
from kiosk_app.settings import SettingsError, mistakes, read_model
from kiosk_app.texts import Text, Texts, TextsError


class Named(BaseModel):
    """One entry of a list to choose from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: Text
    icon: Icon | None = None


class Service(BaseModel):
    """What a citizen comes for. Kinds of service add what their procedure needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    text_keys: ClassVar[tuple[str, ...]] = ("title", "detail", "about", "brings")
    """Texts that every folder of this kind must hold."""

    id: str
    folder: Path
    texts: Texts
    procedure: str
    icon: Icon
    order: int = 100
    aliases: tuple[str, ...] = ()
    connector: str | None = None
    """The outside system that it asks, if any."""
    devices: tuple[str, ...] = ()
    """Roles that must be fit before the service is offered."""
    sheets: int = Field(default=1, ge=0, le=100)
    """How many sheets it prints at most."""

    @property
    def chain(self) -> Chain:
        """What must be fit before a card is asked for."""
        return Chain(self.devices, sheets=self.sheets)

    @property
    def title(self) -> Text:
        """The service's name."""
        return self.texts["title"]


def load_services(folder: Path, kinds: Mapping[str, type[Service]]) -> dict[str, Service]:
    """All services below a folder, in their order, by id (the folder's name).

    ``kinds``: procedure name to the model of its services. Raises ``SettingsError`` for a folder
    that cannot be read, names no known procedure, or lacks a text.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not there")
    paths = sorted(path.parent for path in folder.glob("*/service.toml"))
    services = [_load(path, kinds) for path in paths]
    services.sort(key=lambda service: (service.order, service.id))
    return {service.id: service for service in services}


class _Procedure(BaseModel):
    model_config = ConfigDict(extra="ignore")

    procedure: str


class _Raw(BaseModel):
    model_config = ConfigDict(extra="allow")


def _load(path: Path, kinds: Mapping[str, type[Service]]) -> Service:
    file = path / "service.toml"
    procedure = read_model(file, _Procedure).procedure
    if procedure not in kinds:
        raise SettingsError(f"{file}: no procedure is called {procedure!r}")
    try:
        texts = Texts.load(path / "texts")
    except TextsError as problem:
        raise SettingsError(str(problem)) from problem
    raw: dict[str, Any] = read_model(file, _Raw).model_dump()
    kind = kinds[procedure]
    missing = [key for key in kind.text_keys if key not in texts]
    if missing:
        raise SettingsError(f"{path / 'texts'} lacks: {', '.join(missing)}")
    try:
        return kind.model_validate({**raw, "id": path.name, "folder": path, "texts": texts})
    except ValidationError as problem:
        raise SettingsError(f"{file}: {mistakes(problem)}") from None
