"""Runs every check of the project and says, in the last line, how many tests passed.

``make test`` comes here after the set-up. Python's and the page's checks run side by side, and so
do the tests after them. No test at all is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
LANES = {
    "pages": ("tests/e2e", "tests/shell"),
    "devices": ("tests/drivers",),
    "faults": ("tests/faults/test_faults.py",),
    "technician": ("tests/api", "tests/workbench", "tests/commands", "tests/interop"),
    "errands": ("tests/errand", "tests/test_guidance.py", "tests/test_power.py"),
    "unplugged": ("tests/faults/test_unplug.py", "tests/faults/test_bad_driver.py"),
    "kills": ("tests/faults/test_kill.py",),
}
"""Tests that mostly wait, for browsers, wires and whole terminals: they run beside the others, the
longest first."""
AT_ONCE = 3
"""Lanes at the same time beside the others, on two cores."""
MOST_TRIED_ALONE = 8
"""Failures in a lane beyond which nothing is blamed on the machine."""


@dataclass(frozen=True)
class Check:
    """One command that passes with exit status 0; ``report`` is the JUnit file it writes."""

    name: str
    command: Sequence[str | Path]
    folder: Path = ROOT
    report: Path | None = None
    streams: bool = False


@dataclass(frozen=True)
class Result:
    """How a check ended, and the tests it ran, if it runs any."""

    check: Check
    passed: bool
    seconds: float
    tests: int = 0
    failures: int = 0


def count_tests(report: Path) -> tuple[int, int]:
    """Return how many tests a JUnit report holds, and how many of them did not pass."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    bad = {"failure", "error", "skipped"}
    return len(cases), sum(1 for case in cases if any(child.tag in bad for child in case))


def carry_out(check: Check) -> Result:
    """Run one check; print its output when it fails, or as it comes where it streams."""
    started = time.monotonic()
    ended = subprocess.run(
        check.command,
        cwd=check.folder,
        stdin=subprocess.DEVNULL,
        stdout=None if check.streams else subprocess.PIPE,
        stderr=None if check.streams else subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    passed, tests, failures = ended.returncode == 0, 0, 0
    if check.report is not None:
        if check.report.is_file():
            tests, failures = count_tests(check.report)
        passed = passed and tests > 0 and failures == 0
    seconds = time.monotonic() - started
    counted = f", {tests} tests" if check.report else ""
    verdict = "passed" if passed else "FAILED"
    print(f"{verdict}: {check.name} ({seconds:.1f} s{counted})", flush=True)
    if not passed and ended.stdout:
        print(ended.stdout, flush=True)
    return Result(check, passed, seconds, tests, failures)


def carry_out_all(checks: Sequence[Check]) -> list[Result]:
    """Run checks one after another."""
    return [carry_out(check) for check in checks]


def python_checks() -> list[Check]:
    """Format, lint and types of the Python sources."""
    python = sys.executable
    return [
        Check("ruff format", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Check("ruff check", [python, "-m", "ruff", "check", "--quiet", "."]),
        Check("mypy --strict", [python, "-m", "mypy", "--no-error-summary"]),
        Check("page's types", [python, "-m", "kiosk_app.api.typescript", "--check"]),
    ]


def web_checks(reports: Path) -> list[Check]:
    """Types and unit tests of the web page."""
    report = reports / "vitest.xml"
    return [
        Check("svelte-check", ["npm", "run", "--silent", "check"], WEB),
        Check(
            "vitest",
            ["npm", "test", "--silent", "--", "--reporter=junit", f"--outputFile={report}"],
            WEB,
            report,
        ),
    ]


def pytest_check(name: str, reports: Path, arguments: Sequence[str], *, streams: bool) -> Check:
    """A run of pytest; ``streams``: whether its progress is shown."""
    report = reports / f"{name}.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    command += ["-o", f"cache_dir={reports / name}"]
    return Check(f"pytest ({name})", command, report=report, streams=streams)


def tried_alone(first: Result) -> Result:
    """Give the few tests of a lane that failed beside others a second try with the machine to
    themselves: they wait for windows and wires, which two busy cores may starve. What fails alone
    has failed."""
    if first.passed or not 0 < first.failures <= MOST_TRIED_ALONE:
        return first
    command = [*first.check.command, "--last-failed", "--last-failed-no-failures=none"]
    second = carry_out(replace(first.check, name=f"{first.check.name}, alone", command=command))
    if not second.passed or second.tests < first.failures:
        return first
    return replace(first, passed=True, failures=0)


def carry_out_tests(reports: Path) -> list[Result]:
    """Run all tests, in lanes side by side; the progress of those in no lane is shown."""
    beside = [pytest_check(name, reports, paths, streams=False) for name, paths in LANES.items()]
    rest = [f"--ignore={path}" for paths in LANES.values() for path in paths]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as lanes:
        running = [lanes.submit(carry_out, check) for check in beside]
        others = carry_out(pytest_check("others", reports, rest, streams=True))
        results = [others, *(lane.result() for lane in running)]
    return [tried_alone(result) for result in results]


def use_node_of_wheel() -> None:
    """Put the Python wheel's node on PATH where the machine has none that will do."""
    finder = 'source config/setup/node; find_node; dirname "$(command -v npm)"'
    folder = subprocess.run(
        ["bash", "-euc", finder], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def main() -> int:
    """Run the checks and return the exit status."""
    parser = argparse.ArgumentParser(prog="tests.checks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out all tests but the layering")
    arguments = parser.parse_args()
    use_node_of_wheel()
    reports = Path(tempfile.mkdtemp(prefix="yimen-checks-"))
    try:
        with ThreadPoolExecutor(max_workers=2) as lanes:
            lane = lanes.submit(carry_out_all, web_checks(reports))
            results = [*carry_out_all(python_checks()), *lane.result()]
        if arguments.quick:
            layering = ["tests/test_layering.py"]
            results.append(carry_out(pytest_check("layering", reports, layering, streams=False)))
        else:
            results += carry_out_tests(reports)
    finally:
        shutil.rmtree(reports)
    return summarise(results)


def summarise(results: Sequence[Result]) -> int:
    """Print which checks failed and how many tests passed; return the exit status."""
    failed = [result.check.name for result in results if not result.passed]
    tests = sum(result.tests for result in results)
    failures = sum(result.failures for result in results)
    print(f"\nchecks: {len(results) - len(failed)} of {len(results)} passed", end="")
    print(f"; failed: {', '.join(failed)}" if failed else "")
    print(f"{tests - failures} passed, {failures} failed")
    return 1 if failed or tests == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
