"""Makes each copy of an issuance from the dossier that was kept with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk_app.desk.dossier import Dossier
from kiosk_app.documents.workshop import PaperWorkshop
from kiosk_app.issuing.contract import Issuance, Made


@dataclass(frozen=True, slots=True)
class CopyMaker:
    """Makes each copy of an issuance from the dossier that was kept with it."""

    workshop: PaperWorkshop
    templates: Mapping[tuple[str, str], Path]
    """Template by service and document kind."""
    keep: Path | None = None
    """Where a rehearsal keeps what it printed; a real terminal keeps nothing."""

    async def make(self, issuance: Issuance, copy: int, /) -> Made:
        """One signed copy. Raises ``DocumentError``."""
        dossier = Dossier.from_bytes(issuance.payload)
        paper = dossier.paper(issuance.serial, issuance.issued_at)
        template = self.templates[issuance.service, issuance.kind]
        made = await self.workshop.make_copy(template, paper, copy)
        if self.keep is not None:
            await asyncio.to_thread(self._keep, f"{issuance.serial}-{copy}.pdf", made.pdf)
        return Made(made.pdf, pages=1, digest=paper.facts_digest().hex())

    def _keep(self, name: str, pdf: bytes) -> None:
        if self.keep is not None:
            self.keep.mkdir(parents=True, exist_ok=True)
            (self.keep / name).write_bytes(pdf)
