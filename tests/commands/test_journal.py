"""``yimen journal``: a damaged journal closes the terminal until its quarantine is released."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from kiosk_app.audit import AuditKind
from kiosk_app.issuing.office import OfficePaths
from kiosk_app.offices import office_paths, open_audit
from kiosk_app.settings import Settings, load_settings
from kiosk_app.stagehand import damage
from tests.commands.console import ROOT, told, yimen


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(ROOT / "config", tmp_path / "run")


@pytest.fixture
def damaged(settings: Settings) -> OfficePaths:
    """A run folder whose journal is noise, which a command has found out."""
    paths = office_paths(settings)
    damage(paths.journal)
    done = yimen(settings.run_dir, "copies")
    assert (done.returncode, "journal-corrupt" in done.stderr) == (1, True)
    return paths


def test_a_journal_that_is_sound_has_nothing_to_release(settings: Settings) -> None:
    assert told(settings.run_dir, "journal") == {"state": "sound", "files": []}
    done = yimen(settings.run_dir, "journal", "begin-anew", "--json")
    assert done.returncode == 1
    assert "nothing to release" in json.loads(done.stdout)["error"]


def test_a_damaged_journal_is_kept_and_a_new_one_begins(
    settings: Settings, damaged: OfficePaths
) -> None:
    folder = settings.run_dir
    (held,) = told(folder, "journal")["files"]
    assert Path(held).name == "journal.sqlite.corrupt-1"
    looked = json.loads(yimen(folder, "doctor", "--json").stdout)
    (finding,) = (each for each in looked if each["what"] == "journal")
    assert (finding["ok"], "yimen journal begin-anew" in finding["action"]) == (False, True)

    released = told(folder, "journal", "begin-anew", "--by", "staff.li")
    assert released["state"] == "released"
    (kept,) = map(Path, released["files"])
    assert (kept.name, kept.exists()) == ("journal.sqlite.kept-1", True)
    assert told(folder, "copies") == []
    with closing(open_audit(settings)) as audit:
        (entry,) = audit.entries(AuditKind.QUARANTINE)
    assert entry.entry.actor == "staff.li"


def test_nobody_releases_it_under_a_person_s_name(settings: Settings, damaged: OfficePaths) -> None:
    done = yimen(settings.run_dir, "journal", "begin-anew", "--by", "445281199003154424")
    assert done.returncode == 1
    assert "445281" not in done.stdout + done.stderr
    assert told(settings.run_dir, "journal")["state"] == "in-quarantine"
