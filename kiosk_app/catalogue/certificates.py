"""Services that ask a register and put its answer on paper."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from drivers.id_card.contract import CardKind
from kiosk_app.catalogue.services import Named, Service
from kiosk_app.connectors.housing_register.contract import Answer
from kiosk_app.devices import READER, SOCIAL, TRAVEL
from kiosk_app.fitness import Chain

PAPER_KINDS = ("certificate", "record")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IdentityRule(_Part):
    """Which cards show who somebody is: ``cards`` on the identity-card reader, and others."""

    cards: tuple[CardKind, ...]
    social_security_card: bool = False
    travel_documents: bool = False
    """Home-return permits, Taiwan passes and passports, by the key on their data page."""
    unvouched_documents: bool = False
    """Whether a travel document will do for whose signer no country certificate vouches, or none
    any more; what speaks against a signer is never passed over."""

    @property
    def readers(self) -> tuple[str, ...]:
        """The roles of the readers that can show it, the usual one first."""
        others = {SOCIAL: self.social_security_card, TRAVEL: self.travel_documents}
        return (READER, *(role for role, wanted in others.items() if wanted))


class FamilyRule(_Part):
    """Who may be in the question besides the citizen. ``minor_below``: age in years."""

    spouses: int = Field(default=0, ge=0, le=1)
    children: int = Field(default=0, ge=0, le=8)
    minor_below: int = Field(default=18, ge=1, le=30)


class Limits(_Part):
    """How often one person may have it."""

    per_day: int = Field(default=3, ge=1)


class PaperRule(_Part):
    """What the paper is made from and says."""

    certificate: str
    record: str
    issuer: str
    phone: str
    id_numbers: Literal["full", "masked"] = "full"
    validity_days: int = Field(default=30, ge=1)
    presale: bool = True


class CertificateService(Service):
    """A certificate of what a register does not hold, or a record of what it does."""

    text_keys: ClassVar[tuple[str, ...]] = (
        *Service.text_keys,
        *(f"who.{key}" for key in ("title", "lead", "self", "self_detail", "family")),
        *(f"family.{key}" for key in ("title", "lead", "add_spouse", "add_child", "confirm")),
        *(f"range.{key}" for key in ("title", "lead", "whole", "whole_detail", "confirm")),
        *(f"{part}.{key}" for part in ("purpose", "body") for key in ("title", "lead")),
        *(f"refused.{key}" for key in ("title", "lead", "print", "print_detail", "note")),
        *("review.found", "review.found_family"),
        *(f"paper.{kind}_{part}" for kind in PAPER_KINDS for part in ("title", "subtitle")),
    )

    connector: str
    identity: IdentityRule
    family: FamilyRule = FamilyRule()
    limits: Limits = Limits()
    paper: PaperRule
    districts: tuple[Named, ...] = Field(min_length=1)
    purposes: tuple[Named, ...] = Field(min_length=1)
    bodies: tuple[Named, ...] = Field(min_length=1)
    unnamed_body: str = ""
    """The code among ``bodies`` that stands for no particular one."""

    @property
    def chain(self) -> Chain:
        """See ``Service.chain``: any one reader will do."""
        return Chain(self.devices, self.identity.readers, self.sheets)

    def grants(self, answer: Answer) -> bool:
        """Whether the answer is the one that the certificate states: nothing found."""
        return not answer.homes and not answer.caveats

    @property
    def templates(self) -> dict[str, Path]:
        """The template of each kind of paper, below the config folder."""
        folder = Path("services") / self.id
        return {kind: folder / getattr(self.paper, kind) for kind in PAPER_KINDS}

    def named(self, entries: tuple[Named, ...], code: str) -> Named:
        """The entry of a list by its code. Raises ``KeyError``."""
        for entry in entries:
            if entry.code == code:
                return entry
        raise KeyError(code)
