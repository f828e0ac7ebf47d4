"""What every code scanner does, whichever wire it is on.

What a code says was written by a stranger: it is bounded, printable text and nothing else, and
nobody may follow, open or run it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status


class ScannerState(StrEnum):
    """BarcodeReader.Status ``scanner``."""

    ON = "on"
    """A read is in progress: the next code is taken."""
    OFF = "off"
    """Nobody reads: a code that is shown now is forgotten."""
    INOPERATIVE = "inoperative"
    UNKNOWN = "unknown"


class Symbology(StrEnum):
    """BarcodeReader.Read ``symbology``, those that occur in a service hall."""

    QR_CODE = "qrCode"
    CODE_128 = "code128"
    GS1_128 = "ean128"
    PDF_417 = "pdf417"
    DATA_MATRIX = "dataMatrix"
    AZTEC = "aztec"
    EAN_13 = "ean13"
    EAN_8 = "ean8"
    CODE_39 = "code39"
    CODE_93 = "code93"
    CODABAR = "codabar"
    ITF = "itf"
    GS1_DATABAR = "rss"
    MAXI_CODE = "maxiCode"


@dataclass(frozen=True, slots=True)
class Element:
    """One element string of a GS1 code: its application identifier and its value."""

    identifier: str
    """GS1 General Specifications, section 3: ``01`` is a trade item, ``17`` an expiry date."""
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """What one code says. ``repr`` hides it, so that no log line can hold it."""

    symbology: Symbology | None
    """``None`` when the scanner does not tell."""
    text: str = field(repr=False)
    """1 to 7,089 printable characters, separators of GS1 taken out."""
    gs1: tuple[Element, ...] = field(default=(), repr=False)
    """The element strings of a GS1 code; empty for every other."""


@dataclass(frozen=True, slots=True)
class CodeScannerStatus(Status):
    """BarcodeReader.Status."""

    scanner: Reading[ScannerState]


@dataclass(frozen=True, slots=True)
class CodeScannerCapabilities(Capabilities):
    """``can_filter_symbologies``: whether the scanner tells each code's kind (by AIM identifier,
    ISO/IEC 15424), so that a read may ask for some kinds only."""

    can_filter_symbologies: bool = False


class CodeScanner(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``code-timeout`` (no code was shown), ``code-refused`` (a code whose text is too long or holds
    control characters), ``code-invalid`` (a GS1 code that breaks the rules of GS1),
    ``code-scanner-garbled`` (what came is no code), ``code-scanner-absent``,
    ``code-scanner-port-busy`` (another process holds it), ``code-scanner-port-denied``.
    """

    device_class = "code-scanner"

    @abstractmethod
    def read(self, symbologies: Sequence[str] = (), wait_s: float = 30.0) -> ScannedCode:
        """Wait up to ``wait_s`` seconds for one code that is shown from now on.

        ``symbologies``: words of ``Symbology``; a code of another kind is passed over. Empty takes
        all. A scanner that does not tell the kind delivers every code, with ``None`` as its kind.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget what came in, and look whether the scanner is there."""

    @abstractmethod
    def self_test(self, wait_s: float = 15.0) -> SelfTest:
        """Have a person show any code: ``symbology``, ``characters`` and ``seconds`` of it. Not
        ``ok`` when none came or what came was no code, with the ``error``."""
