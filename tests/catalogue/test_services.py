from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk_app.catalogue.certificates import CertificateService
from kiosk_app.catalogue.services import Service, load_services
from kiosk_app.connectors.housing_register.seed import DISTRICTS
from kiosk_app.procedures import KINDS, PROCEDURES, templates
from kiosk_app.settings import SettingsError

CONFIG = Path(__file__).parents[2] / "config"
NAME = "no-housing-certificate"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the house's services."""
    shutil.copytree(CONFIG / "services", tmp_path / "services")
    return tmp_path / "services"


def test_a_service_is_a_folder_of_data(folder: Path) -> None:
    (service,) = load_services(folder, KINDS).values()
    assert isinstance(service, CertificateService)
    assert service.id == NAME
    assert service.title.zh == "无房证明"
    assert {entry.code for entry in service.districts} == set(DISTRICTS)


def test_each_kind_of_service_has_a_procedure() -> None:
    assert set(KINDS) == set(PROCEDURES)


def test_every_paper_has_its_template(folder: Path) -> None:
    found = templates(load_services(folder, KINDS).values())
    assert set(found) == {(NAME, "certificate"), (NAME, "record")}
    assert all((CONFIG / path).is_file() for path in found.values())


def test_another_certificate_takes_a_folder_and_no_code(folder: Path) -> None:
    shutil.copytree(folder / NAME, folder / "a-second-one")
    toml = folder / "a-second-one" / "service.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("order = 10", "order = 5"))
    assert list(load_services(folder, KINDS)) == ["a-second-one", NAME]


def test_a_folder_without_a_service_is_none(folder: Path) -> None:
    (folder / "notes").mkdir()
    assert list(load_services(folder, KINDS)) == [NAME]


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


WRONG = [
    ("service.toml", replaced('procedure = "certify"', 'procedure = "dance"'), "'dance'"),
    ("service.toml", replaced('procedure = "certify"\n', ""), "service.toml: procedure"),
    ("service.toml", replaced('connector = "housing-register"\n', ""), "service.toml: connector"),
    ("service.toml", replaced("per_day = 5", "per_day = 0"), "service.toml: limits.per_day"),
    ("service.toml", replaced('icon = "home"\norder', 'icon = "sofa"\norder'), "toml: icon"),
    ("service.toml", replaced('"resident", ', '"library-card", '), "service.toml: identity.cards"),
    ("service.toml", replaced("unnamed_body", "unamed_body"), "service.toml: unamed_body"),
    ("service.toml", replaced("[identity]", "[identity"), "service.toml cannot be read"),
    ("texts/en.toml", replaced("brings", "bring"), "lacks: brings"),
    ("texts/en.toml", lambda text: "", "en.toml lacks"),
]


@pytest.mark.parametrize(("file", "change", "says"), WRONG)
def test_a_mistake_is_told_with_file_and_place(
    folder: Path, file: str, change: Callable[[str], str], says: str
) -> None:
    path = folder / NAME / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(SettingsError) as failure:
        load_services(folder, KINDS)
    assert says in str(failure.value)
    assert NAME in str(failure.value)


@pytest.mark.parametrize("key", CertificateService.text_keys)
def test_a_text_that_is_needed_and_missing_is_told(folder: Path, key: str) -> None:
    section, _, name = key.rpartition(".")
    for language in ("zh", "en"):
        path = folder / NAME / "texts" / f"{language}.toml"
        path.write_text(_without(path.read_text(encoding="utf-8"), section, name))
    with pytest.raises(SettingsError, match=f"lacks: .*{key}"):
        load_services(folder, KINDS)


def _without(toml: str, section: str, name: str) -> str:
    at, lines = "", []
    for line in toml.splitlines():
        if line.startswith("["):
            at = line.strip("[] ")
        if at == section and line.split("=")[0].strip() == name:
            continue
        lines.append(line)
    return "\n".join(lines) + "\n"


def test_the_base_of_all_services_asks_for_its_texts_too() -> None:
    assert set(Service.text_keys) <= set(CertificateService.text_keys)
