from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk_app.settings import SettingsError, load_settings

CONFIG = Path(__file__).parents[1] / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the house's own settings."""
    for name in ("hall.toml", "terminal.toml"):
        shutil.copy(CONFIG / name, tmp_path / name)
    return tmp_path


def test_the_houses_own_settings_are_right(config: Path, tmp_path: Path) -> None:
    settings = load_settings(config, tmp_path / "run")
    assert settings.hall.name.zh
    assert set(settings.terminal.devices) == {"id-card-reader", "document-printer"}
    assert settings.terminal.timers.warning >= 20, "WCAG 2.2.1"


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


WRONG = [
    ("terminal.toml", replaced('id = "03"', 'id = "0 3"'), "terminal.toml: id"),
    ("terminal.toml", replaced("idle = 60", "idle = 0"), "terminal.toml: timers.idle"),
    ("terminal.toml", replaced("idle = 60", 'idle = "long"'), "terminal.toml: timers.idle"),
    ("terminal.toml", replaced("idle = 60", "idel = 60"), "terminal.toml: timers.idel"),
    ("terminal.toml", replaced("mm_per_px = 0.248", "mm_per_px = 9"), "screen.mm_per_px"),
    ("terminal.toml", replaced('driver = "cups"\n', ""), "devices.document-printer.driver"),
    ("terminal.toml", replaced('kind = "embedded"', 'kind = "oracle"'), "terminal.toml: register"),
    ("terminal.toml", replaced("paper = 250", "paper = 0"), "supplies.document-printer.paper"),
    ("terminal.toml", replaced("roll = 50", "rolls = 50"), "supplies.receipt-printer.rolls"),
    ("terminal.toml", replaced("[places]", "[places"), "terminal.toml cannot be read"),
    ("hall.toml", lambda text: text + "\nmotto = 'x'\n", "hall.toml: "),
    ("hall.toml", lambda text: "", "hall.toml: name"),
    (
        "hall.toml",
        replaced("08:30-12:00", "8:30-12:00"),
        "hall.toml: hours.monday.0: opening hours",
    ),
    (
        "hall.toml",
        replaced("saturday = []", 'saturday = "09:00-12:00"'),
        "hall.toml: hours.saturday",
    ),
    ("hall.toml", replaced("2027-01-01 = []", "2027-13-01 = []"), "hours.dates.2027-13-01"),
]


@pytest.mark.parametrize(("file", "change", "says"), WRONG)
def test_a_mistake_is_told_with_file_and_place(
    config: Path, file: str, change: Callable[[str], str], says: str
) -> None:
    path = config / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(SettingsError) as failure:
        load_settings(config, config / "run")
    assert says in str(failure.value)


def test_a_missing_file_is_told(config: Path) -> None:
    (config / "hall.toml").unlink()
    with pytest.raises(SettingsError, match=r"hall\.toml cannot be read"):
        load_settings(config, config / "run")


def test_bytes_that_are_no_text_are_told(config: Path) -> None:
    (config / "hall.toml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(SettingsError, match=r"hall\.toml cannot be read"):
        load_settings(config, config / "run")


def test_a_value_that_may_be_a_secret_is_not_repeated(config: Path) -> None:
    path = config / "terminal.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("idle = 60", 'idle = "s3cret-pin"'),
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as failure:
        load_settings(config, config / "run")
    assert "s3cret-pin" not in str(failure.value)
