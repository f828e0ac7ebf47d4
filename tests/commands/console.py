"""``yimen`` as somebody types it at a console, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "kiosk_app.cli", "--run-dir", str(folder), *arguments]


def yimen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(folder, *arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def told(folder: Path, *arguments: str) -> Any:
    done = yimen(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
