"""What a recorded device says, protocol by protocol: each request is answered as it was in the
recording. What was hidden there is silence here."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from drivers.code_scanner.keys import EV_KEY, EV_SYN, EVENT
from drivers.code_scanner.reading import REST_S
from drivers.errors import ProtocolError
from drivers.id_card.frames import Answer
from drivers.id_card.frames import FrameParser as SamParser
from drivers.id_card.sam_codes import Sw3
from drivers.lights import relay_protocol
from drivers.lines import Lines
from drivers.recording.file import IN, Entry
from drivers.serial_device.frames import FrameParser, Kind, Refusal
from drivers.ups.protocol import LONGEST_LINE
from drivers.virtual.replay_turns import Script, turns

LONGEST_REST_S = 3.0
"""How long a device that speaks by itself rests between two things that it says."""
_SHORTEST_REST_S = 2 * REST_S
"""Long enough for half a code not to run into the next one."""


class Player(ABC):
    """The far end of a wire."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """``entries``: of a recording of the player's protocol."""
        recorded = turns(entries)
        self.gaps = sum(turn.has_gap for turn in recorded)
        """How many answers were hidden when the recording was made."""
        self.answers = sum(any(turn.said) for turn in recorded)
        """How many there are."""
        self._script = Script(recorded, self._keys)

    def was_asked(self, key: Hashable) -> bool:
        """Whether a request was made while it was recorded; ``key``: as the protocol knows it."""
        return self._script.knows(key)

    @abstractmethod
    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        """See ``replay_turns.Keys``."""

    @abstractmethod
    def heard(self, data: bytes) -> Iterator[bytes]:
        """What the device says to what came, in pieces."""

    def spontaneous(self) -> Iterator[tuple[float, bytes]]:
        """What the device says by itself, for ever, each with the seconds of rest before it."""
        return iter(())

    def _said(self, asked: bytes) -> tuple[bytes, ...] | None:
        """What was said to a request; ``None`` when it was never made."""
        turn = self._script.find(self._keys(asked))
        return turn.said if turn is not None else None


class SamPlayer(Player):
    """A SAM_V module. A request that was never made is one that it does not know."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries)
        self._parser = SamParser()

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        frames = SamParser().feed(asked)
        request = frames[0].request() if frames else None
        return (request,) if request is not None else ()

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``."""
        for frame in self._parser.feed(data):
            request = frame.request()
            if request is None:
                continue
            said = self._said(request.encode())
            yield from (Answer(0, 0, Sw3.BAD_COMMAND).encode(),) if said is None else said


class FramePlayer(Player):
    """A device of ``drivers.serial_device``. A request is the same whatever its number, and, where
    it was never made with these fields, whatever its fields."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries)
        self._parser = FrameParser()

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        frames = FrameParser().feed(asked)
        if not frames:
            return ()
        frame = frames[0]
        return (frame.kind, frame.command, frame.payload), (frame.kind, frame.command)

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``."""
        for frame in self._parser.feed(data):
            if frame.kind not in (Kind.REQUEST, Kind.WITHDRAW):
                continue
            said = self._said(frame.encode())
            if said is None:
                unknown = bytes((Refusal.UNKNOWN_COMMAND,))
                yield replace(frame, kind=Kind.REFUSAL, payload=unknown).encode()
                continue
            for piece in said:
                for recorded in FrameParser().feed(piece):
                    yield replace(recorded, sequence=frame.sequence).encode()


class RelayPlayer(Player):
    """A relay board. What it answers hangs on how its relays were told to stand; a standing that
    was never asked about is answered as boards do that obey."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        first = next((each.said for each in turns(entries) if each.said), ())
        self._stood = relay_protocol.states(b"".join(first)) if first else {}
        self._told = dict(self._stood)
        super().__init__(entries)
        self._told = dict(self._stood)
        self._rest = b""

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        """Called in the order in which the board is spoken to: a command changes what follows."""
        if asked == relay_protocol.ASK:
            return (frozenset(self._told.items()),)
        if len(asked) == relay_protocol.COMMAND_LENGTH and asked[0] == relay_protocol.START:
            self._told[asked[1]] = bool(asked[2])
        return ()

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``."""
        self._rest += data
        while self._rest:
            size = 1 if self._rest[0] != relay_protocol.START else relay_protocol.COMMAND_LENGTH
            command, rest = self._rest[:size], self._rest[size:]
            if len(command) < size:
                return
            self._rest = rest
            if command == relay_protocol.ASK:
                said = self._said(command)
                yield from (self._obedient(),) if said is None else said
            elif size > 1:
                self._keys(command)

    def _obedient(self) -> bytes:
        return b"".join(
            b"CH%d: %s\r\n" % (relay, b"ON" if self._told[relay] else b"OFF")
            for relay in self._stood
        )


class NutPlayer(Player):
    """A NUT server."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries)
        self._lines = Lines(LONGEST_LINE)

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        return (asked,) if asked else ()

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``."""
        for line in self._lines.feed(data):
            said = self._said(line) if isinstance(line, bytes) else None
            yield from (b"ERR UNKNOWN-COMMAND\n",) if said is None else said


class PrinterPlayer(Player):
    """An ESC/POS printer: what is printed vanishes, and questions are answered."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        # Draws, which only this player needs.
        from drivers.virtual.receipt_printer_machine import EscPosMachine

        super().__init__(entries)
        self._answers: list[bytes] = []
        answered = self._answer

        class Machine(EscPosMachine):
            """Leaves what is asked of it to the recording."""

            def _carry_out(self, name: bytes, given: bytes) -> None:
                if name in _QUESTIONS:
                    answered(name + given)
                else:
                    super()._carry_out(name, given)

        self._machine = Machine(576, _nothing, _nothing, _nothing)
        self._machine.roll_mm = math.inf

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        return (asked,) if asked else ()

    def _answer(self, asked: bytes) -> None:
        self._answers += self._said(asked) or ()

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``."""
        self._machine.feed(data)
        answers, self._answers[:] = tuple(self._answers), []
        yield from answers


_QUESTIONS = (b"\x10\x04", b"\x1da", b"\x1dr")
"""DLE EOT, GS a, GS r."""


def _nothing(*_: object) -> None:
    """What is printed is not kept."""


class ScannerPlayer(Player):
    """A code scanner: shows its codes one after the other, at about their own pace."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries)
        self._shown = [(each.at, each.data) for each in entries if each.way == IN and each.data]

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        return ()

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``. Nothing is said to a scanner."""
        return iter(())

    def spontaneous(self) -> Iterator[tuple[float, bytes]]:
        """See ``Player.spontaneous``."""
        before = 0.0
        while self._shown:
            for at, data in self._shown:
                rest = min(max(at - before, _SHORTEST_REST_S), LONGEST_REST_S)
                before = at
                yield rest if data.strip(b"\r\n") else 0.0, data


class KeyboardPlayer(ScannerPlayer):
    """A code scanner that plays a keyboard."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Raises ``ProtocolError`` when they are no events as a mask writes them: whole, of keys
        alone, and at no time."""
        super().__init__(entries)
        for _, data in self._shown:
            if len(data) % EVENT.size or not all(map(_is_masked, EVENT.iter_unpack(data))):
                raise ProtocolError("code-scanner-garbled", "it holds no events of keys")


def _is_masked(event: tuple[int, ...]) -> bool:
    seconds, microseconds, kind, *_ = event
    return seconds == microseconds == 0 and kind in (EV_SYN, EV_KEY)


class CardPlayer(Player):
    """A card: a ``VirtualCard`` of vpcd, and all that a driver's reading needs of one."""

    atr = bytes.fromhex("3B680000") + b"YIMENREC"
    """Direct convention, T=0, and historical bytes that are made up."""

    def _keys(self, asked: bytes) -> Sequence[Hashable]:
        return (asked,) if asked else ()

    def power_on(self) -> None:
        """See ``VirtualCard.power_on``: a recording remembers no selection."""

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Player.heard``."""
        yield self.answer(data)

    def answer(self, command: bytes) -> bytes:
        """See ``VirtualCard.answer``. Of what was hidden or never asked the card knows nothing."""
        return b"".join(self._said(command) or ()) or b"\x6d\x00"
