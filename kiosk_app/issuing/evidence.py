"""What the witnesses' words about one job's paper amount to.

Ranking: exit sensor, the printer's own page counter, the impressions that the printer reports for
the job, those that the queue reports. A number counts when the strongest witness gives it and one
more agrees. A job's state is no witness of paper: CUPS calls swallowed jobs complete, and prints a
sheet again after a crash. Silence is never an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.document_printer.contract import JobState, PrintEvidence
from kiosk_app.issuing.contract import Reason
from kiosk_app.issuing.rows import CopyRecord
from kiosk_app.issuing.states import CopyState


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a copy, and why. ``sheets`` is ``None`` when nobody knows."""

    state: CopyState
    reason: str = ""
    sheets: int | None = None


def unknown(reason: str) -> Finding:
    """Nobody can tell."""
    return Finding(CopyState.PRINT_UNKNOWN, reason)


def judge(copy: CopyRecord, evidence: PrintEvidence) -> Finding:
    """Conclude from evidence whose ``counter_before`` is the one of the copy's intent."""
    doubt = _doubt(copy, evidence)
    if doubt is not None:
        return unknown(doubt)
    sheets = evidence.agreed_sheets
    if sheets is None:
        return unknown(_why_not_agreed(evidence))
    if sheets == 0:
        return _nothing(evidence)
    if sheets > copy.pages:
        return Finding(CopyState.NEEDS_STAFF, Reason.TOO_MANY_SHEETS, sheets)
    if sheets < copy.pages:
        return Finding(CopyState.NEEDS_STAFF, Reason.INCOMPLETE, sheets)
    if evidence.blank:
        return Finding(CopyState.NEEDS_STAFF, Reason.BLANK, sheets)
    if evidence.job_state is not JobState.COMPLETED:
        return unknown(cause(evidence) or Reason.EVIDENCE_CONTRADICTS)
    return Finding(CopyState.PRINTED, "", sheets)


def cause(evidence: PrintEvidence) -> str:
    """The first state reason that stops the printer, or ``""``."""
    return next((each.keyword for each in evidence.reasons if each.stops), "")


def _doubt(copy: CopyRecord, evidence: PrintEvidence) -> str | None:
    before, after = evidence.counter_before, evidence.counter_after
    if evidence.printer_uuid != copy.printer_uuid:
        return Reason.PRINTER_SWAPPED
    if before is not None and after is not None and after < before:
        return Reason.COUNTER_RAN_BACK
    if evidence.job_state is JobState.ABSENT:
        return Reason.JOB_LOST
    if not evidence.job_state.final:
        return Reason.STILL_PENDING
    return None


def _nothing(evidence: PrintEvidence) -> Finding:
    if evidence.job_state is JobState.COMPLETED:
        return unknown(Reason.SWALLOWED)
    device_denies = evidence.device_impressions == 0 or evidence.output_sensor is False
    if evidence.counter_delta == 0 and device_denies:
        return Finding(CopyState.VOID, cause(evidence) or Reason.NOTHING_CAME_OUT, 0)
    return unknown(cause(evidence) or Reason.EVIDENCE_MISSING)


def _why_not_agreed(evidence: PrintEvidence) -> str:
    silent = len(evidence.counts) + (evidence.output_sensor is not None) < 2
    if silent:
        return cause(evidence) or Reason.EVIDENCE_MISSING
    return Reason.EVIDENCE_CONTRADICTS
