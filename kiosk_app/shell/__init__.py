"""The window on the terminal's screen: pywebview in a process of its own, locked to the page."""

from kiosk_app.shell.contract import ExitStatus, Gui, Order, Refusal, Report
from kiosk_app.shell.window import Watch, WindowKeeper, WindowProcess, has_display

__all__ = [
    "ExitStatus",
    "Gui",
    "Order",
    "Refusal",
    "Report",
    "Watch",
    "WindowKeeper",
    "WindowProcess",
    "has_display",
]
