"""What a citizen is shown when something does not work, and how the journey then counts.

A rule is found by the error's code and by the reader that it came from: what is wrong with a social
security card is not said of an identity card. Each code stands in the fault table of the hall's
plan. Texts are ``fault.<text>.title``, ``.lead`` and, where a part decides, ``.emphasis`` in
``config/texts/journey``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.errors import OperatorAction
from kiosk_app.desk.ways_in import ICONS
from kiosk_app.devices import READER, SOCIAL, TRAVEL
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
    # any card, and its reader
    "card-unreadable": _rule("card-unreadable", "CD-READ", **_CARD),
    "card-pulled": _rule("card-pulled", "CD-PULL", **_CARD),
    "card-collision": _rule("card-collision", "CD-TWO", **_CARD),
    "card-two-readers": _rule("card-collision", "CD-TWO-PLACES", **_CARD),
    "card-unsupported": _rule("card-unsupported", "CD-KIND", **_CARD),
    "card-data-invalid": _rule("card-data-invalid", "CD-DATA", **_REFUSE),
    "card-expired": _rule("card-expired", "CD-EXPIRED", **_REFUSE),
    "card-not-yet-valid": _rule("card-not-yet-valid", "CD-EARLY", **_REFUSE),
    "no-card": _rule("no-card", "CD-NONE", **_REFUSE),
    "reader-absent": _rule("reader", "CD-ABSENT", **_READER),
    "reader-busy": _rule("reader", "CD-BUSY", **_READER),
    "reader-failed": _rule("reader", "CD-FAILED", **_READER),
    "card-garbled": _rule("reader", "CD-GARBLED", **_READER),
    "card-silent": _rule("reader", "CD-SILENT", **_READER),
    "pcsc-down": _rule("reader", "CD-DOWN", **_READER),
    # the identity card's reader alone
    "reader-port-busy": _rule("reader", "ID-PORT-BUSY", **_READER),
    "reader-port-denied": _rule("reader", "ID-PORT-DENIED", **_READER),
    "reader-silent": _rule("reader", "ID-SILENT", **_READER),
    "reader-garbled": _rule("reader", "ID-GARBLED", **_READER),
    "reader-not-authorised": _rule("reader", "ID-SAM-66", **_READER),
    "reader-self-test-failed": _rule("reader", "ID-SAM-60", **_READER),
    # the travel document's reader alone
    "key-wrong": _rule("key-wrong", "TD-KEY", **_REFUSE),
    "document-altered": _rule("document-altered", "TD-ALTERED", **_REFUSE),
    "document-no-store": _rule("document-untrusted", "TD-NO-STORE", **_REFUSE),
    "document-country-unknown": _rule("document-untrusted", "TD-COUNTRY", **_REFUSE),
    "document-signer-expired": _rule("document-signer-expired", "TD-SIGNER-OLD", **_REFUSE),
    "document-chain-broken": _rule("document-signature-wrong", "TD-CHAIN", **_REFUSE),
    "document-signed-out-of-time": _rule("document-signature-wrong", "TD-TIME", **_REFUSE),
    "document-signer-revoked": _rule("document-signer-revoked", "TD-SIGNER-REVOKED", **_REFUSE),
    "document-data-invalid": _rule("document-data-invalid", "TD-DATA", **_REFUSE),
    "session-forged": _rule("reader", "TD-MAC", **_READER),
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
    "card-left": _rule("card-left", "CD-LEFT", **_LEFT),
    # the terminal itself
    "internal": _rule("internal", "YM-500", outcome=Outcome.OUT_OF_SERVICE),
}


_OWN: dict[str, dict[str, tuple[str, str]]] = {
    READER: {
        "card-unreadable": ("id-card-unreadable", "ID-READ"),
        "card-pulled": ("id-card-pulled", "ID-PULL"),
        "card-collision": ("id-card-collision", "ID-TWO"),
        "card-unsupported": ("id-card-unsupported", "ID-KIND"),
        "card-data-invalid": ("id-card-data-invalid", "ID-DATA"),
        "card-expired": ("id-card-expired", "ID-EXPIRED"),
        "card-not-yet-valid": ("id-card-not-yet-valid", "ID-EARLY"),
        "card-left": ("id-card-left", "ID-LEFT"),
        "reader-absent": ("reader", "ID-ABSENT"),
        "reader-busy": ("reader", "ID-BUSY"),
        "reader-failed": ("reader", "ID-FAILED"),
    },
    SOCIAL: {
        "card-unreadable": ("social-card-unreadable", "SC-READ"),
        "card-pulled": ("social-card-pulled", "SC-PULL"),
        "card-unsupported": ("social-card-unsupported", "SC-KIND"),
        "card-data-invalid": ("social-card-data-invalid", "SC-DATA"),
        "card-expired": ("social-card-expired", "SC-EXPIRED"),
        "card-left": ("social-card-left", "SC-LEFT"),
        "card-garbled": ("social-card-silent", "SC-GARBLED"),
        "card-silent": ("social-card-silent", "SC-SILENT"),
        "reader-absent": ("reader", "SC-ABSENT"),
        "reader-busy": ("reader", "SC-BUSY"),
        "pcsc-down": ("reader", "SC-DOWN"),
    },
    TRAVEL: {
        "card-unreadable": ("document-unreadable", "TD-READ"),
        "card-pulled": ("document-pulled", "TD-PULL"),
        "card-unsupported": ("document-unsupported", "TD-KIND"),
        "card-expired": ("document-expired", "TD-EXPIRED"),
        "card-left": ("document-left", "TD-LEFT"),
        "card-garbled": ("document-silent", "TD-GARBLED"),
        "card-silent": ("document-silent", "TD-SILENT"),
        "reader-absent": ("document-reader", "TD-ABSENT"),
        "reader-busy": ("document-reader", "TD-BUSY"),
        "pcsc-down": ("document-reader", "TD-DOWN"),
    },
}
"""By reader and code: the words and the reference of its own."""
OF_READER: dict[tuple[str, str], FaultRule] = {
    (role, code): replace(RULES[code], text=text, reference=reference, icon=ICONS[role])
    for role, own in _OWN.items()
    for code, (text, reference) in own.items()
}
"""What is said in other words, or is another fault to staff, on one reader."""


def code_of(error: Exception) -> str:
    """The fault's code that an error carries; ``internal`` when it is none of ours."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code in RULES else "internal"


def rule_for(code: str, role: str | None = None) -> FaultRule:
    """How to show a fault. ``role``: the reader that it is about; where its card has no words of
    its own, or it is about none, the general ones will do. An unknown code is shown as the
    terminal's own."""
    own = OF_READER.get((role, code)) if role is not None else None
    return own or RULES.get(code, RULES["internal"])
