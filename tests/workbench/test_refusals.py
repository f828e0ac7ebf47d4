"""Every way in which a driver can refuse a setting has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from kiosk_app.settings import DeviceBinding
from kiosk_app.texts import Texts
from kiosk_app.workbench.catalogue import DriverCatalogue, Place, SettingsRefused
from kiosk_app.workbench.refusals import in_words

WORDS = Texts.load(Path(__file__).parents[2] / "config" / "texts" / "technician")
OF_OUR_OWN = (
    "driver-unfit",
    "driver-unknown",
    "driver-broken",
    "address-missing",
    "address-elsewhere",
    "connection-without-address",
)
ODD = {
    "json_invalid",
    "recursion_loop",
    "recursion_depth_exceeded",
    "needs_python_object",
    "frozen_field",
    "frozen_instance",
    "invalid_key",
    "default_factory_not_called",
    "set_item_not_hashable",
    "is_instance_of",
    "is_subclass_of",
    "multiple_argument_values",
    "value_error",
    "assertion_error",
}
"""What hands on the driver's own words: its own objections, and what no form can bring about."""


@pytest.mark.parametrize("kind", [*get_args(ErrorType), *OF_OUR_OWN])
def test_each_kind_of_error_is_said(kind: str) -> None:
    told = in_words(Place("baud", kind, "in English"), WORDS)
    assert (told["field"], told["kind"]) == ("baud", kind)
    assert re.search(r"[\u4e00-\u9fff]", told["says"]["zh"])
    if kind not in ODD:
        assert "in English" not in told["says"]["zh"]


@pytest.mark.parametrize(
    ("kind", "limits", "zh", "en"),
    [
        ("greater_than_equal", {"ge": 9600}, "不能小于 9600", "Must not be below 9600"),
        ("less_than", {"lt": 5.5}, "要小于 5.5", "Must be below 5.5"),
        ("string_too_long", {"max_length": 4}, "最多 4 个字符", "Must have 4 characters or fewer"),
        ("string_pattern_mismatch", {"pattern": "^[a-z]{4}$"}, "^[a-z]{4}$", "^[a-z]{4}$"),
        ("enum", {"expected": "'usb', 'tcp' or 'queue'"}, "usb、tcp、queue", "usb, tcp, queue"),
        ("value_error", {}, "the roll is too wide", "the roll is too wide"),
        ("a-vendors-own", {}, "the roll is too wide", "the roll is too wide"),
    ],
)
def test_the_limit_is_named(kind: str, limits: dict[str, str | int], zh: str, en: str) -> None:
    says = in_words(Place("width", kind, "the roll is too wide", limits), WORDS)["says"]
    assert zh in says["zh"]
    assert en in says["en"]


@pytest.mark.parametrize(
    ("role", "driver", "settings", "kinds"),
    [
        ("id-card-reader", "sam-v-serial", {"port": 7}, {"port": "string_type"}),
        ("camera", "camera", {"controls": {"dance": 1}}, {"device": "missing"}),
        (
            "receipt-printer",
            "receipt-printer",
            {"connection": "tcp"},
            {"host": "connection-without-address"},
        ),
        (
            "receipt-printer",
            "receipt-printer",
            {"connection": "queue", "port": "/dev/usb/lp0"},
            {"server": "connection-without-address", "queue": "connection-without-address"},
        ),
        ("receipt-printer", "receipt-printer", {}, {"port": "connection-without-address"}),
        ("camera", "lights", {}, {"driver": "driver-unfit"}),
        ("camera", "no-such", {}, {"driver": "driver-unknown"}),
        ("lights", "lights", {"port": "x" * 70_000}, {"settings": "model_type"}),
    ],
)
async def test_a_driver_tells_what_kind_of_error_it_is(
    role: str, driver: str, settings: dict[str, object], kinds: dict[str, str]
) -> None:
    binding = DeviceBinding(driver=driver, settings=settings)
    with pytest.raises(SettingsRefused) as caught:
        await DriverCatalogue().checked(role, binding, virtual=True)
    told = {place.field: place.kind for place in caught.value.places}
    assert kinds.items() <= told.items()
    for place in caught.value.places:
        assert "x" * 100 not in in_words(place, WORDS)["says"]["zh"]
