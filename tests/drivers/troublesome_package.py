"""``troublesome.py`` as another package brings it."""

from __future__ import annotations

import shutil
from pathlib import Path


def offered(site: Path) -> Path:
    """Make a folder for ``sys.path`` with a package that offers the driver ``troublesome`` and two
    that cannot be loaded."""
    metadata = site / "troublesome-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: troublesome\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[yimen.drivers]\n"
        "troublesome = troublesome:Troublesome\n"
        "no-module = nowhere.at.all:Driver\n"
        "no-driver = troublesome:TroublesomeSettings\n"
    )
    shutil.copy(Path(__file__).with_name("troublesome.py"), site)
    return site
