"""What the service and its window say to each other.

The service writes one line, an ``Order``, to the window's standard input and keeps the pipe open:
the address holds the launch token, which belongs neither on a command line nor in an environment
that other programs inherit, and the end of the pipe tells the window that the service is gone.
The window writes ``Report`` lines to its standard output and ends with an ``ExitStatus``.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Gui(StrEnum):
    """Which toolkit draws the window."""

    AUTO = "auto"
    """GTK where it is installed, else Qt."""
    GTK = "gtk"
    QT = "qt"
    NONE = "none"
    """No window; the page is for a browser."""


class ExitStatus(IntEnum):
    """Why a window ended. Anything else is a crash of the window itself."""

    CLOSED = 0
    """The service asked for it, or is gone."""
    NO_DISPLAY = 10
    NO_TOOLKIT = 11
    PAGE_CRASHED = 12
    """The engine's page process died or ran out of memory."""
    PAGE_UNREACHABLE = 13
    """The page could not be loaded."""


class Refusal(StrEnum):
    """What the window refused to do, for the log; never where it would have led."""

    NAVIGATION = "navigation"
    NEW_WINDOW = "new-window"
    DOWNLOAD = "download"
    DIALOG = "dialog"
    PRINT = "print"
    PERMISSION = "permission"
    KEY = "key"
    GESTURE = "gesture"
    CLOSE = "close"
    MENU = "menu"


class Line(BaseModel):
    """One line of JSON on a pipe between service and window."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Order(Line):
    """What to show: the page's address with the launch token in its fragment."""

    url: str
    gui: Literal[Gui.AUTO, Gui.GTK, Gui.QT] = Gui.AUTO


class Report(Line):
    """What happened in the window. ``refusal`` is given with ``refused`` alone."""

    event: Literal["opened", "loaded", "refused"]
    full_screen: bool | None = None
    """With ``opened``: False where no window manager can make a window fill the screen."""
    refusal: Refusal | None = None
