"""The workshop's other end: ``python -m kiosk_app.documents.worker print|inspect``.

Reads requests from standard input, answers on standard output, ends at the end of input. What
goes over the pipe is a ``Message``.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from kiosk_app.documents.errors import CodeInvalid, DocumentError
from kiosk_app.documents.key_sources import KeyFile, KeySource, KeyToken
from kiosk_app.documents.keys import load_trusted, open_key
from kiosk_app.documents.messages import INSPECTION_SECONDS, LENGTHS, Message
from kiosk_app.documents.papers import Draft, Paper

INSPECTION_MEMORY = 512 * 1024 * 1024
_SOURCE: TypeAdapter[KeyFile | KeyToken] = TypeAdapter(KeySource)


class Printing:
    """Makes papers: press, key and signer, built at the first request."""

    def __init__(self, config: Path, source: KeyFile | KeyToken) -> None:
        from kiosk_app.documents.press import Press
        from kiosk_app.documents.signing import PdfSigner

        self._press = Press(config)
        self._key = open_key(source)
        self._signer = PdfSigner(self._key)

    def answer(self, request: Message) -> Message:
        """Carry out ``warm``, ``preview`` or ``make``. Raises ``DocumentError``."""
        head = request.head
        match head["do"]:
            case "preview":
                return self._preview(
                    Path(head["template"]), Draft.of(**head["draft"]), head["width"]
                )
            case "make":
                paper = Paper.of(**head["paper"])
                return self._make(Path(head["template"]), paper, head["copy"], head["code"])
            case _:
                self._press.warm()
                return Message({})

    def _preview(self, template: Path, draft: Draft, width: int) -> Message:
        data = draft.template_data() | self._marks(copy=None, code=None, qr=None)
        return Message({}, self._press.picture(template, data, width))

    def _make(self, template: Path, paper: Paper, copy: int, code: str | None) -> Message:
        from kiosk_app.documents.copy_code import CopyCode, qr_svg

        text = self._kept(paper, copy, code) if code else CopyCode.sign(paper, copy, self._key).text
        data = paper.template_data() | self._marks(copy=copy, code=text, qr=qr_svg(text))
        unsigned = self._press.compile(template, data)
        digest = hashlib.sha256(unsigned).hexdigest()
        return Message({"sha256_unsigned": digest, "code": text}, self._signer.sign(unsigned))

    def _kept(self, paper: Paper, copy: int, text: str) -> str:
        """A code made before, after a check that it belongs to this copy."""
        from kiosk_app.documents.copy_code import CopyCode

        code = CopyCode.parse(text)
        code.verify({self._key.public.key_id: self._key.public})
        if (code.serial, code.copy, code.facts_digest) != (
            paper.serial,
            copy,
            paper.facts_digest(),
        ):
            raise CodeInvalid("the code belongs to another copy")
        return text

    def _marks(self, **own: object) -> dict[str, object]:
        return own | {"development": self._key.public.development}


class Inspecting:
    """Judges one file, within limits of memory and processor time."""

    def __init__(self) -> None:
        from kiosk_app.documents import inspection

        self._inspection = inspection
        resource.setrlimit(resource.RLIMIT_AS, (INSPECTION_MEMORY, INSPECTION_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (INSPECTION_SECONDS, INSPECTION_SECONDS))

    def answer(self, request: Message) -> Message:
        """Judge the body against the certificates in the files named."""
        trusted = load_trusted(Path(path) for path in request.head["trusted"])
        found = self._inspection.inspect(request.body, trusted)
        return Message(
            {
                "verdict": found.verdict,
                "reason": found.reason,
                "code": found.code.text if found.code else None,
                "signer": found.signer.key_id.hex() if found.signer else None,
            }
        )


def _read(stream: BinaryIO) -> Message | None:
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack(lengths)
    return Message.unpack(stream.read(head), stream.read(body))


def _carry_out(bench: Callable[[Message], Message], request: Message) -> Message:
    try:
        return bench(request)
    except DocumentError as problem:
        return Message({"error": problem.code, "message": problem.message})
    except Exception as problem:
        return Message({"error": "workshop-failed", "message": type(problem).__name__})


def main(trade: str) -> None:
    """Serve one trade until the input ends. The first printing request names config and key."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not print into the answers
    bench: Printing | Inspecting | None = Inspecting() if trade == "inspect" else None

    def on_the_bench(request: Message) -> Message:
        nonlocal bench
        if bench is None:
            source = _SOURCE.validate_python(request.head["key"])
            bench = Printing(Path(request.head["config"]), source)
        return bench.answer(request)

    while (request := _read(sys.stdin.buffer)) is not None:
        answers.write(_carry_out(on_the_bench, request).pack())
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
