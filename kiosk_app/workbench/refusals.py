"""Why a driver does not take a setting, in words.

pydantic says it in English alone. Its kinds of error, which are stable names
(https://docs.pydantic.dev/latest/errors/validation_errors/), choose a text of ours; what a vendor's
driver says in its own words is told as its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kiosk_app.texts import Text
from kiosk_app.workbench.catalogue import Place

OWN = "refused"
"""The text that hands on what the driver itself says."""

_BY_KIND = {
    "missing": "missing",
    "extra_forbidden": "no-such-setting",
    "no_such_attribute": "no-such-setting",
    "unexpected_keyword_argument": "no-such-setting",
    "unexpected_positional_argument": "no-such-setting",
    "missing_argument": "missing",
    "missing_keyword_only_argument": "missing",
    "missing_positional_only_argument": "missing",
    "missing_sentinel_error": "missing",
    "none_required": "empty",
    "greater_than": "above",
    "greater_than_equal": "at-least",
    "less_than": "below",
    "less_than_equal": "at-most",
    "multiple_of": "multiple",
    "finite_number": "number",
    "int_type": "whole-number",
    "int_parsing": "whole-number",
    "int_from_float": "whole-number",
    "int_parsing_size": "too-many-digits",
    "float_type": "number",
    "float_parsing": "number",
    "decimal_type": "number",
    "decimal_parsing": "number",
    "decimal_max_digits": "too-many-digits",
    "decimal_max_places": "too-many-digits",
    "decimal_whole_digits": "too-many-digits",
    "complex_type": "number",
    "complex_str_parsing": "number",
    "fraction_type": "number",
    "fraction_parsing": "number",
    "bool_type": "yes-or-no",
    "bool_parsing": "yes-or-no",
    "string_type": "words",
    "string_sub_type": "words",
    "bytes_type": "words",
    "string_unicode": "strange-characters",
    "string_not_ascii": "strange-characters",
    "bytes_invalid_encoding": "strange-characters",
    "string_too_short": "too-short",
    "bytes_too_short": "too-short",
    "string_too_long": "too-long",
    "bytes_too_long": "too-long",
    "url_too_long": "too-long",
    "string_pattern_mismatch": "pattern",
    "too_short": "too-few",
    "too_long": "too-many",
    "enum": "choice",
    "literal_error": "choice",
    "url_scheme": "address",
    "url_type": "address",
    "url_parsing": "address",
    "url_syntax_violation": "address",
    "ip_any_address": "address",
    "ip_any_interface": "address",
    "ip_any_network": "address",
    "path_type": "path",
    "path_not_file": "path",
    "path_not_directory": "path",
    "path_not_socket": "path",
    "path_exists": "path",
    "parent_does_not_exist": "path",
    "date_past": "past",
    "datetime_past": "past",
    "date_future": "future",
    "datetime_future": "future",
    "value_error": OWN,
    "assertion_error": OWN,
    "driver-unfit": "driver-unfit",
    "driver-unknown": "driver-unknown",
    "driver-broken": "driver-broken",
    "address-missing": "address-missing",
    "address-elsewhere": "address-elsewhere",
    "connection-without-address": "connection-without-address",
}
_BY_START = (
    ("date_", "time"),
    ("datetime_", "time"),
    ("time_", "time"),
    ("timezone_", "time"),
    ("zoneinfo_", "time"),
    ("uuid_", "form"),
    ("byte_size", "form"),
    ("pattern_", "form"),
    ("color_", "form"),
    ("json_", "form"),
    ("union_tag_", "form"),
)
_BY_END = (("_type", "shape"), ("_error", "shape"))
_LIMIT = {
    "above": "gt",
    "at-least": "ge",
    "below": "lt",
    "at-most": "le",
    "multiple": "multiple_of",
    "too-short": "min_length",
    "too-long": "max_length",
    "too-few": "min_length",
    "too-many": "max_length",
    "pattern": "pattern",
    "choice": "expected",
}
"""Where in pydantic's context the limit stands that a text names."""


def in_words(place: Place, words: Mapping[str, Text]) -> dict[str, Any]:
    """``{"field", "kind", "says"}`` with what is wrong in both languages; ``words``: the page's
    texts."""
    return {
        "field": place.field,
        "kind": place.kind,
        "says": _says(place, words).model_dump(),
    }


def _says(place: Place, words: Mapping[str, Text]) -> Text:
    key = _key(place.kind)
    told = words[f"refusal.{key}"]
    if key == OWN:
        return told.fill(says=place.says)
    limit = (place.limits or {}).get(_LIMIT.get(key, ""), "")
    if key == "choice":
        chosen = re.findall(r"'([^']*)'", str(limit)) or [str(limit)]
        return told.fill(limit=Text(zh="、".join(chosen), en=", ".join(chosen)))
    return told.fill(limit=limit)


def _key(kind: str) -> str:
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    for start, key in _BY_START:
        if kind.startswith(start):
            return key
    return next((key for end, key in _BY_END if kind.endswith(end)), OWN)
