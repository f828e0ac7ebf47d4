"""What a citizen is shown when something does not work, and how the journey then counts.

Each code stands in the fault table of the hall's plan. Texts are ``fault.<text>.title``, ``.lead``
and, where a part decides, ``.emphasis`` in ``config/texts/journey``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.errors import OperatorAction
from kiosk_app.screens import Icon, Tone


class Outcome(StrEnum):
    """How a journey ended."""

    PRINTED = "printed"
    REFUSED = "refused"
    NEEDS_STAFF = "needs-staff"
    OUT_OF_SERVICE = "out-of-service"
    ABANDONED = "abandoned"


class Advice(StrEnum):
    """Ways on that a fault can offer; their texts are ``way.<advice>`` and ``.detail``."""

    WINDOW = "window"
    """Go to the staffed window of the hall."""
    OTHER_TERMINAL = "other-terminal"
    CALL_STAFF = "call-staff"
    AGAIN = "again"
    """Start the errand again here."""
    FINISH = "finish"
    """Nothing more; it is the button that every screen has."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """How one fault is shown. ``reference`` is for staff, small at the bottom."""

    text: str
    reference: str
    outcome: Outcome
    icon: Icon = Icon.ALERT
    tone: Tone = Tone.STOP
    ways: tuple[Advice, ...] = (Advice.WINDOW, Advice.CALL_STAFF)
    action: OperatorAction = OperatorAction.MAINTENANCE


_REFUSE = {
    "outcome": Outcome.REFUSED,
    "icon": Icon.ID_CARD,
    "tone": Tone.SOON,
    "ways": (Advice.WINDOW,),
    "action": OperatorAction.NONE,
}
_CARD = {
    "outcome": Outcome.NEEDS_STAFF,
    "icon": Icon.ID_CARD,
    "ways": (Advice.AGAIN, Advice.WINDOW, Advice.CALL_STAFF),
    "action": OperatorAction.NONE,
}
_READER = {
    "outcome": Outcome.OUT_OF_SERVICE,
    "icon": Icon.ID_CARD,
    "ways": (Advice.OTHER_TERMINAL, Advice.WINDOW, Advice.CALL_STAFF),
}
_REGISTER = {
    "outcome": Outcome.OUT_OF_SERVICE,
    "icon": Icon.DATABASE,
    "tone": Tone.SOON,
    "ways": (Advice.WINDOW, Advice.AGAIN),
    "action": OperatorAction.NONE,
}
_COUNTER = {**_REGISTER, "outcome": Outcome.REFUSED, "ways": (Advice.WINDOW,)}
_JOURNAL = {
    "outcome": Outcome.OUT_OF_SERVICE,
    "icon": Icon.DATABASE,
    "ways": (Advice.OTHER_TERMINAL, Advice.WINDOW, Advice.CALL_STAFF),
}
_PAPER = {"outcome": Outcome.NEEDS_STAFF, "icon": Icon.PRINTER, "action": OperatorAction.CLEAR}
_LEFT = {**_PAPER, "icon": Icon.ID_CARD, "tone": Tone.SOON, "ways": (Advice.CALL_STAFF,)}
_BEFORE = {
    "outcome": Outcome.OUT_OF_SERVICE,
    "icon": Icon.PRINTER,
    "tone": Tone.SOON,
    "ways": (Advice.OTHER_TERMINAL, Advice.WINDOW, Advice.CALL_STAFF),
    "action": OperatorAction.CLEAR,
}


def _rule(text: str, reference: str, **rest: object) -> FaultRule:
    return FaultRule(text=text, reference=reference, **rest)  # type: ignore[arg-type]


RULES: dict[str, FaultRule] = {
    # the card
    "card-unreadable": _rule("card-unreadable", "ID-READ", **_CARD),
    "card-pulled": _rule("card-pulled", "ID-PULL", **_CARD),
    "card-collision": _rule("card-collision", "ID-TWO", **_CARD),
    "card-two-readers": _rule("card-collision", "SC-TWO", **_CARD),
    "card-unsupported": _rule("card-unsupported", "ID-KIND", **_CARD),
    "card-data-invalid": _rule("card-data-invalid", "ID-DATA", **_REFUSE),
    "card-expired": _rule("card-expired", "ID-EXPIRED", **_REFUSE),
    "card-not-yet-valid": _rule("card-not-yet-valid", "ID-EARLY", **_REFUSE),
    "key-wrong": _rule("key-wrong", "TD-KEY", **_REFUSE),
    "document-altered": _rule("document-altered", "TD-ALTERED", **_REFUSE),
    "document-untrusted": _rule("document-untrusted", "TD-UNKNOWN", **_REFUSE),
    "document-data-invalid": _rule("document-data-invalid", "TD-DATA", **_REFUSE),
    "no-card": _rule("no-card", "ID-NONE", **_REFUSE),
    # the reader
    "reader-absent": _rule("reader", "ID-ABSENT", **_READER),
    "reader-busy": _rule("reader", "ID-BUSY", **_READER),
    "reader-failed": _rule("reader", "ID-FAILED", **_READER),
    "reader-port-busy": _rule("reader", "ID-PORT-BUSY", **_READER),
    "reader-port-denied": _rule("reader", "ID-PORT-DENIED", **_READER),
    "reader-silent": _rule("reader", "ID-SILENT", **_READER),
    "reader-garbled": _rule("reader", "ID-GARBLED", **_READER),
    "card-garbled": _rule("reader", "SC-GARBLED", **_READER),
    "session-forged": _rule("reader", "TD-MAC", **_READER),
    "card-silent": _rule("reader", "SC-SILENT", **_READER),
    "pcsc-down": _rule("reader", "SC-DOWN", **_READER),
    "reader-not-authorised": _rule("reader", "ID-SAM-66", **_READER),
    "reader-self-test-failed": _rule("reader", "ID-SAM-60", **_READER),
    # the register
    "register-unavailable": _rule("register-unavailable", "HR-DOWN", **_REGISTER),
    "register-busy": _rule("register-busy", "HR-BUSY", **_REGISTER),
    "register-garbled": _rule("register-unavailable", "HR-GARBLED", **_REGISTER),
    "register-refused": _rule("register-refused", "HR-REFUSED", **_COUNTER),
    "register-other-person": _rule(
        "register-other-person", "HR-OTHER", **{**_REGISTER, "outcome": Outcome.NEEDS_STAFF}
    ),
    "register-outcome-unknown": _rule(
        "register-outcome-unknown", "HR-UNKNOWN", **{**_REGISTER, "outcome": Outcome.NEEDS_STAFF}
    ),
    "issue-unknown": _rule(
        "register-outcome-unknown", "IS-UNKNOWN", **{**_REGISTER, "outcome": Outcome.NEEDS_STAFF}
    ),
    "serial-conflict": _rule("register-unavailable", "IS-CONFLICT", **_REGISTER),
    "name-differs": _rule("name-differs", "HR-NAME", **_COUNTER),
    "register-updating": _rule("register-updating", "HR-UPDATING", **_COUNTER),
    "daily-limit-reached": _rule("limit-reached", "IS-LIMIT", **_COUNTER),
    # the records
    "journal-full": _rule("journal", "DB-FULL", **_JOURNAL),
    "journal-busy": _rule("journal-busy", "DB-BUSY", **_JOURNAL),
    "journal-read-only": _rule("journal", "DB-READONLY", **_JOURNAL),
    "journal-corrupt": _rule("journal", "DB-CORRUPT", **_JOURNAL),
    "journal-failed": _rule("journal", "DB-FAILED", **_JOURNAL),
    "journal-key": _rule("journal", "DB-KEY", **_JOURNAL),
    "audit-full": _rule("journal", "AU-FULL", **_JOURNAL),
    "audit-busy": _rule("journal-busy", "AU-BUSY", **_JOURNAL),
    "audit-read-only": _rule("journal", "AU-READONLY", **_JOURNAL),
    "audit-corrupt": _rule("journal", "AU-CORRUPT", **_JOURNAL),
    "audit-failed": _rule("journal", "AU-FAILED", **_JOURNAL),
    # making the paper
    "paper-invalid": _rule("paper-counter", "DC-FACTS", **_COUNTER),
    "character-missing": _rule("paper-counter", "DC-GLYPH", **_COUNTER),
    "paper-too-long": _rule("paper-counter", "DC-LONG", **_COUNTER),
    "key-unusable": _rule("journal", "DC-KEY", **_JOURNAL),
    "workshop-failed": _rule("journal-busy", "DC-WORKSHOP", **_JOURNAL),
    # the paper, before anything was issued
    "printer-not-ready": _rule("printer-not-ready", "DP-NOTREADY", **_BEFORE),
    # the paper, after the number was given
    "paper-jammed": _rule("paper-jammed", "DP-JAM", **_PAPER),
    "paper-out": _rule("paper-out", "DP-EMPTY", **_PAPER),
    "toner-out": _rule("toner-out", "DP-TONER", **_PAPER),
    "cover-open": _rule("cover-open", "DP-COVER", **_PAPER),
    "output-full": _rule("output-full", "DP-OUTFULL", **_PAPER),
    "print-failed": _rule("print-failed", "DP-FAILED", **_PAPER),
    "print-not-sent": _rule("print-not-sent", "DP-NOTSENT", **_PAPER),
    "print-unknown": _rule("print-unknown", "DP-UNKNOWN", **_PAPER),
    "print-extra": _rule("print-extra", "DP-EXTRA", **_PAPER),
    "copy-unsettled": _rule("copy-unknown", "IS-BLOCKED", **_PAPER),
    "paper-missing": _rule("paper-missing", "DP-MISSING", **_PAPER),
    "card-left": _rule("card-left", "ID-LEFT", **_LEFT),
    # the terminal itself
    "internal": _rule("internal", "YM-500", outcome=Outcome.OUT_OF_SERVICE),
}


def code_of(error: Exception) -> str:
    """The fault's code that an error carries; ``internal`` when it is none of ours."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code in RULES else "internal"


def rule_for(code: str) -> FaultRule:
    """How to show a fault; an unknown code is shown as the terminal's own."""
    return RULES.get(code, RULES["internal"])
