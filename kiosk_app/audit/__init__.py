"""What happened, in an order that nobody can change afterwards."""

from kiosk_app.audit.chain import (
    AuditKind,
    AuditLog,
    ChainBroken,
    Entry,
    Head,
    PersonalData,
    Recorded,
)

__all__ = ["AuditKind", "AuditLog", "ChainBroken", "Entry", "Head", "PersonalData", "Recorded"]
