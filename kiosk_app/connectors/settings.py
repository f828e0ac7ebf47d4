"""How a terminal reaches its outside systems, as a part of ``terminal.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EmbeddedRegisterSettings(_Section):
    """The register with synthetic records, inside the service. ``database`` is relative to the
    run directory unless absolute."""

    kind: Literal["embedded"] = "embedded"
    database: Path = Path("housing-register.sqlite")


class Timeouts(_Section):
    """Seconds. ``deadline`` bounds one act with all its attempts and pauses, ``ready`` the
    question whether there would be an answer."""

    connect: float = Field(default=3.0, gt=0)
    read: float = Field(default=8.0, gt=0)
    write: float = Field(default=5.0, gt=0)
    pool: float = Field(default=2.0, gt=0)
    deadline: float = Field(default=20.0, gt=0)
    ready: float = Field(default=3.0, gt=0)


class Retries(_Section):
    """``attempts`` counts the first one. Pauses grow from ``pause`` to ``longest_pause`` seconds,
    each drawn at random up to its bound; a ``Retry-After`` is heeded up to ``longest_pause``."""

    attempts: int = Field(default=3, ge=1, le=10)
    pause: float = Field(default=0.2, ge=0)
    longest_pause: float = Field(default=2.0, ge=0)


class BreakerSettings(_Section):
    """After ``failures`` in a row nothing is sent for ``cooldown`` seconds."""

    failures: int = Field(default=5, ge=1)
    cooldown: float = Field(default=10.0, gt=0)


class HttpRegisterSettings(_Section):
    """A register at a distance. Secrets stand in files, never here.

    ``terminal_key`` is the terminal's Ed25519 private key (PKCS#8 PEM), ``register_key`` the
    register's public key (SubjectPublicKeyInfo PEM). ``uds`` sends to a Unix socket instead of
    the address in ``url``.
    """

    kind: Literal["http"] = "http"
    url: str = Field(pattern=r"^https?://[^/?#@\s]+$")
    uds: Path | None = None
    ca_file: Path | None = None
    terminal: str = Field(pattern=r"^[A-Za-z0-9-]{1,32}$")
    terminal_key: Path
    register_key: Path
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    breaker: BreakerSettings = BreakerSettings()
    ready_cache: float = Field(default=3.0, ge=0)


HousingRegisterSettings = Annotated[
    EmbeddedRegisterSettings | HttpRegisterSettings, Field(discriminator="kind")
]
