"""Where the key that signs papers is kept: plain values, which need no cryptography to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk_app.documents.errors import KeyUnusable

DEVELOPMENT_KEY = "development-signing.p12"
DEVELOPMENT_CERTIFICATE = "development-signing.crt"
"""The files of a development key in its folder (``keys.development_key``)."""


class KeyFile(BaseModel):
    """A key in a PKCS#12 file. Its passphrase stands in a file, so that none crosses a process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pkcs12"] = "pkcs12"
    path: Path
    passphrase_file: Path | None = None


class KeyToken(BaseModel):
    """A key in a PKCS#11 token: the vendor's module, the labels of token and key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pkcs11"] = "pkcs11"
    module: Path
    token_label: str
    key_label: str
    pin_file: Path


KeySource = Annotated[KeyFile | KeyToken, Field(discriminator="kind")]


def read_secret(path: Path) -> str:
    """The first line of a secret's file. Raises ``KeyUnusable``."""
    try:
        return path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as problem:
        raise KeyUnusable(f"{path} cannot be read: {type(problem).__name__}") from None
