"""Names of drivers, and what they stand for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers import registry
from drivers.device import FASTEST_BIT_S, LONGEST_TEXT
from drivers.document_printer.contract import DocumentPrinter
from drivers.id_card.contract import IdCardReader
from drivers.registry import DriverBroken, DriverUnknown


def offer(site: Path, entry_points: str) -> None:
    metadata = site / "acme-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[yimen.drivers]\n{entry_points}\n")


def test_built_in_drivers_load() -> None:
    assert issubclass(registry.driver_class("sam-v-serial"), IdCardReader)
    assert issubclass(registry.driver_class("cups"), DocumentPrinter)
    assert {"sam-v-serial", "cups"} <= set(registry.names())


def test_another_package_adds_drivers_but_replaces_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(
        tmp_path,
        "acme-reader = drivers.id_card.sam_v:SamVSerialReader\nsam-v-serial = nowhere:Nothing",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "acme-reader" in registry.names()
    assert issubclass(registry.driver_class("acme-reader"), IdCardReader)
    assert issubclass(registry.driver_class("sam-v-serial"), IdCardReader)


@pytest.mark.parametrize(
    "target", ["nowhere.at.all:Driver", "drivers.device:Nothing", "drivers.device:Status"]
)
def test_a_broken_driver_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    offer(tmp_path, f"acme-broken = {target}")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DriverBroken, match="acme-broken"):
        registry.driver_class("acme-broken")


@pytest.mark.parametrize("name", ["", "nothing", "os", "drivers.device"])
def test_an_unknown_driver_is_told(name: str) -> None:
    with pytest.raises(DriverUnknown):
        registry.driver_class(name)


def test_naming_drivers_loads_none_of_them() -> None:
    script = (
        "import sys; from drivers import registry; registry.names(); "
        "sys.exit(any(m in sys.modules for m in ('serial', 'cups', 'drivers.id_card.sam_v')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("driver", sorted(registry.BUILT_IN))
def test_no_setting_takes_a_text_without_an_end_or_a_speed_that_no_port_has(driver: str) -> None:
    settings = registry.driver_class(driver).settings_type
    for name in settings.model_fields:
        hostile = "/" + "x" * LONGEST_TEXT
        with pytest.raises(ValidationError) as refused:
            settings.model_validate({name: hostile})
        told = {each["loc"]: each["type"] for each in refused.value.errors()}
        assert told[(name,)] == "string_too_long"
        if name == "baud":
            with pytest.raises(ValidationError) as refused:
                settings.model_validate({name: FASTEST_BIT_S + 1})
            kinds = {each["loc"]: each["type"] for each in refused.value.errors()}
            assert kinds[(name,)] == "less_than_equal"
