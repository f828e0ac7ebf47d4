"""Where papers are made: the one door to this package for the desk and for verification.

Making a paper needs Typst, its fonts, zxing-cpp and pyHanko: 80 MiB and half a second of imports,
on top of the 46 MiB that FastAPI takes. So they live in a process of their own (``worker``):
- the service stays small and starts at once; ``warm`` starts the workshop while a card is read;
- Typst and asn1crypto hold the interpreter for 20 ms a page, which no screen should wait for;
- Typst remembers what it set; ``forget`` ends the process, and with it all that a citizen's paper
  left in memory;
- a hostile file under inspection meets limits of memory and time in a process that dies with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.documents.errors import KINDS, DocumentError, WorkshopFailed
from kiosk_app.documents.key_sources import KeyFile, KeyToken
from kiosk_app.documents.keys import load_trusted
from kiosk_app.documents.messages import INSPECTION_SECONDS, LENGTHS, Message
from kiosk_app.documents.papers import Draft, Paper
from kiosk_app.documents.public_key import PublicKey
from kiosk_app.documents.verdicts import MAX_FILE_BYTES, FileReason, FileVerdict, Inspection

DEADLINE_S = 15.0
"""A paper takes 20 ms, the first one a second; past this the process is hung."""


@dataclass(frozen=True, slots=True)
class MadeCopy:
    """A signed PDF of one page. ``sha256_unsigned``: hex digest before the signature, the same for
    the same paper, copy and code in every process. ``code``: the copy code printed on it."""

    pdf: bytes = field(repr=False)
    sha256_unsigned: str
    code: str = field(repr=False)


class PaperWorkshop:
    """Makes, previews and inspects papers; one at a time, without holding the event loop.

    ``config``: the folder that templates may read from; templates are paths below it. ``key``:
    where the signing key is. All methods raise ``DocumentError`` and nothing else.
    """

    def __init__(self, config: Path, key: KeyFile | KeyToken) -> None:
        self._common = {"config": str(config.resolve()), "key": key.model_dump(mode="json")}
        self._one_at_a_time = asyncio.Lock()
        self._printing = _Process("print")

    async def warm(self) -> None:
        """Start the process, open the key, load the fonts."""
        await self._ask(do="warm")

    async def preview(self, template: Path, draft: Draft, width: int = 1000) -> bytes:
        """A PNG, ``width`` pixels wide, marked as a preview, without number, code or seal's worth.

        What the citizen must not see whole is masked in the draft by the caller.
        """
        facts = Draft.model_dump(draft, mode="json", include=set(Draft.model_fields))
        answer = await self._ask(do="preview", template=str(template), draft=facts, width=width)
        return answer.body

    async def make_copy(
        self, template: Path, paper: Paper, copy: int, code: str | None = None
    ) -> MadeCopy:
        """One numbered, sealed, signed copy. ``code``: the code of this copy if it was made before
        (a token's signature differs each time), for the same bytes again."""
        answer = await self._ask(
            do="make",
            template=str(template),
            paper=paper.model_dump(mode="json"),
            copy=copy,
            code=code,
        )
        return MadeCopy(answer.body, answer.head["sha256_unsigned"], answer.head["code"])

    async def forget(self) -> None:
        """End the process: nothing of any paper stays in memory. The next call starts another."""
        async with self._one_at_a_time:
            await self._printing.end()

    close = forget

    async def _ask(self, **head: object) -> Message:
        async with self._one_at_a_time:
            return await self._printing.ask(Message(self._common | head), DEADLINE_S)


class FileInspector:
    """Judges PDF files that people bring, each in a process of its own with limits.

    ``certificates``: files of the certificates that are trusted.
    """

    def __init__(self, certificates: Iterable[Path]) -> None:
        self._paths = [str(path) for path in certificates]

    @property
    def trusted(self) -> Mapping[bytes, PublicKey]:
        """The trusted keys by key id, as they are now. Raises ``KeyUnusable``."""
        return load_trusted(Path(path) for path in self._paths)

    async def inspect(self, pdf: bytes) -> Inspection:
        """Judge a file. Raises ``KeyUnusable`` for wrong certificates, never for the file."""
        if len(pdf) > MAX_FILE_BYTES:
            return Inspection(FileVerdict.UNREADABLE, FileReason.TOO_LARGE)
        process = _Process("inspect")
        try:
            answer = await process.ask(
                Message({"trusted": self._paths}, pdf), INSPECTION_SECONDS + 5.0
            )
        except WorkshopFailed:
            return Inspection(FileVerdict.UNREADABLE, FileReason.TOO_COSTLY)
        finally:
            await process.end()
        head = answer.head
        return Inspection(
            FileVerdict(head["verdict"]),
            FileReason(head["reason"]),
            CopyCode.parse(head["code"]) if head["code"] else None,
            self.trusted.get(bytes.fromhex(head["signer"])) if head["signer"] else None,
        )


class _Process:
    """One worker, started when first asked. An answer that does not come ends it: half an answer
    in the pipe would be taken for the next one's."""

    def __init__(self, trade: str) -> None:
        self._trade = trade
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, request: Message, deadline_s: float) -> Message:
        """Send and wait. Raises the error that came back, or ``WorkshopFailed``."""
        try:
            async with asyncio.timeout(deadline_s):
                answer = await self._exchange(request)
        except TimeoutError:
            await self.end()
            raise WorkshopFailed("the workshop did not answer in time") from None
        except (OSError, asyncio.IncompleteReadError):
            await self.end()
            raise WorkshopFailed("the workshop's process ended") from None
        except asyncio.CancelledError:
            await self.end()
            raise
        if "error" in answer.head:
            raise _error(answer.head)
        return answer

    async def end(self) -> None:
        """Kill and reap."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _exchange(self, request: Message) -> Message:
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        process.stdin.write(request.pack())
        await process.stdin.drain()
        head, body = LENGTHS.unpack(await process.stdout.readexactly(LENGTHS.size))
        return Message.unpack(
            await process.stdout.readexactly(head), await process.stdout.readexactly(body)
        )

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is not None:
            await self.end()
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "kiosk_app.documents.worker",
                self._trade,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is for the service, which ends its workers
            )
        return self._process


def _error(head: Mapping[str, Any]) -> DocumentError:
    return KINDS.get(head["error"], WorkshopFailed)(head["message"])
