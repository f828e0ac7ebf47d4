"""Imports run downward only; and the check that says so fails where they do not."""

from pathlib import Path

import pytest

from tests.layering import read_imports, violations

ROOT = Path(__file__).resolve().parent.parent


def plant(root: Path, module: str, source: str) -> None:
    path = root.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")


def test_imports_of_the_house_run_downward() -> None:
    assert violations(ROOT) == []


def test_the_check_reads_the_house() -> None:
    imports = read_imports(ROOT)
    assert "drivers.errors" in {name.rpartition(".")[0] for name in imports["drivers.device"]}
    assert any(module.startswith("kiosk_app.issuing") for module in imports)


@pytest.mark.parametrize(
    ("module", "source", "words"),
    [
        ("drivers.id_card.driver", "import kiosk_app.people", "stands above it"),
        ("kiosk_app.desk", "from kiosk_app import terminal", "stands above it"),
        ("kiosk_app.connectors.http", "from kiosk_app.desk import Desk", "stands above it"),
        ("kiosk_app.issuing.journal", "from ..api import citizen", "stands above it"),
        ("kiosk_app.devices", "def f():\n    import kiosk_app.journey", "stands above it"),
        ("kiosk_app.documents.seal", "from kiosk_app.issuing import journal", "no journal"),
        ("kiosk_app.connectors.http", "import drivers.host", "outside system alone"),
        ("kiosk_app.procedures.certify", "import sqlite3", "no SQL"),
        ("kiosk_app.terminal", "from fastapi import Request", "the api's alone"),
        ("kiosk_app.screens", "from drivers.device import Status", "no device"),
        ("kiosk_app.app", "import webview", "process of its own"),
        ("kiosk_app.issuing.printing", "import cups", "the drivers' alone"),
        ("kiosk_app.attic", "", "has no layer"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, module: str, source: str, words: str) -> None:
    plant(tmp_path, module, source)
    (breach,) = violations(tmp_path)
    assert breach.startswith(module)
    assert words in breach


def test_a_circle_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "kiosk_app.audit.log", "from kiosk_app.privacy import masking")
    plant(tmp_path, "kiosk_app.privacy.masking", "from kiosk_app.audit import log")
    (breach,) = violations(tmp_path)
    assert "circle" in breach


def test_downward_imports_are_let_through(tmp_path: Path) -> None:
    plant(tmp_path, "kiosk_app.app", "import kiosk_app.api.citizen, uvicorn, kiosk_app.texts")
    plant(
        tmp_path, "kiosk_app.api.citizen", "import fastapi\nfrom kiosk_app.terminal import Terminal"
    )
    assert violations(tmp_path) == []
