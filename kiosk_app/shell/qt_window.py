"""The window on Qt WebEngine, locked to the terminal's own pages: for machines without WebKitGTK.

pywebview's own page grants cameras and opens links; this one replaces it. Qt's engine refuses to
run as root unless its sandbox is off; it stays on, so the window then cannot be had.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

import webview
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWebEngineWidgets import QWebEnginePage
from webview.platforms import qt

from kiosk_app.shell.contract import ExitStatus, Refusal, Report
from kiosk_app.shell.lockdown import is_page, is_writing

NO_PINCH = "--disable-pinch"
CHORD = Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier
MODIFIERS = frozenset({Qt.Key_Shift, Qt.Key_Control, Qt.Key_Alt, Qt.Key_Meta, Qt.Key_AltGr})
EDITING = {"Backspace": "BackSpace", "Del": "Delete", "Return": "Return", "Enter": "KP_Enter"}
"""Qt's names of editing keys, where X11's differ."""


class LockedPage(QWebEnginePage):  # type: ignore[misc]
    """A page that goes nowhere and asks nobody."""

    def __init__(self, view: LockedView) -> None:
        super().__init__(view.profile, view.webview)
        self._view = view
        self._loaded = False
        self.featurePermissionRequested.connect(self._on_permission)
        self.renderProcessTerminated.connect(lambda *_: end(ExitStatus.PAGE_CRASHED))
        self.loadFinished.connect(self._on_loaded)

    def acceptNavigationRequest(self, url: Any, _kind: Any, _main: bool) -> bool:  # noqa: N802
        """Stay on the own pages."""
        return is_page(url.toString(), self._view.page) or not self._view.refuse(Refusal.NAVIGATION)

    def createWindow(self, _kind: Any) -> None:  # noqa: N802
        """Open no second window."""
        self._view.refuse(Refusal.NEW_WINDOW)

    def chooseFiles(self, *_: Any) -> list[str]:  # noqa: N802
        """Choose nothing."""
        self._view.refuse(Refusal.DIALOG)
        return []

    def javaScriptAlert(self, *_: Any) -> None:  # noqa: N802
        """Show nothing."""
        self._view.refuse(Refusal.DIALOG)

    def javaScriptConfirm(self, *_: Any) -> bool:  # noqa: N802
        """Agree to nothing."""
        return not self._view.refuse(Refusal.DIALOG)

    def javaScriptPrompt(self, *_: Any) -> tuple[bool, str]:  # noqa: N802
        """Enter nothing."""
        return not self._view.refuse(Refusal.DIALOG), ""

    def javaScriptConsoleMessage(self, *_: Any) -> None:  # noqa: N802
        """Say nothing on the console: a message may hold what a citizen typed."""

    def _on_permission(self, url: Any, feature: Any) -> None:
        denied = QWebEnginePage.PermissionPolicy.PermissionDeniedByUser
        self.setFeaturePermission(url, feature, denied)
        self._view.refuse(Refusal.PERMISSION)

    def _on_loaded(self, well: bool) -> None:
        if self._loaded:
            return  # a refused navigation counts as a load that failed
        if not well:
            end(ExitStatus.PAGE_UNREACHABLE)
        self._loaded = True
        # Keys and wheel arrive at the engine's own widget, which is there once a page is.
        self._view.webview.focusProxy().installEventFilter(self._view)
        type(self._view).report(Report(event="loaded"))


class LockedView(qt.BrowserView):
    """pywebview's window without its ways out."""

    page: ClassVar[str]
    report: ClassVar[Callable[[Report], None]]

    def __init__(self, window: webview.Window) -> None:
        super().__init__(window)  # type: ignore[no-untyped-call]
        self.setAcceptDrops(False)
        self.webview.setAcceptDrops(False)
        pywebviews_page, locked = self.webview.page(), LockedPage(self)
        self.webview.setPage(locked)
        pywebviews_page.deleteLater()
        self.profile.downloadRequested.connect(self._on_download)
        locked.load(self.page)
        type(self).report(Report(event="opened", full_screen=bool(window.fullscreen)))

    def refuse(self, refusal: Refusal) -> bool:
        """Report what was refused; always True."""
        type(self).report(Report(event="refused", refusal=refusal))
        return True

    def closeEvent(self, event: Any) -> None:  # noqa: N802
        """Stay: the service alone ends the window."""
        event.ignore()
        self.refuse(Refusal.CLOSE)

    def on_load_finished(self) -> None:
        """Do nothing; pywebview would put its bridge into the page here."""

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Swallow keys that do more than write, and gestures that zoom."""
        kind = event.type()
        if kind == QEvent.ShortcutOverride:
            return self._swallows(event)
        if kind == QEvent.KeyPress:
            return self._swallows(event) and self.refuse(Refusal.KEY)
        zooms = kind == QEvent.Wheel and bool(event.modifiers() & Qt.ControlModifier)
        if zooms or kind == QEvent.NativeGesture:
            return self.refuse(Refusal.GESTURE)
        return bool(super().eventFilter(watched, event))  # type: ignore[no-untyped-call]

    def _swallows(self, event: Any) -> bool:
        name = QKeySequence(event.key()).toString()
        key = EDITING.get(name, name)
        chord = bool(event.modifiers() & CHORD)
        return event.key() not in MODIFIERS and not is_writing(key, event.text(), chord=chord)

    def _on_download(self, download: Any) -> None:
        download.cancel()
        self.refuse(Refusal.DOWNLOAD)


def end(status: ExitStatus) -> None:
    """Leave at once: nothing in this process is worth putting away."""
    os._exit(status)


def prepare(page: str, report: Callable[[Report], None]) -> dict[str, Any]:
    """Put the locked view in the place of pywebview's; return how its window is to be made.

    Raises:
        LookupError: There is no display.
    """
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise LookupError("no display")
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = NO_PINCH
    LockedView.page, LockedView.report = page, staticmethod(report)
    setattr(qt, "BrowserView", LockedView)  # noqa: B010 -- a class, to the type checker
    return {"fullscreen": True}
