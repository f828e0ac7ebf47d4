"""A vendor's driver: a package outside the tree, installed by pip, found by its entry point."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from drivers import registry
from drivers.device import DeviceEvent, DeviceState
from drivers.errors import DeviceNotReady, UserFault
from drivers.host import DeviceHost, RestartPolicy
from drivers.id_card.contract import CardMedia, IdCardReader, IdCardReaderStatus
from kiosk_app.api.texts import with_drivers
from kiosk_app.texts import Texts
from tests.commands.console import told, yimen

PROJECT = Path(__file__).parents[2] / "examples" / "acme-reader"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the package, offline, as a terminal's environment would
    have it."""
    folder = tmp_path_factory.mktemp("acme")
    source = shutil.copytree(
        PROJECT, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
    )
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    command += ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*command, str(source)], check=True, timeout=100)
    return folder / "site"


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture
def far_end(installed: Path, tmp_path: Path) -> Iterator[Any]:
    reader = import_module("acme_reader.virtual").VirtualAcmeReader(tmp_path / "acme")
    yield reader
    reader.line.unplug()


def test_without_the_package_nobody_knows_the_driver() -> None:
    assert "acme-reader" not in registry.names()
    assert "acme-reader" not in registry.BUILT_IN


def test_once_installed_it_is_a_driver_as_any_other(installed: Path) -> None:
    assert "acme-reader" in registry.names()
    kind = registry.driver_class("acme-reader")
    assert issubclass(kind, IdCardReader)
    assert kind.__module__ == "acme_reader.reader"
    assert installed in Path(str(import_module("acme_reader").__file__)).parents


def test_its_settings_make_a_technicians_form(installed: Path) -> None:
    schema = registry.driver_class("acme-reader").settings_type.model_json_schema()
    assert schema["required"] == ["port"]
    for each in schema["properties"].values():
        assert each["title"]
        assert each["description"]


async def test_it_runs_in_its_own_process_and_reads_a_card(far_end: Any) -> None:
    policy = RestartPolicy(reopen_delays_s=(0.05, 0.2))
    host = DeviceHost("id-card-reader", "acme-reader", {"port": str(far_end.port)}, policy)
    heard: list[DeviceEvent] = []
    host.subscribe(heard.append)
    await host.start()
    try:
        with pytest.raises(DeviceNotReady):
            await host.ready(0.5)
        far_end.line.plug()
        await host.ready(20)
        assert host.pid not in (None, os.getpid())
        assert host.capabilities().model == "ID-7"

        with pytest.raises(UserFault) as caught:
            await host.call("read_card", 0.1)
        assert caught.value.code == "card-timeout"

        person = import_module("acme_reader.virtual").PERSON
        far_end.card = person
        record = await host.call("read_card", 2.0)
        assert (record.name, record.id_number) == person[:2]
        assert "MediaInsertedEvent" in {event.name for event in heard}
        status = host.status()
        assert isinstance(status, IdCardReaderStatus)
        assert status.media.value is CardMedia.PRESENT
        assert (await host.call("self_test")).ok

        far_end.line.unplug()
        with pytest.raises(DeviceNotReady):
            await host.call("read_card", 5.0)
        assert host.status().device.value is DeviceState.NO_DEVICE
        far_end.line.plug()
        await host.ready(10)
        assert (await host.call("read_card", 2.0)).name == person[0]
    finally:
        await host.stop()


@pytest.fixture
def plugged(far_end: Any) -> Iterator[str]:
    """The reader at a port of this machine's, where a technician looks for it."""
    far_end.line.plug()
    port = Path("/dev/serial/by-id") / f"usb-Acme_ID-7_{os.getpid()}"
    port.parent.mkdir(parents=True, exist_ok=True)
    port.symlink_to(far_end.port)
    yield str(port)
    port.unlink()


def test_a_technician_who_looks_finds_it_and_binds_it(
    plugged: str, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(site))
    folder = tmp_path / "run"
    (found,) = (each for each in told(folder, "device", "discover") if each["name"] == plugged)
    assert (found["state"], found["says"]) == ("new", "Acme ID-7, number A7-000442")
    assert (found["driver"], found["roles"]) == ("acme-reader", ["id-card-reader"])
    told(folder, "device", "bind", "id-card-reader", "acme-reader", f"port={plugged}")
    (known,) = (each for each in told(folder, "device", "discover") if each["name"] == plugged)
    assert (known["state"], known["driver"]) == ("known", "acme-reader")
    refused = yimen(folder, "device", "set", "id-card-reader", "baud=7")
    assert refused.returncode != 0
    assert "baud" in refused.stderr


def test_its_words_are_on_the_technicians_page_in_both_languages(installed: Path) -> None:
    own = Texts.load(ROOT / "config" / "texts" / "technician")
    words = with_drivers(own)
    assert words["driver.acme-reader"].zh == "Acme ID-7 身份证阅读器"
    kind = registry.driver_class("acme-reader")
    for name in kind.settings_type.model_json_schema()["properties"]:
        for key in (f"setting.acme-reader.{name}", f"setting.acme-reader.{name}.hint"):
            assert words[key].zh
            assert words[key].en
    assert {key: words[key] for key in own} == dict(own)


def test_words_of_a_package_harm_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Texts.load(ROOT / "config" / "texts" / "technician")
    assert dict(with_drivers(own)) == dict(own), "no package is installed"
    folder = tmp_path / "texts"
    folder.mkdir()
    monkeypatch.setattr(registry, "text_folders", lambda: iter([("acme-reader", folder)]))
    assert dict(with_drivers(own)) == dict(own)
    for language in ("zh", "en"):
        (folder / f"{language}.toml").write_text(
            'app = "x"\n[driver]\nacme-reader = "Acme"\ncups = "x"\n[setting.cups]\nqueue = "x"\n'
        )
    assert set(with_drivers(own)) - set(own) == {"driver.acme-reader"}
    assert with_drivers(own)["driver.cups"] == own["driver.cups"]


def test_the_vendors_own_tests_pass_against_what_was_installed(site: Path) -> None:
    tests = site.parent / "source" / "tests"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "PYTHONSAFEPATH": "1"},
        cwd=tests,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
