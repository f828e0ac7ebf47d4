"""The last lines of the log, for whoever looks after the terminal, and each new one.

The lines are those of the log on standard error, after personal data has been taken out. Here a
text passes only when it is made of the characters of codes and identifiers, so that a name or an
address that got into a message by mistake does not show.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

KEPT = 500
MOST_FIELDS = 16
WAITING = 200
"""Lines that a slow reader may be behind before it loses some."""
_OWN = ("timestamp", "level", "event")
_CODE = re.compile(r"[A-Za-z0-9 ._:;,/+@#=()'>-]{0,200}")
HIDDEN = "[text]"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line."""

    at: str
    level: str
    event: str
    fields: Mapping[str, str | int | float | bool | None]


class LiveLog:
    """A bounded memory of lines. ``take_in`` may be called from any thread."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._readers: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[LogLine]]] = set()
        self._lock = threading.Lock()

    def take_in(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Processor of structlog: place it after ``redact`` and before the renderer."""
        line = LogLine(
            str(event.get("timestamp", "")),
            str(event.get("level", "")),
            _shown(str(event.get("event", ""))),
            {
                _shown(str(key)): _plain(value)
                for key, value in list(event.items())[: MOST_FIELDS + len(_OWN)]
                if key not in _OWN
            },
        )
        with self._lock:
            self._lines.append(line)
            readers = tuple(self._readers)
        for loop, queue in readers:
            with suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(_offer, queue, line)
        return event

    async def lines(self) -> AsyncIterator[LogLine]:
        """The lines that are remembered, then each new one."""
        queue: asyncio.Queue[LogLine] = asyncio.Queue(WAITING)
        reader = (asyncio.get_running_loop(), queue)
        with self._lock:
            remembered = tuple(self._lines)
            self._readers.add(reader)
        try:
            for line in remembered:
                yield line
            while True:
                yield await queue.get()
        finally:
            with self._lock:
                self._readers.discard(reader)


def _offer(queue: asyncio.Queue[LogLine], line: LogLine) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(line)


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, int | float | bool | None) else _shown(str(value))


def _shown(text: str) -> str:
    return text if _CODE.fullmatch(text) else HIDDEN


LIVE_LOG = LiveLog()
"""The log of this process."""
