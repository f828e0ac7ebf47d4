"""Every code that an error can carry to the desk has a rule, and every rule has its words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import OperatorAction
from drivers.id_card.contract import IdCardReader
from drivers.social_security_card.contract import SocialSecurityCardDriver
from drivers.travel_document.contract import Authenticity, TravelDocumentReader
from kiosk_app.connectors.housing_register.contract import Caveat, RegisterError
from kiosk_app.desk import RULES, Outcome, code_of, rule_for
from kiosk_app.desk.core import RecordsClosed
from kiosk_app.desk.faults import OF_READER
from kiosk_app.desk.papers import _CAUSES
from kiosk_app.devices import READER, SOCIAL, TRAVEL
from kiosk_app.documents.errors import DocumentError
from kiosk_app.issuing.errors import IssuingError
from kiosk_app.records import StoreError
from kiosk_app.settings import load_settings
from kiosk_app.texts import Texts

ROOT = Path(__file__).parents[2]
TEXTS = Texts.load(ROOT / "config" / "texts" / "journey")

INTERNAL = {
    "card-timeout": "nobody laid a card down: identify waits on",
    "register-error": "the base of the tree, never raised",
    "issuing-error": "the base of the tree, never raised",
    "document-error": "the base of the tree, never raised",
    "code-invalid": "a paper that is verified; no citizen's errand meets it",
    "copy-unknown": "staff named a copy that does not exist",
    "copy-in-flight": "staff decided too early",
    "copy-settled": "staff decided about nothing",
    "decision-impossible": "staff decided what cannot be",
    "record-changed": "staff decided while the terminal itself moved the copy",
    "not-issued": "a fault of the software: printed before issued",
    "template-broken": "a fault of the hall's own template, found by its tests",
    "copy-delivered": "a delivered copy ends its errand; the next one is a new document",
    "photo-decoder-unusable": "a fault of the binding, met when the driver starts",
    "photo-undecodable": "the driver gives such a card without a picture",
    "chip-not-powered": "an integrator's ChipIO before ChipPower; no errand asks so",
    "chip-power-action": "an integrator's ChipPower with an unknown action",
    "command-malformed": "an integrator's ChipIO that is no command APDU",
    "session-ended": "a fault of the software: a command after the session was given up",
    "journal-unsafe": "met when the records are opened: the terminal stays closed",
    "journal-newer": "met when the records are opened: the terminal stays closed",
    "audit-unsafe": "met when the records are opened: the terminal does not start",
    "audit-newer": "met when the records are opened: the terminal does not start",
}
"""Codes that no citizen can meet, and why. Should one come all the same, it is shown as the
terminal's own fault."""


def _leaves(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for kind in base.__subclasses__():
        yield from _leaves(kind)


def _codes_of(base: type[Exception]) -> set[str]:
    return {kind.code for kind in _leaves(base)}  # type: ignore[attr-defined]  # all have one


def _told_in(contract: type[object]) -> set[str]:
    return set(re.findall(r"``([a-z]+(?:-[a-z]+)+)``", contract.__doc__ or ""))


def _raised_in(folder: str) -> set[str]:
    """Codes that drivers pass to ``DeviceError`` kinds as plain words."""
    kinds = {
        *("DeviceNotReady", "DeviceTimeout", "HardwareFault", "ProtocolError", "UserFault"),
        *("CommandRejected", "DriverCrashed"),
    }
    found = set()
    for path in (ROOT / "drivers" / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id in kinds and node.args:  # type: ignore[attr-defined]
                first = node.args[0]  # type: ignore[attr-defined]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


STORE_CODES = {
    f"{store}-{kind.fault}"  # type: ignore[attr-defined]  # all have one
    for store in ("journal", "audit")
    for kind in _leaves(StoreError)
}
RAISED = {
    "reader": _told_in(IdCardReader) | _raised_in("id_card"),
    "chips": _raised_in("smart_card"),
    "social security cards": _told_in(SocialSecurityCardDriver)
    | _raised_in("social_security_card"),
    "travel documents": _told_in(TravelDocumentReader) | _raised_in("travel_document"),
    "signers": {f"document-{each}" for each in Authenticity} - {"document-valid"},
    "register": _codes_of(RegisterError) | {str(caveat) for caveat in Caveat},
    "issuing": _codes_of(IssuingError) | {RecordsClosed.code},
    "documents": _codes_of(DocumentError),
    "records": STORE_CODES,
    "copies": set(_CAUSES.values()),
}


@pytest.mark.parametrize("source", RAISED)
def test_every_code_has_a_rule_or_is_deliberately_none(source: str) -> None:
    codes = RAISED[source]
    assert codes, "nothing was found to look at"
    assert codes - RULES.keys() - INTERNAL.keys() == set()


def test_no_code_is_excused_that_has_a_rule() -> None:
    assert INTERNAL.keys() & RULES.keys() == set()


CONTRACTS = {
    READER: _told_in(IdCardReader),
    SOCIAL: _told_in(SocialSecurityCardDriver),
    TRAVEL: _told_in(TravelDocumentReader),
}
AFTER_READING = {"card-expired", "card-left"}
"""What the desk itself finds of any card that was read."""
SAID_OF = {READER: "身份证", SOCIAL: "社保卡", TRAVEL: "护照"}
OF_A_READER = [
    (role, code)
    for role, codes in CONTRACTS.items()
    for code in sorted((codes | AFTER_READING) - INTERNAL.keys())
]


@pytest.mark.parametrize(("role", "code"), OF_A_READER)
def test_what_a_reader_says_is_told_in_the_words_for_its_own_card(role: str, code: str) -> None:
    rule = rule_for(code, role)
    words = "".join(text.zh for text in TEXTS.under(f"fault.{rule.text}").values())
    others = {card for other, card in SAID_OF.items() if other != role}
    if code != "card-unsupported":  # which names where the others go
        assert not any(card in words for card in others)
    assert rule.reference[:3] in ("ID-", "SC-", "TD-")
    assert (rule.reference[:2] == "ID") == (role == READER)
    assert (rule.outcome, rule.ways, rule.action) == (
        RULES[code].outcome,
        RULES[code].ways,
        RULES[code].action,
    )


@pytest.mark.parametrize("role", CONTRACTS)
def test_a_wrong_card_is_told_what_may_go_there(role: str) -> None:
    kind = {READER: "id-card", SOCIAL: "social-card", TRAVEL: "travel-document"}[role]
    rule = rule_for("card-unsupported", role)
    for key in (f"fault.{rule.text}.lead", f"identify.{kind}.card-unsupported"):
        assert SAID_OF[role] in TEXTS[key].zh


def test_a_chip_that_is_mute_is_turned_over() -> None:
    rule = rule_for("card-unreadable", SOCIAL)
    for key in (f"fault.{rule.text}.lead", "identify.social-card.card-unreadable"):
        assert "看看芯片是不是朝前朝上" in TEXTS[key].zh


def test_what_is_said_of_no_one_reader_speaks_of_no_one_card() -> None:
    for code in {code for _, code in OF_READER}:
        general = "".join(t.zh for t in TEXTS.under(f"fault.{RULES[code].text}").values())
        assert not any(card in general for card in SAID_OF.values())


@pytest.mark.parametrize(("role", "code"), [*((None, code) for code in RULES), *sorted(OF_READER)])
def test_every_rule_has_its_words_in_both_languages(role: str | None, code: str) -> None:
    rule = rule_for(code, role)
    phone = load_settings(ROOT / "config", ROOT).hall.phone
    for part in ("title", "lead"):
        text = TEXTS.say(f"fault.{rule.text}.{part}", phone=phone)
        assert text.zh.strip()
        assert text.en.strip()
    emphasis = TEXTS.get(f"fault.{rule.text}.emphasis")
    if emphasis is not None:
        lead = TEXTS[f"fault.{rule.text}.lead"]
        assert emphasis.zh in lead.zh
        assert emphasis.en in lead.en
    for way in rule.ways:
        assert f"way.{way}.label" in TEXTS


def test_every_fault_has_a_way_out_and_a_reference_of_its_own() -> None:
    references = [rule.reference for rule in (*RULES.values(), *OF_READER.values())]
    assert len(set(references)) == len(references)
    assert all(rule.ways for rule in RULES.values())
    assert all(rule.outcome is not Outcome.PRINTED for rule in RULES.values())
    assert all(isinstance(rule.action, OperatorAction) for rule in RULES.values())


def test_no_words_are_left_without_a_rule() -> None:
    used = {rule.text for rule in (*RULES.values(), *OF_READER.values())}
    assert {key.split(".")[0] for key in TEXTS.under("fault")} == used


class Unknown(Exception):
    code = "never-heard-of"


@pytest.mark.parametrize("error", [ValueError("x"), Unknown(), OSError(28, "full")])
def test_what_is_none_of_ours_is_the_terminals_own_fault(error: Exception) -> None:
    assert code_of(error) == "internal"
    assert rule_for("never-heard-of") is RULES["internal"]
