"""The technician's page has words for all that the drivers can say and want to be set."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from drivers import discovery, plugged
from drivers.camera import v4l2
from drivers.code_scanner.contract import Symbology
from drivers.device import DriverSettings, Status
from drivers.document_printer import reasons
from drivers.id_card.contract import CardKind
from drivers.registry import BUILT_IN, driver_class
from kiosk_app.devices import ROLES
from kiosk_app.texts import Texts
from kiosk_app.workbench import finding

ROOT = Path(__file__).parents[2]
TEXTS = Texts.load(ROOT / "config" / "texts" / "technician")
OTHERS = ("health", "rehearsal")
CONTRACTS = sorted((ROOT / "drivers").glob("*/contract.py"))


def says(*keys: str) -> bool:
    return any(key in TEXTS for key in keys)


@pytest.mark.parametrize("driver", sorted(BUILT_IN))
def test_each_setting_of_a_driver_has_a_title_and_a_hint(driver: str) -> None:
    settings: type[DriverSettings] = driver_class(driver).settings_type
    assert f"driver.{driver}" in TEXTS
    for name, field in settings.model_fields.items():
        for end in (name, f"{name}.hint"):
            assert says(f"setting.{driver}.{end}", f"setting.{end}"), (driver, end)
        extra: Any = field.json_schema_extra or {}
        assert extra.get("unit") is None or f"unit.{extra['unit']}" in TEXTS


def statuses() -> Iterator[type[Status]]:
    for path in CONTRACTS:
        module = importlib.import_module(f"drivers.{path.parent.name}.contract")
        yield from (
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Status)
        )


def kinds(hint: Any) -> Iterator[Any]:
    yield hint
    for each in get_args(hint):
        yield from kinds(each)


@pytest.mark.parametrize("status", sorted(set(statuses()), key=repr))
def test_each_word_of_a_status_is_said(status: type[Status]) -> None:
    hints = get_type_hints(status)
    for field in fields(status):
        assert f"field.{field.name}" in TEXTS
        assert get_origin(hints[field.name]) is not None
        for kind in kinds(hints[field.name]):
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                for word in kind:
                    keys = (f"value_of.{field.name}.{word}", f"value.{word}")
                    assert says(*keys), (field.name, word)


def test_each_known_reason_of_a_printer_is_said() -> None:
    known = {*reasons._MEANINGS, *reasons._ONLY_REPORT, *reasons._ONLY_WARN}
    assert {each for each in known if f"value.{each}" not in TEXTS} == set()


@pytest.mark.parametrize("control", v4l2.CONTROLS)
def test_each_control_of_a_camera_has_a_title(control: str) -> None:
    assert f"control.{control}" in TEXTS


def actions() -> Iterator[str]:
    """Every constant among the sentences that tell what to do about something found."""
    yield from discovery._PORT_ACTIONS.values()
    for module in (discovery, plugged):
        tree = ast.parse(inspect.getsource(module))
        for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
            said = call.args[3:4] if ast.unparse(call.func) == "Finding" else []
            yield from (str(each.value) for each in said if isinstance(each, ast.Constant))
    yield finding.MISSING_ACTION


def test_what_to_do_about_something_found_is_said() -> None:
    told = {each for each in actions() if not each.startswith("bind it as ")}
    assert len(told) > 8
    keys = {re.sub(r"[^a-z0-9]+", "-", each.lower()).strip("-.") for each in told}
    assert {each for each in keys if f"found_do.{each}" not in TEXTS} == set()


def names_found() -> Iterator[str]:
    """Every constant that something found is called by."""
    for module in (discovery, plugged):
        tree = ast.parse(inspect.getsource(module))
        for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
            said = call.args[2:3] if ast.unparse(call.func) == "Finding" else []
            yield from (str(each.value) for each in said if isinstance(each, ast.Constant))
    yield discovery.UNANSWERED


def test_what_something_found_is_and_each_search_have_words() -> None:
    keys = {re.sub(r"[^a-z0-9]+", "-", each.lower()).strip("-") for each in names_found()}
    assert len(keys) > 5
    assert {each for each in keys if f"found_is.{each}" not in TEXTS} == set()
    assert {each for each in plugged.PROBES if f"found_search.{each}" not in TEXTS} == set()


def logged() -> Iterator[str]:
    """What the service can say in its log, as far as it stands there in one piece."""
    for path in (ROOT / "kiosk_app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                    args=[ast.Constant(value=str(event)), *_],
                ) if level in ("info", "warning", "error", "exception"):
                    yield event


def test_each_line_of_the_log_has_words() -> None:
    events = set(logged())
    assert "repair opened" in events
    for event in events:
        key = re.sub(r"[^a-z0-9]+", "-", event.lower()).strip("-")
        assert f"log_event.{key}" in TEXTS, event


@pytest.mark.parametrize("word", [*CardKind, *Symbology])
def test_what_a_test_read_of_a_card_or_code_has_words(word: str) -> None:
    assert f"value.{word}" in TEXTS


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_device_has_one_name_on_every_page(role: str) -> None:
    health, rehearsal = (Texts.load(ROOT / "config" / "texts" / each) for each in OTHERS)
    assert health[f"role.{role}"] == TEXTS[f"role.{role}"]
    assert rehearsal.get(f"device.{role}", TEXTS[f"role.{role}"]) == TEXTS[f"role.{role}"]


def test_how_a_value_is_known_is_said_in_one_way() -> None:
    health = Texts.load(ROOT / "config" / "texts" / OTHERS[0])
    for source in ("sensor", "driver"):
        assert health[f"source.{source}"] == TEXTS[f"status.source_{source}"]
