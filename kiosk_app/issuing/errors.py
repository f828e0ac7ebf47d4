"""What can go wrong while issuing and printing, apart from the register, the printer and the disk.

    IssuingError
     +- LimitReached       as many documents as the hall allows for one person and day
     +- IssueUnknown       sent, and the register has not said yet what became of it
     +- SerialConflict     the register gave a number that stands for another document
     +- CopyUnsettled      staff must look before another copy may be printed
     +- CopyDelivered      a valid copy exists
     +- NotIssued          a copy was asked for a document without a number
     +- UnknownCopy        staff named a copy that does not exist
     +- CopyInFlight       staff decided about a copy that the terminal is still printing
     +- CopySettled        staff decided about a copy that needs no decision
     +- DecisionImpossible the copy can only be declared void
     +- RecordUnreadable   a record does not open with the key it was sealed with
     +- RecordChanged      another process changed the record meanwhile
     +- KeyUnusable        a key file is missing, damaged or open to others
     +- JournalRolledBack  the journal is older than what the audit log says of it

Faults of the file are ``kiosk_app.records.StoreError`` (``journal-full`` …), those of the register
``RegisterError``, those of the printer ``DeviceError``.
"""

from __future__ import annotations

from typing import ClassVar


class IssuingError(Exception):
    """``code`` is stable and kebab-case; ``action`` says what to do, in English, for staff."""

    code: ClassVar[str] = "issuing-error"
    action: ClassVar[str] = "call maintenance"

    def __init__(self, what: str) -> None:
        super().__init__(f"{self.code}: {what}; {self.action}")
        self.what = what


class LimitReached(IssuingError):
    """The day's limit for this person and service is used up."""

    code = "daily-limit-reached"
    action = "send the citizen to the counter"


class IssueUnknown(IssuingError):
    """The register accepted the request or did not; it is asked again by the same key."""

    code = "issue-unknown"
    action = "do not issue at another place; the terminal keeps asking the register"


class SerialConflict(IssuingError):
    """Two documents would bear one number."""

    code = "serial-conflict"
    action = "stop issuing and call the register"


class CopyUnsettled(IssuingError):
    """A copy waits for a decision of staff."""

    code = "copy-unsettled"
    action = "look into the printer's tray and decide the copy (technician's page, or yimen copies)"


class CopyDelivered(IssuingError):
    """There is a valid copy, so no other may be printed."""

    code = "copy-delivered"
    action = "ask the citizen for the paper; a new document is another errand"


class NotIssued(IssuingError):
    """The document has no number yet."""

    code = "not-issued"
    action = "issue it first"


class UnknownCopy(IssuingError):
    """No such serial, or no such copy of it."""

    code = "copy-unknown"
    action = "check the serial and the copy number on the paper"


class CopyInFlight(IssuingError):
    """The terminal has not looked yet what became of the copy."""

    code = "copy-in-flight"
    action = "wait for the terminal, or restart it"


class CopySettled(IssuingError):
    """The copy waits for nobody."""

    code = "copy-settled"
    action = "nothing is to be decided"


class DecisionImpossible(IssuingError):
    """More sheets than one bear this copy's number, or it is incomplete."""

    code = "decision-impossible"
    action = "destroy the sheets and declare the copy void"


class RecordUnreadable(IssuingError):
    """The sealed part of a record is damaged, or another key sealed it."""

    code = "journal-corrupt"
    action = "keep the journal and its keys for the hall; issue nothing"


class RecordChanged(IssuingError):
    """Somebody else changed the record meanwhile."""

    code = "record-changed"
    action = "look again, and repeat what is still right"


class KeyUnusable(IssuingError):
    """A key file cannot be used."""

    code = "journal-key"
    action = "restore the key file with mode 0600; never make a new one for an old journal"


class JournalRolledBack(IssuingError):
    """The journal forgot what the audit log remembers."""

    code = "journal-corrupt"
    action = "restore the journal or have the hall release a new one; issue nothing"
