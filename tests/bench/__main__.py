"""``make bench``: runs the benchmarks, prints a table and writes ``bench.json``.

Each module of this package with a function ``run`` is one. A figure that misses its goal is told
and is no error; a benchmark that cannot measure is.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from tests.bench.entry import Measured

BENCHMARKS = ("card", "certificate", "screen_answer", "start")
RESULTS = Path("bench.json")
COLUMNS = "{:<28} {:>12}  {:<44} {:>8} {:>8}  {}"


def main() -> int:
    """Run the benchmarks asked for; return 1 when one could not measure."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    wanted = parser.parse_args().only or BENCHMARKS
    entries: dict[str, Measured] = {}
    broken = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            entries |= import_module(f"tests.bench.{name}").run()
        except Exception:
            traceback.print_exc()
            broken.append(name)
    RESULTS.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print_table(entries)
    print(verdict(entries, broken))
    return 1 if broken else 0


def print_table(entries: Mapping[str, Measured]) -> None:
    """Print one line an entry."""
    print(COLUMNS.format("what", "ours", "beside", "ratio", "goal", "met"))
    for name, entry in entries.items():
        unit = entry.get("unit", "ms")
        peers = ", ".join(f"{peer} {value:g}" for peer, value in entry["peers"].items())
        print(
            COLUMNS.format(
                name,
                f"{entry['ours_ms']:g} {unit}",
                peers,
                f"{entry['ratio']:g}",
                f"{entry['goal']:g}",
                "yes" if entry["met"] else "NO",
            )
        )


def verdict(entries: Mapping[str, Measured], broken: list[str]) -> str:
    """Say in a sentence what was not met and what was not measured."""
    missed = [name for name, entry in entries.items() if not entry["met"]]
    parts = [f"{len(entries) - len(missed)} of {len(entries)} goals met"]
    if missed:
        parts.append(f"not met: {', '.join(missed)}")
    if broken:
        parts.append(f"could not be measured: {', '.join(broken)}")
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
