"""The window's own process: ``python -m kiosk_app.shell``, started by the service.

It reads an ``Order`` from standard input, opens the window and stays until the service closes its
end of the pipe. See ``kiosk_app.shell.contract`` for what goes over the pipes.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Literal

from kiosk_app.shell.contract import ExitStatus, Gui, Order, Report

TITLE = "Yimen"
TOOLKITS: Mapping[Literal["gtk", "qt"], str] = {
    "gtk": "kiosk_app.shell.gtk_window",
    "qt": "kiosk_app.shell.qt_window",
}

Prepare = Callable[[str, Callable[[Report], None]], dict[str, Any]]


def tell(report: Report) -> None:
    """Write a report to the service."""
    sys.stdout.write(report.model_dump_json(exclude_none=True) + "\n")
    sys.stdout.flush()


def leave_with_the_service() -> None:
    """Wait for the end of standard input, and end the process with it."""
    sys.stdin.buffer.read()
    os._exit(ExitStatus.CLOSED)


def toolkit(wanted: Gui) -> tuple[Literal["gtk", "qt"], Prepare] | None:
    """Return the wanted toolkit that is installed, and what prepares it; None without one."""
    for gui, module in TOOLKITS.items():
        if wanted in (Gui.AUTO, Gui(gui)):
            try:
                return gui, import_module(module).prepare
            except (ImportError, ValueError):  # gi names a missing library by ValueError
                continue
    return None


CLOSED = {
    "ALLOW_DOWNLOADS": False,
    "ALLOW_FILE_URLS": False,
    "OPEN_EXTERNAL_LINKS_IN_BROWSER": False,
    "OPEN_DEVTOOLS_IN_DEBUG": False,
    "REMOTE_DEBUGGING_PORT": None,
    "SHOW_DEFAULT_MENUS": False,
}
"""What pywebview offers beyond a bare window, switched off."""


def main() -> ExitStatus:
    """Open the window; return why it could not be opened, if so."""
    order = Order.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=leave_with_the_service, daemon=True).start()
    found = toolkit(order.gui)
    if found is None:
        return ExitStatus.NO_TOOLKIT
    gui, prepare = found
    import webview

    webview.settings.update(CLOSED)
    try:
        shape = prepare(order.url, tell)
    except LookupError:
        return ExitStatus.NO_DISPLAY
    webview.create_window(TITLE, order.url, background_color="#FFFFFF", **shape)
    webview.start(gui=gui, debug=False, http_server=False, private_mode=True)
    return ExitStatus.CLOSED


if __name__ == "__main__":
    # Threads of the toolkit may outlive the window; there is nothing to wait for.
    os._exit(main())
