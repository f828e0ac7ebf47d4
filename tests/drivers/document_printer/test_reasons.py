import pytest

from drivers.device import DeviceState
from drivers.document_printer.contract import (
    PaperLevel,
    PrintMedia,
    Severity,
    StateReason,
    TonerLevel,
)
from drivers.document_printer.reasons import (
    device_state,
    paper_level,
    parse_reason,
    parse_reasons,
    print_media,
    stop_error,
    toner_level,
)
from drivers.errors import OperatorAction


@pytest.mark.parametrize(
    ("word", "keyword", "severity"),
    [
        ("media-jam-error", "media-jam", Severity.ERROR),
        ("media-low-warning", "media-low", Severity.WARNING),
        ("toner-low-report", "toner-low", Severity.REPORT),
        ("media-jam", "media-jam", Severity.ERROR),
        ("toner-low", "toner-low", Severity.WARNING),
        ("moving-to-paused", "moving-to-paused", Severity.REPORT),
        ("vendor-surprise", "vendor-surprise", Severity.ERROR),
        ("vendor-surprise-warning", "vendor-surprise", Severity.WARNING),
        ("error", "error", Severity.ERROR),
        ("", "", Severity.ERROR),
    ],
)
def test_a_suffix_tells_the_severity_and_without_one_the_keyword_does(
    word: str, keyword: str, severity: Severity
) -> None:
    assert parse_reason(word) == StateReason(keyword, severity)


def test_none_is_no_reason() -> None:
    assert parse_reasons(["none"]) == ()


@pytest.mark.parametrize(
    ("words", "paper", "media", "toner", "device"),
    [
        ([], "full", "unknown", "full", "online"),
        (["media-jam-error"], "jammed", "jammed", "full", "hardwareError"),
        (["media-empty-error"], "out", "unknown", "full", "online"),
        (["media-needed-error"], "out", "unknown", "full", "online"),
        (["media-low-warning"], "low", "unknown", "full", "online"),
        (["media-empty-warning"], "full", "unknown", "full", "online"),
        (["toner-empty-error"], "full", "unknown", "out", "online"),
        (["marker-supply-empty-error"], "full", "unknown", "out", "online"),
        (["toner-low-warning"], "full", "unknown", "low", "online"),
        (["cover-open-error"], "full", "unknown", "full", "userError"),
        (["output-area-full-error"], "full", "present", "full", "userError"),
        (["paused-error"], "full", "unknown", "full", "offline"),
        (["vendor-surprise-error"], "full", "unknown", "full", "hardwareError"),
        (["vendor-surprise-warning"], "full", "unknown", "full", "online"),
        (["media-low-warning", "media-jam-error"], "jammed", "jammed", "full", "hardwareError"),
    ],
)
def test_reasons_become_the_status_of_paper_media_toner_and_device(
    words: list[str], paper: str, media: str, toner: str, device: str
) -> None:
    reasons = parse_reasons(words)

    assert paper_level(reasons) is PaperLevel(paper)
    assert print_media(reasons) is PrintMedia(media)
    assert toner_level(reasons) is TonerLevel(toner)
    assert device_state(reasons) is DeviceState(device)


@pytest.mark.parametrize(
    ("words", "error_code", "action"),
    [
        (["media-jam-error"], "paperJammed", OperatorAction.CLEAR),
        (["media-empty-error"], "paperOut", OperatorAction.MAINTENANCE),
        (["media-needed-error"], "sourceInvalid", OperatorAction.MAINTENANCE),
        (["toner-empty-error"], "tonerOut", OperatorAction.MAINTENANCE),
        (["output-area-full-error"], "stackerFull", OperatorAction.CLEAR),
        (["cover-open-error"], None, OperatorAction.CLEAR),
        (["vendor-surprise-error"], None, OperatorAction.MAINTENANCE),
        (["cover-open-error", "media-jam-error"], "paperJammed", OperatorAction.CLEAR),
    ],
)
def test_an_error_stops_the_printer_and_says_who_must_do_what(
    words: list[str], error_code: str | None, action: OperatorAction
) -> None:
    error = stop_error(parse_reasons(words))

    assert error is not None
    assert (error.code, error.error_code, error.action) == ("printer-stopped", error_code, action)


@pytest.mark.parametrize("words", [[], ["none"], ["media-low-warning"], ["surprise-report"]])
def test_warnings_and_reports_stop_nothing(words: list[str]) -> None:
    assert stop_error(parse_reasons(words)) is None
