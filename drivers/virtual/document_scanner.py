"""A flatbed with a feeder: SANE's own ``test`` backend, configured in a folder of its own.

The backend makes the scanner's pictures and its faults; the switches write its configuration, which
a driver's next job reads. Its feeder always holds ten pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.document_scanner.sane import SaneSettings
from drivers.runtime_folder import remove_runtime_folder, runtime_folder, runtime_path
from drivers.virtual.peer import FaultSwitch, SwitchedPeer

_NAME = "yimen-scanner"
"""An alias (``sane-dll(5)``); without it the name stands for nothing, as after unplugging."""
_UNPLUGGED = "document-scanner-unplugged"
_STATUS_OF: Mapping[str, str] = {
    "document-scanner-jammed": "SANE_STATUS_JAMMED",
    "document-scanner-feeder-empty": "SANE_STATUS_NO_DOCS",
    "document-scanner-cover-open": "SANE_STATUS_COVER_OPEN",
    "document-scanner-busy": "SANE_STATUS_DEVICE_BUSY",
    "document-scanner-broken": "SANE_STATUS_IO_ERROR",
}
"""What ``sane_read`` answers, by switch; the first that is on counts."""
_CONFIGURATION = """\
number_of_devices 1
mode Color
depth 8
resolution_min 50.0
resolution_max 600.0
resolution_quant 1.0
resolution 300.0
test-picture "Grid"
geometry_min 0.0
geometry_max 300.0
geometry_quant 1.0
read-status-code "{status}"
"""


class VirtualDocumentScanner(SwitchedPeer):
    """See the module."""

    role = "document-scanner"
    driver = "document-scanner"
    switches = tuple(FaultSwitch(name) for name in (_UNPLUGGED, *_STATUS_OF))

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self._stands_for = run_dir / "document-scanner"
        self._folder = runtime_path(self._stands_for)

    @property
    def settings(self) -> SaneSettings:
        """See ``VirtualPeer.settings``."""
        return SaneSettings(device=_NAME, config_folder=self._folder)

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        runtime_folder(self._stands_for)
        self._reconcile()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        remove_runtime_folder(self._stands_for)

    def state(self) -> dict[str, Any]:
        """``light`` (``off`` when unplugged)."""
        return {"light": "off" if _UNPLUGGED in self._on else "on"}

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """See ``VirtualPeer.act``. Paper is always there, so nothing needs doing."""
        raise KeyError(action)

    def _reconcile(self) -> None:
        status = next((_STATUS_OF[each] for each in _STATUS_OF if each in self._on), "Default")
        self._write("test.conf", _CONFIGURATION.format(status=status))
        self._write("dll.conf", "test\n")
        alias = "" if _UNPLUGGED in self._on else f"alias {_NAME} test:0\n"
        self._write("dll.aliases", alias)

    def _write(self, name: str, text: str) -> None:
        fresh = self._folder / f".{name}"
        fresh.write_text(text)
        fresh.replace(self._folder / name)
