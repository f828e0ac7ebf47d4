"""What a run makes of a site's settings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kiosk_app.app import settings_for
from kiosk_app.options import ROOT, Options

KEY = """
[signing]
trusted = ["/etc/yimen/hall.crt"]
[signing.key]
kind = "pkcs12"
path = "/etc/yimen/hall.p12"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's folder of settings, which names a key of its own."""
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder, ignore=shutil.ignore_patterns("documents", "setup"))
    with (folder / "terminal.toml").open("a", encoding="utf-8") as file:
        file.write(KEY)
    return folder


@pytest.mark.parametrize("virtual", [False, True])
def test_no_paper_of_virtual_devices_bears_the_halls_own_seal(site: Path, virtual: bool) -> None:
    signing = settings_for(
        Options(config=site, run_dir=site / "run", virtual=virtual)
    ).terminal.signing
    assert (signing.key is None) is virtual
    assert signing.trusted == (Path("/etc/yimen/hall.crt"),)
