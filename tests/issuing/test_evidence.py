"""Two witnesses, the strongest among them, or nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document_printer.contract import JobState, PrintEvidence, Severity, StateReason
from kiosk_app.issuing.evidence import judge
from kiosk_app.issuing.rows import CopyRecord
from kiosk_app.issuing.states import CopyState

COPY = CopyRecord("c", "i", 1, 1, "", CopyState.PRINTING, printer_uuid="one", counter_before=10)
GOOD = PrintEvidence(
    job_state=JobState.COMPLETED,
    queue_impressions=1,
    device_impressions=1,
    counter_before=10,
    counter_after=11,
    output_sensor=None,
    printer_uuid="one",
)
JAM = (StateReason("media-jam", Severity.ERROR),)
NOTHING = {"queue_impressions": 0, "device_impressions": 0, "counter_after": 10}


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({}, "printed", ""),
        ({"counter_after": None}, "printed", ""),
        ({"queue_impressions": None}, "printed", ""),
        ({"queue_impressions": 0}, "printed", ""),
        (
            {"device_impressions": None, "queue_impressions": None},
            "print-unknown",
            "evidence-missing",
        ),
        (
            {"device_impressions": None, "queue_impressions": None, "output_sensor": True},
            "printed",
            "",
        ),
        ({"output_sensor": False}, "print-unknown", "evidence-contradicts"),
        ({"counter_after": 10}, "print-unknown", "evidence-contradicts"),
        ({"counter_after": 9}, "print-unknown", "counter-ran-back"),
        ({"printer_uuid": "two"}, "print-unknown", "printer-swapped"),
        ({"job_state": JobState.ABSENT}, "print-unknown", "job-lost"),
        ({"job_state": JobState.PROCESSING}, "print-unknown", "still-pending"),
        ({"job_state": JobState.ABORTED, "reasons": JAM}, "print-unknown", "media-jam"),
        (NOTHING, "print-unknown", "swallowed"),
        ({**NOTHING, "job_state": JobState.ABORTED, "reasons": JAM}, "void", "media-jam"),
        ({**NOTHING, "job_state": JobState.CANCELED}, "void", "nothing-came-out"),
        (
            {**NOTHING, "counter_after": None, "job_state": JobState.ABORTED, "reasons": JAM},
            "print-unknown",
            "media-jam",
        ),
        (
            {**NOTHING, "device_impressions": None, "job_state": JobState.ABORTED},
            "print-unknown",
            "evidence-missing",
        ),
        (
            {"counter_after": 12, "queue_impressions": 2, "device_impressions": 1},
            "needs-staff",
            "too-many-sheets",
        ),
        ({"blank": True}, "needs-staff", "blank"),
    ],
)
def test_judgement(changes: dict[str, Any], state: str, reason: str) -> None:
    finding = judge(COPY, replace(GOOD, **changes))
    assert (finding.state, finding.reason) == (state, reason)


def test_half_a_copy_is_for_staff() -> None:
    finding = judge(replace(COPY, pages=2), GOOD)
    assert (finding.state, finding.reason, finding.sheets) == ("needs-staff", "incomplete", 1)


counts = st.none() | st.integers(0, 3)
evidences = st.builds(
    PrintEvidence,
    job_state=st.sampled_from(JobState),
    queue_impressions=counts,
    device_impressions=counts,
    counter_before=st.none() | st.integers(8, 12),
    counter_after=st.none() | st.integers(8, 12),
    output_sensor=st.none() | st.booleans(),
    printer_uuid=st.sampled_from(["one", "two"]),
    reasons=st.sampled_from([(), JAM]),
    blank=st.none() | st.booleans(),
)


@given(evidences)
def test_printed_takes_two_witnesses_and_no_contradiction_of_the_strongest(
    evidence: PrintEvidence,
) -> None:
    finding = judge(COPY, evidence)
    if finding.state is CopyState.PRINTED:
        assert evidence.job_state is JobState.COMPLETED
        assert evidence.printer_uuid == "one"
        assert evidence.counter_delta in (None, 1)
        says_one = [
            evidence.counter_delta == 1,
            evidence.device_impressions == 1,
            evidence.queue_impressions == 1,
            evidence.output_sensor is True,
        ]
        assert sum(says_one) >= 2


@given(evidences)
def test_a_definite_failure_takes_a_still_counter_and_a_device_that_denies(
    evidence: PrintEvidence,
) -> None:
    if judge(COPY, evidence).state is CopyState.VOID:
        assert evidence.counter_delta == 0
        assert evidence.device_impressions == 0 or evidence.output_sensor is False
        assert evidence.job_state in (JobState.ABORTED, JobState.CANCELED)


@given(evidences)
def test_silence_is_never_an_answer(evidence: PrintEvidence) -> None:
    mute = replace(
        evidence,
        queue_impressions=None,
        device_impressions=None,
        counter_after=None,
        output_sensor=None,
    )
    assert mute.agreed_sheets is None
    assert judge(COPY, mute).state is CopyState.PRINT_UNKNOWN
