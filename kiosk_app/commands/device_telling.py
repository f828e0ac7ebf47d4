"""What ``yimen device`` prints for people, where no JSON is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from kiosk_app.local_time import LOCAL


def _tell_devices(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if not row["driver"]:
            print(f"{row['role']:<28} -")
            continue
        print(f"{row['role']:<28} {row['driver']:<22} {row['id']}")
        for name, reading in row["status"].items():
            age = "-" if reading["age_s"] is None else f"{reading['age_s']:.0f} s ago"
            print(
                f"{'':<28}   {name:<14} {_short(reading['value']):<24} {reading['source']}, {age}"
            )


def _tell_findings(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(f"{row['state']:<12} {row['name']:<44} {row['says']}")
        if row["action"]:
            print(f"{'':<12} {'':<44} -> {row['action']}")


def _tell_history(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(
            f"{row['version']:>4}  {_clock(row['at']):<20} {row['author']:<16} {row['state']:<12} "
            f"{row['summary']['en']}{' (same as now)' if row['same_as_now'] else ''}"
        )
        for change in row["changes"]:
            before, after = (_there(change[when]) for when in ("before", "after"))
            print(f"{'':<6}{change['place']}: {before} -> {after}")
    if not rows:
        print("no version yet: all is bound as it was set up")


def _clock(at: str) -> str:
    """On the hall's clock, as the page shows it."""
    return f"{datetime.fromisoformat(at).astimezone(LOCAL):%Y-%m-%d %H:%M:%S}"


def _there(value: str | None) -> str:
    return "-" if value is None else value


def _tell_test(outcome: dict[str, Any]) -> None:
    print(f"{'passed' if outcome['ok'] else 'FAILED'} in {outcome.get('seconds', 0):.2f} s")
    if outcome.get("error"):
        print(f"{'Error code':<24} {outcome['error']}")
    for each in outcome.get("values", ()):
        print(f"{_label(each['label']):<24} {each['value']}")
    if "saved" in outcome:
        print(f"{'Saved':<24} {outcome['saved'] or 'nothing: this test makes no picture'}")


def _label(label: Any) -> str:
    """What was measured, in words; a driver's own name where there are none for it."""
    words: str = label["en"] if isinstance(label, dict) else label.replace("_", " ")
    return words[:1].upper() + words[1:]


def _tell_recordings(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(f"{row['id']:<56} {row['seconds']:>8.1f} s {row['bytes']:>9} bytes")
    if not rows:
        print("nothing has been recorded: `yimen device record ROLE on` begins")


def _tell_record(result: dict[str, Any]) -> None:
    if result["recording"] is not None:
        print(f"recording to {result['path']}; `yimen device record ROLE off` ends it")
    elif result["path"] is not None:
        print(f"recorded: {result['path']}")
    else:
        print("nothing was being recorded")


def _tell_fault(result: Any) -> None:
    if isinstance(result, dict):
        print(f"{result['name']} is {'on' if result['on'] else 'off'}")
        return
    for row in result:
        print(f"{'on ' if row['on'] else '   '} {row['name']:<38} {row['device']}")


def _tell_controls(result: Any) -> None:
    rows = result if isinstance(result, list) else [result] if "name" in result else []
    if "version" in result:
        print(f"version {result['version']}: kept, on trial for a minute")
    for row in rows:
        print(
            f"{row['name']:<20} {row['value']:>8}   {row['minimum']} to {row['maximum']}, "
            f"step {row['step']}, default {row['default']}"
        )
    if result == []:
        print("nothing can be set on this device while it runs")


def _tell_interop(result: dict[str, Any]) -> None:
    if "version" in result:
        print(f"version {result['version']}: {'on' if result['on'] else 'off'}")
    print(f"{'open' if result['open'] else 'closed'} at {result['address']}")
    print(f"identities {'may be read' if result['identities'] else 'may not be read'}")
    if result["error"]:
        print(f"error    {result['error']}")
    if result.get("says"):
        print(result["says"])


def tell_plainly(result: dict[str, Any]) -> None:
    """A result that has no form of its own: each value by its name."""
    for name, value in result.items():
        if value is not None:
            print(f"{name:<12} {value}")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


TELL: dict[str, Callable[[Any], None]] = {
    "list": _tell_devices,
    "discover": _tell_findings,
    "history": _tell_history,
    "fault": _tell_fault,
    "control": _tell_controls,
    "interop": _tell_interop,
    "test": _tell_test,
    "replay": _tell_test,
    "record": _tell_record,
    "recordings": _tell_recordings,
}
