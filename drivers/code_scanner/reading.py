"""Waiting for a code, the same on every wire: the wire only hands over each code's octets."""

from __future__ import annotations

import contextlib
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence

from drivers.code_scanner.contract import (
    CodeScanner,
    CodeScannerStatus,
    ScannedCode,
    ScannerState,
    Symbology,
)
from drivers.code_scanner.payload import Charset, code_of
from drivers.device import (
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Reading,
    SelfTest,
    assumed,
    command,
    concluded,
)
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady, ProtocolError, UserFault

LONGEST_WAIT_S = 600.0
NOISE_LIMIT = 65_536
"""Characters without a code after which a read ends."""
REST_S = 0.5
"""Silence after which a code without an end counts as half a code."""
_SLICE_S = 0.1


class WaitingCodeScanner(CodeScanner):
    """What the drivers share. They say when a code's octets are there."""

    charset: Charset = "auto"

    def __init__(self, settings: DriverSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._scanner: Reading[ScannerState] = assumed(ScannerState.UNKNOWN)

    @abstractmethod
    def codes_within(self, seconds: float) -> list[bytes]:
        """The codes that were completed within so many seconds; returns early when there are any.
        Raises ``DeviceNotReady`` ``code-scanner-absent``, ``ProtocolError``
        ``code-scanner-garbled``."""

    @abstractmethod
    def forget(self) -> int:
        """Drop what came in unread, and return about how many characters it was."""

    def status(self) -> CodeScannerStatus:
        """See ``Driver.status``."""
        return CodeScannerStatus(self._device, self._scanner)

    def refresh(self) -> None:
        """See ``Driver.refresh``. A line that never rests is told as a fault of the scanner."""
        with self._truthful():
            if self.forget() >= NOISE_LIMIT // 16:
                raise _garbled("a stream that never rests")
        self._settle()

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def read(self, symbologies: Sequence[str] = (), wait_s: float = 30.0) -> ScannedCode:
        """See ``CodeScanner.read``."""
        wanted = _known(symbologies)
        with self._truthful():
            self.forget()
            self._scanner = concluded(ScannerState.ON)
            code = self._await_code(wanted, min(wait_s, LONGEST_WAIT_S))
        self._settle()
        return code

    @command(deadline_s=10.0)
    def reset(self) -> None:
        """See ``CodeScanner.reset``."""
        self.refresh()

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def self_test(self, wait_s: float = 15.0) -> SelfTest:
        """See ``CodeScanner.self_test``."""
        started = time.monotonic()
        try:
            code = self.read(wait_s=wait_s)
        except (UserFault, ProtocolError) as error:
            return SelfTest(ok=False, values={"error": error.code})
        seconds = round(time.monotonic() - started, 2)
        kind = code.symbology or "unknown"
        return SelfTest(
            ok=True,
            values={"symbology": str(kind), "characters": len(code.text), "seconds": seconds},
        )

    def _await_code(self, wanted: frozenset[Symbology], wait_s: float) -> ScannedCode:
        end = time.monotonic() + wait_s
        while (left := end - time.monotonic()) > 0:
            self.cancellation.check()
            for data in self.codes_within(min(_SLICE_S, left)):
                code = code_of(data, self.charset)
                if not wanted or code.symbology is None or code.symbology in wanted:
                    return code
                self.emit(DeviceEvent("CodePassedOverEvent", {"symbology": str(code.symbology)}))
        raise UserFault("code-timeout", "no code was shown to the scanner")

    def _settle(self) -> None:
        self._device = concluded(DeviceState.ONLINE)
        self._scanner = concluded(ScannerState.OFF)

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says about the scanner."""
        try:
            yield
        except DeviceNotReady:
            self._device = concluded(DeviceState.NO_DEVICE)
            self._scanner = assumed(ScannerState.UNKNOWN)
            raise
        except ProtocolError:
            self._device = concluded(DeviceState.HARDWARE_ERROR)
            self._scanner = concluded(ScannerState.INOPERATIVE)
            raise
        except DeviceError:
            self._settle()
            raise


def _known(symbologies: Sequence[str]) -> frozenset[Symbology]:
    try:
        return frozenset(Symbology(each) for each in symbologies)
    except ValueError:
        raise CommandRejected("symbology-unknown", "no scanner here reads such a code") from None


def _garbled(what: str) -> ProtocolError:
    return ProtocolError("code-scanner-garbled", f"the scanner sends {what}")
