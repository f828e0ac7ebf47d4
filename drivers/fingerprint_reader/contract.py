"""What every fingerprint reader does: one finger made into a template, and nothing kept."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, Status


class Subject(StrEnum):
    """Biometric.Status ``subject``: does a finger lie on the glass?"""

    UNKNOWN = "unknown"
    PRESENT = "present"
    NOT_PRESENT = "notPresent"


class FingerScanner(StrEnum):
    """How the glass is; the words of BarcodeReader.Status ``scanner``."""

    UNKNOWN = "unknown"
    ON = "on"
    OFF = "off"
    INOPERATIVE = "inoperative"


@dataclass(frozen=True, slots=True)
class FingerprintReaderStatus(Status):
    """Biometric.Status, as far as a reader that stores nothing has it."""

    subject: Reading[Subject]
    scanner: Reading[FingerScanner]


@dataclass(frozen=True, slots=True)
class FingerprintReaderCapabilities(Capabilities):
    """``template_format``: what ``capture`` returns. ``stores`` is always false: templates are
    kept neither by the device nor by its driver."""

    template_format: str = "iso19794-2"
    stores: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One finger. ``repr`` hides the template, so that no log line can hold it.

    ``template``: a finger minutiae record (ISO/IEC 19794-2:2005 clause 8), one view.
    ``quality``: 0 to 100, as its view header says.
    """

    template: bytes = field(repr=False)
    quality: int


class FingerprintReader(Driver):
    """Commands of the class. Their errors, beside those of the wire (``SerialDevice``):

    ``finger-timeout`` (no finger came), ``finger-moved`` (it left while it was scanned),
    ``finger-wet``, ``finger-poor`` (the quality is under the device's setting),
    ``finger-glass-dirty`` (HardwareFault, to be cleaned).
    """

    device_class = "fingerprint-reader"

    @abstractmethod
    def capture(self, wait_s: float) -> Fingerprint:
        """Wait up to ``wait_s`` seconds for one finger and make its template.

        Emits ``SubjectDetectedEvent`` when a finger is seen. The template is given once and
        forgotten.
        """

    @abstractmethod
    def wait_removed(self, wait_s: float) -> bool:
        """Wait until the finger is away; ``False`` when it still lies there after ``wait_s``.

        Emits ``SubjectRemovedEvent`` when it goes.
        """

    @abstractmethod
    def reset(self) -> None:
        """Bring the reader back to its first state."""
