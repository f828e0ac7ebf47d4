from __future__ import annotations

from pathlib import Path

import pytest

from kiosk_app.answers import Wiped
from kiosk_app.privacy.wipe import Residue

CLEAN_PAGE = Wiped(journey=1, storage_entries=0, object_urls=0, filled_inputs=0)


def test_nothing_left_is_clean(tmp_path: Path) -> None:
    proof = Residue([tmp_path, tmp_path / "never-made"]).check(False, CLEAN_PAGE)
    assert proof.clean
    assert proof.counts == {"files": 0, "held": 0, "page": 0}


def test_a_file_anywhere_below_a_folder_is_found(tmp_path: Path) -> None:
    deep = tmp_path / "a" / ".b"
    deep.mkdir(parents=True)
    assert Residue([tmp_path]).check(False, None).clean, "empty folders are nobody's"
    (deep / ".certificate.pdf").write_bytes(b"%PDF")
    proof = Residue([tmp_path]).check(False, None)
    assert proof.files == 1
    assert not proof.clean


def test_a_link_to_nowhere_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert not Residue([tmp_path]).check(False, None).clean


def test_what_the_journey_still_holds_counts(tmp_path: Path) -> None:
    assert not Residue([tmp_path]).check(True, CLEAN_PAGE).clean


@pytest.mark.parametrize("what", ["storage_entries", "object_urls", "filled_inputs"])
def test_what_the_page_still_holds_counts(tmp_path: Path, what: str) -> None:
    said = CLEAN_PAGE.model_copy(update={what: 2})
    proof = Residue([tmp_path]).check(False, said)
    assert not proof.clean
    assert proof.counts["page"] == 2


def test_a_page_that_is_not_there_is_named_as_absent(tmp_path: Path) -> None:
    proof = Residue([tmp_path]).check(False, None)
    assert proof.clean
    assert proof.counts["page"] == "absent"
