"""The page's TypeScript types, written from the Python models and the text files.

``python -m kiosk_app.api.typescript`` writes ``web/src/contract.ts``; with ``--check`` it writes
nothing and its exit status is 1 when that file is not what the models say. The types are those of
values on the wire: a field with a default is always there, since both sides write whole values.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from kiosk_app.answers import Answer, Wiped
from kiosk_app.screens import Frame, PageInfo
from kiosk_app.texts import Texts

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "web" / "src" / "contract.ts"
SECTIONS = {
    "PageText": "page",
    "VerifyText": "verify",
    "RehearsalText": "rehearsal",
    "TechnicianText": "technician",
}
RESOLVED_BY_THE_SERVICE = {
    "rehearsal": ("fault.", "note.", "seen.", "seen_at.", "word."),
    "technician": (
        "copies_advice.",
        "copies_why.",
        "reason.",
        "role.",
        "test.",
        "author.",
        "card.",
        "found_do.",
        "document.",
        "driver.",
        "unit.",
        "setting.",
        "field.",
        "field_unit.",
        "value.",
        "value_of.",
        "control.",
        "step.",
        "not_recorded.",
        "error.",
    ),
}
_HEADER = (
    "// Written by `python -m kiosk_app.api.typescript` from the Python models. Do not edit.\n"
)
_PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}

Schema = Mapping[str, Any]


def contract() -> str:
    """The whole text of the generated module."""
    definitions: dict[str, Schema] = {}
    roots: dict[str, Any] = {"Frame": Frame, "PageInfo": PageInfo, "Wiped": Wiped, "Answer": Answer}
    for name, model in roots.items():
        schema = dict(TypeAdapter[Any](model).json_schema(mode="serialization"))
        definitions.update(schema.pop("$defs", {}))
        definitions[name] = schema
    screen = definitions["Frame"]["properties"]["screen"]
    definitions["Screen"] = screen
    parts = [_HEADER, *(_declaration(name, definitions[name]) for name in sorted(definitions))]
    return "\n".join([*parts, *_text_keys()])


def _declaration(name: str, schema: Schema) -> str:
    comment = _comment(schema.get("description", ""))
    if schema.get("type") == "object" and "properties" in schema:
        fields = "".join(_fields(schema))
        return f"{comment}export interface {name} {{\n{fields}}}\n"
    return f"{comment}export type {name} = {_type(schema)};\n"


def _fields(schema: Schema) -> Iterator[str]:
    for name, field in schema["properties"].items():
        yield f"  readonly {name}: {_type(field)};\n"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return " | ".join(_type(part) for part in schema[union])
    if schema["type"] == "array":
        items = _type(schema["items"])
        return f"readonly ({items})[]" if " " in items else f"readonly {items}[]"
    if schema["type"] == "object":
        return f"Readonly<Record<string, {_type(schema['additionalProperties'])}>>"
    return _PRIMITIVES[schema["type"]]


def _comment(text: str) -> str:
    words = " ".join(text.replace("``", "`").split())
    return f"/** {words} */\n" if words else ""


def _text_keys() -> Iterator[str]:
    for name, section in SECTIONS.items():
        texts = Texts.load(ROOT / "config" / "texts" / section)
        elsewhere = RESOLVED_BY_THE_SERVICE.get(section, ())
        keys = sorted(key for key in texts if not key.startswith(elsewhere))
        union = "".join(f"\n  | {json.dumps(key)}" for key in keys)
        yield f"/** Keys of config/texts/{section}. */\nexport type {name} ={union};\n"


def main() -> int:
    """Write the module, or with ``--check`` say whether it is stale."""
    wanted = contract()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(wanted, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{TARGET} is not what the models say: run python -m kiosk_app.api.typescript")
    return 1


if __name__ == "__main__":
    sys.exit(main())
