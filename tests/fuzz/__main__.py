"""``make fuzz``: gives every parser bytes that grow by what they reach, for a bounded time.

``python -m tests.fuzz [--seconds N] [TARGET…]``. Each target runs in a process of its own under
atheris. What breaks a parser is written to ``tests/fuzz/found/<target>/`` and is tried by the test
suite from then on (``test_found.py``), without atheris.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
LONGEST_INPUT = 8192
SLOWEST_S = 5
MOST_MEMORY_MB = 1024


def main() -> int:
    """Fuzz the targets asked for; return 1 when something was found."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=30, help="for each target (30)")
    options = parser.parse_args()
    broken = [name for name in options.only or TARGETS if not _holds(name, options.seconds)]
    print(f"\n{len(broken)} parsers broke{': ' + ', '.join(broken) if broken else ''}")
    return 1 if broken else 0


def _holds(name: str, seconds: int) -> bool:
    """Whether a parser took everything for so long."""
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yimen-fuzz-") as corpus:
        for number, seed in enumerate(TARGETS[name]().seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        command = [sys.executable, "-m", "tests.fuzz.run", name, corpus]
        command += [f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}"]
        command += [f"-timeout={SLOWEST_S}", f"-rss_limit_mb={MOST_MEMORY_MB}"]
        command += [f"-artifact_prefix={found}/", "-print_final_stats=1"]
        ended = subprocess.run(
            command, check=False, capture_output=True, encoding="utf-8", errors="replace"
        )
    said = ended.stderr.splitlines()
    tried = next((line.split()[-1] for line in said if "number_of_executed_units" in line), "?")
    print(f"{name:<24} {tried:>9} inputs  {'ok' if ended.returncode == 0 else 'BROKE'}", flush=True)
    if ended.returncode:
        print("\n".join(said[-40:]), file=sys.stderr)
    if not any(found.iterdir()):
        found.rmdir()
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
