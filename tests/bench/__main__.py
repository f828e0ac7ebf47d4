"""``make bench``: runs the benchmarks, prints a table and writes ``bench.json``.

Each is a module of this package with a function ``run`` that returns its entry. A figure that
misses its goal fails the run, and so does a benchmark that cannot measure.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from tests.bench.entry import Entry, Figure

BENCHMARKS = (
    "apdu",
    "bac",
    "card",
    "card_event",
    "certificate",
    "memory",
    "page",
    "preview",
    "qr",
    "receipt",
    "scan",
    "screen_answer",
    "start",
)
RESULTS = Path("bench.json")
COLUMNS = "{:<14} {:>11}  {:<42} {:<32} {:<29} {}"


def main() -> int:
    """Run the benchmarks asked for; return 1 when a goal was missed, 2 when one could not
    be measured."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    wanted = parser.parse_args().only or BENCHMARKS
    entries: dict[str, Entry] = {}
    broken = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            entries[name] = import_module(f"tests.bench.{name}").run()
        except Exception:
            traceback.print_exc()
            broken.append(name)
    RESULTS.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print_table(entries)
    missed = [name for name, entry in entries.items() if not entry["met"]]
    print(f"\n{verdict(len(entries), missed, broken)}")
    return 2 if broken else 1 if missed else 0


def print_table(entries: Mapping[str, Entry]) -> None:
    """Print one line an entry."""
    print(COLUMNS.format("what", "ours", "beside", "ratio", "goal", "met"))
    for name, entry in entries.items():
        ours = f"{entry['ours_ms']:g} {entry.get('unit', 'ms')}"
        met = "yes" if entry["met"] else "NO"
        figures = [words(entry[key]) for key in ("peers", "ratio", "goal")]
        print(COLUMNS.format(name, ours, *figures, met))


def words(figure: Figure) -> str:
    """Write a figure, or one for each peer."""
    if isinstance(figure, dict):
        return ", ".join(f"{peer} {value:g}" for peer, value in figure.items())
    return f"{figure:g}"


def verdict(measured: int, missed: list[str], broken: list[str]) -> str:
    """Say in a sentence what was not met and what was not measured."""
    parts = [f"{measured - len(missed)} of {measured} goals met"]
    if missed:
        parts.append(f"not met: {', '.join(missed)}")
    if broken:
        parts.append(f"could not be measured: {', '.join(broken)}")
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
