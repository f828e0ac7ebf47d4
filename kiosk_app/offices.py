"""Opens the records and keys of a run folder; the service and the command line share it."""

from __future__ import annotations

from pathlib import Path

from kiosk_app.audit import AuditLog
from kiosk_app.documents.key_sources import DEVELOPMENT_CERTIFICATE, KeyFile, KeyToken
from kiosk_app.documents.keys import development_key
from kiosk_app.issuing.office import IssuingOffice, OfficePaths
from kiosk_app.issuing.printing import PrintTiming
from kiosk_app.settings import Settings, spool_folder


def open_audit(settings: Settings) -> AuditLog:
    """The audit log. Raises ``StoreError``."""
    return AuditLog.open(_records(settings) / "audit.sqlite")


def office_paths(settings: Settings) -> OfficePaths:
    """Where the issuing office keeps its things."""
    records = _records(settings)
    return OfficePaths(records / "journal.sqlite", records / "keys", spool_folder(settings))


def open_office(settings: Settings, audit: AuditLog) -> IssuingOffice:
    """The issuing office over its journal. Raises ``StoreError``, ``IssuingError``."""
    timing = PrintTiming(deadline_s=settings.terminal.timers.paper)
    return IssuingOffice.at(office_paths(settings), audit, print_timing=timing)


def signing_key(settings: Settings) -> KeyFile | KeyToken:
    """The key that seals papers; a development key is made where none is set."""
    return settings.terminal.signing.key or development_key(
        _signing(settings), settings.hall.name.zh
    )


def trusted(settings: Settings) -> tuple[Path, ...]:
    """The certificates whose papers verify as ours."""
    signing = settings.terminal.signing
    if signing.key is None:
        return (*signing.trusted, _signing(settings) / DEVELOPMENT_CERTIFICATE)
    return signing.trusted


def _records(settings: Settings) -> Path:
    return settings.run_dir / "records"


def _signing(settings: Settings) -> Path:
    return settings.run_dir / "signing"
