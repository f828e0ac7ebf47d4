"""The rules of who may import whom, and a reader of source trees that finds what breaks them.

The order is that of the house's plan: cli → app → api → terminal → procedures → desk → (journey,
issuing, catalogue, connectors, …) → devices → drivers. A module imports from layers below its
own, and from its own as long as that makes no circle.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

LAYERS: tuple[tuple[str, ...], ...] = (
    ("kiosk_app.cli",),
    ("kiosk_app.commands",),
    ("kiosk_app.rehearse",),
    ("kiosk_app.app", "kiosk_app.fitting", "kiosk_app.running"),
    ("kiosk_app.api", "kiosk_app.shell"),
    (
        "kiosk_app.offices",
        "kiosk_app.guidance",
        "kiosk_app.options",
        "kiosk_app.power",
        "kiosk_app.stagehand",
        "kiosk_app.surroundings",
        "kiosk_app.terminal",
        "kiosk_app.verification",
        "kiosk_app.voice",
        "kiosk_app.workbench",
    ),
    ("kiosk_app.procedures",),
    ("kiosk_app.desk",),
    (
        "kiosk_app.accounts",
        "kiosk_app.audit",
        "kiosk_app.catalogue",
        "kiosk_app.connectors",
        "kiosk_app.documents",
        "kiosk_app.fitness",
        "kiosk_app.forms",
        "kiosk_app.health",
        "kiosk_app.instance",
        "kiosk_app.interop",
        "kiosk_app.issuing",
        "kiosk_app.journey",
        "kiosk_app.live_log",
        "kiosk_app.logs",
        "kiosk_app.privacy",
        "kiosk_app.records",
        "kiosk_app.settings",
        "kiosk_app.stage",
    ),
    ("kiosk_app.devices", "kiosk_app.preview"),
    (
        "kiosk_app.answers",
        "kiosk_app.judgement",
        "kiosk_app.local_time",
        "kiosk_app.opening_hours",
        "kiosk_app.people",
        "kiosk_app.screens",
        "kiosk_app.texts",
    ),
    ("drivers",),
)


@dataclass(frozen=True)
class Ban:
    """``importers`` may not import ``banned``, whatever the layers say."""

    importers: tuple[str, ...]
    banned: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Reserve:
    """``packages`` may be imported by ``owners`` alone."""

    packages: tuple[str, ...]
    owners: tuple[str, ...]
    reason: str


BANS = (
    Ban(
        ("kiosk_app.documents",),
        ("kiosk_app.issuing", "kiosk_app.journey", "kiosk_app.audit"),
        "a document knows no journal",
    ),
    Ban(
        ("kiosk_app.connectors",),
        ("kiosk_app.issuing", "kiosk_app.journey", "kiosk_app.devices", "drivers.host"),
        "a connector knows its outside system alone",
    ),
    Ban(
        ("kiosk_app.procedures",),
        ("kiosk_app.devices", "drivers.host", "drivers.virtual", "sqlite3", "httpx"),
        "a procedure knows no HTTP, no SQL and no device's wire",
    ),
    Ban(
        (
            "kiosk_app.answers",
            "kiosk_app.judgement",
            "kiosk_app.local_time",
            "kiosk_app.opening_hours",
            "kiosk_app.people",
            "kiosk_app.screens",
            "kiosk_app.texts",
        ),
        ("drivers",),
        "a plain value knows no device",
    ),
)

RESERVES = (
    Reserve(("fastapi", "starlette"), ("kiosk_app.api",), "HTTP of ours is the api's alone"),
    Reserve(("uvicorn",), ("kiosk_app.api", "kiosk_app.app"), "the service is run in one place"),
    Reserve(("webview", "gi"), ("kiosk_app.shell",), "the window has a process of its own"),
    Reserve(
        ("cups", "cv2", "evdev", "sane", "serial", "smartcard"),
        ("drivers",),
        "hardware is the drivers' alone",
    ),
)


def within(module: str, packages: Iterable[str]) -> bool:
    """Tell whether a module is one of the packages or stands inside one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def layer_of(module: str) -> int | None:
    """Return a module's layer, 0 at the top; None for a module that has no place in the house."""
    for rank, packages in enumerate(LAYERS):
        if within(module, packages):
            return rank
    return None


def room_of(module: str) -> str:
    """Return the package that stands in the list of layers and holds a module."""
    return next(package for layer in LAYERS for package in layer if within(module, [package]))


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name of a source file."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, root: Path) -> Iterator[str]:
    """Yield what a source file imports, anywhere in it, as full dotted names."""
    own = module_name(path, root).split(".")
    package = own if path.name == "__init__.py" else own[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def read_imports(root: Path) -> dict[str, set[str]]:
    """Return what each module of the house under ``root`` imports."""
    sources = [
        path for package in ("kiosk_app", "drivers") for path in (root / package).rglob("*.py")
    ]
    return {module_name(path, root): set(imports_of(path, root)) for path in sorted(sources)}


def violations(root: Path) -> list[str]:
    """Return every breach of the rules in the source tree under ``root``, in plain words."""
    imports = read_imports(root)
    found = [
        breach
        for module, names in imports.items()
        for name in sorted(names)
        for breach in breaches(module, name)
    ]
    return found + homeless(imports) + circles(imports)


def homeless(imports: Mapping[str, set[str]]) -> list[str]:
    """Name the modules that the list of layers has no place for."""
    return [
        f"{module} has no layer: give it one in tests/layering.py"
        for module in imports
        if layer_of(module) is None and module != "kiosk_app"
    ]


def breaches(module: str, name: str) -> Iterator[str]:
    """Yield the rules that one import breaks."""
    own, other = layer_of(module), layer_of(name)
    if own is not None and other is not None and other < own:
        yield f"{module} imports {name}, which stands above it"
    for ban in BANS:
        if within(module, ban.importers) and within(name, ban.banned):
            yield f"{module} imports {name}: {ban.reason}"
    for reserve in RESERVES:
        if within(name, reserve.packages) and not within(module, reserve.owners):
            yield f"{module} imports {name}: {reserve.reason}"


def circles(imports: Mapping[str, set[str]]) -> list[str]:
    """Name one circle of imports between the packages of the house, if there is one."""
    graph: dict[str, set[str]] = {}
    for module, names in imports.items():
        if layer_of(module) is not None:
            rooms = {room_of(name) for name in names if layer_of(name) is not None}
            graph.setdefault(room_of(module), set()).update(rooms - {room_of(module)})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return [f"imports run in a circle: {' → '.join(reversed(circle.args[1]))}"]
    return []
