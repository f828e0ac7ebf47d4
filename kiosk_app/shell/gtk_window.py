"""The window on GTK 3 and WebKitGTK (WebKit2 4.1), locked to the terminal's own pages.

pywebview's own view lets a page open links, download, print and talk to Python; this one replaces
it before pywebview builds its window, and refuses all that. What WebKitGTK can do on its own is
from its reference: the signals of ``WebKitWebView`` and the properties of ``WebKitSettings``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

import gi
import webview

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")

from gi.repository import Gdk, Gtk  # noqa: E402 -- their versions are asked for first
from gi.repository import WebKit2 as WebKit  # noqa: E402
from webview.platforms import gtk  # noqa: E402

from kiosk_app.shell.contract import ExitStatus, Refusal, Report  # noqa: E402
from kiosk_app.shell.lockdown import MODIFIER_KEYS, is_page, is_writing  # noqa: E402

CLOSED_SETTINGS = (
    "allow-file-access-from-file-urls",
    "allow-top-navigation-to-data-urls",
    "allow-universal-access-from-file-urls",
    "enable-back-forward-navigation-gestures",
    "enable-caret-browsing",
    "enable-developer-extras",
    "enable-html5-database",
    "enable-html5-local-storage",
    "enable-hyperlink-auditing",
    "enable-media-stream",
    "enable-page-cache",
    "enable-webgl",
    "enable-webrtc",
    "enable-write-console-messages-to-stdout",
    "javascript-can-access-clipboard",
    "javascript-can-open-windows-automatically",
)

CHORD = (
    Gdk.ModifierType.CONTROL_MASK
    | Gdk.ModifierType.MOD1_MASK
    | Gdk.ModifierType.SUPER_MASK
    | Gdk.ModifierType.META_MASK
    | Gdk.ModifierType.MOD4_MASK
)

REFUSED_SIGNALS = {
    "show-option-menu": Refusal.MENU,
    "script-dialog": Refusal.DIALOG,
    "run-file-chooser": Refusal.DIALOG,
    "run-color-chooser": Refusal.DIALOG,
    "authenticate": Refusal.DIALOG,
    "show-notification": Refusal.DIALOG,
    "print": Refusal.PRINT,
    "enter-fullscreen": Refusal.GESTURE,
}
"""Signals of a web view that are answered by doing nothing."""


def fills_the_screen() -> bool:
    """Tell whether a window manager is there that can make a window fill the screen.

    Without one (a bare X server) the request is lost, and the window stays small.
    """
    screen = Gdk.Screen.get_default()
    if not hasattr(screen, "supports_net_wm_hint"):
        return True  # a Wayland compositor is a window manager
    return bool(screen.supports_net_wm_hint(Gdk.atom_intern("_NET_WM_STATE_FULLSCREEN", False)))


def screen_size() -> tuple[int, int] | None:
    """Return width and height of the first monitor in pixels; None without a display."""
    display = Gdk.Display.get_default()
    if display is None:
        return None
    area = (display.get_primary_monitor() or display.get_monitor(0)).get_geometry()
    return area.width, area.height


class LockedView(gtk.BrowserView):
    """pywebview's view without its ways out."""

    page: ClassVar[str]
    report: ClassVar[Callable[[Report], None]]

    def __init__(self, window: webview.Window) -> None:
        # The page loads once the main loop runs: after the view has been locked.
        super().__init__(window)
        self._shut_settings()
        self._shut_view()
        self._shut_window()
        self._opened()

    def _opened(self) -> None:
        full_screen = bool(self.pywebview_window.fullscreen)
        type(self).report(Report(event="opened", full_screen=full_screen))

    def _refuse(self, refusal: Refusal) -> bool:
        type(self).report(Report(event="refused", refusal=refusal))
        return True

    def _shut_settings(self) -> None:
        settings = self.webview.get_settings()
        for name in CLOSED_SETTINGS:
            settings.set_property(name, False)

    def _shut_view(self) -> None:
        view = self.webview
        self.manager.unregister_script_message_handler("jsBridge")
        for signal, refusal in REFUSED_SIGNALS.items():
            view.connect(signal, lambda *_, refusal=refusal: self._refuse(refusal))
        view.connect("create", self._on_create)
        view.connect("permission-request", self._on_permission)
        view.connect("load-failed", self._on_load_failed)
        view.connect("web-process-terminated", self._on_terminated)
        view.get_context().connect("download-started", self._on_download)
        view.connect("event", self._on_event)
        view.drag_dest_unset()
        self._pinch = Gtk.GestureZoom.new(view)
        self._pinch.set_propagation_phase(Gtk.PropagationPhase.CAPTURE)
        self._pinch.connect("begin", self._on_pinch)

    def _shut_window(self) -> None:
        self.window.connect("key-press-event", self._on_key)

    # pywebview connects these itself.

    def close_window(self, *_: Any) -> bool:
        """Stay: the service alone ends the window."""
        return self._refuse(Refusal.CLOSE)

    def on_navigation(self, view: Any, decision: Any, kind: Any) -> bool:
        """Let the own pages load, and answers that the engine can show; nothing else."""
        if kind == WebKit.PolicyDecisionType.RESPONSE:
            return False if decision.is_mime_type_supported() else self._ignore(decision)
        if kind == WebKit.PolicyDecisionType.NEW_WINDOW_ACTION:
            decision.ignore()
            return self._refuse(Refusal.NEW_WINDOW)
        target = decision.get_navigation_action().get_request().get_uri()
        if is_page(target, type(self).page):
            decision.use()
            return True
        decision.ignore()
        return self._refuse(Refusal.NAVIGATION)

    def _ignore(self, decision: Any) -> bool:
        decision.ignore()
        return self._refuse(Refusal.DOWNLOAD)

    def on_load_finish(self, view: Any, event: Any) -> None:
        """Show the page; pywebview would put its bridge into it here."""
        view.set_opacity(1.0)
        if event == WebKit.LoadEvent.FINISHED:
            type(self).report(Report(event="loaded"))

    def on_js_bridge_call(self, *_: Any) -> None:
        """Do nothing: the page talks to the service, not to the window."""

    def _on_create(self, *_: Any) -> None:
        self._refuse(Refusal.NEW_WINDOW)

    def _on_permission(self, _: Any, request: Any) -> bool:
        request.deny()
        return self._refuse(Refusal.PERMISSION)

    def _on_download(self, _: Any, download: Any) -> None:
        download.cancel()
        self._refuse(Refusal.DOWNLOAD)

    def _on_load_failed(self, _view: Any, _event: Any, url: str, error: Any) -> bool:
        stopped = error.matches(WebKit.PolicyError.quark(), _INTERRUPTED)
        if not stopped and is_page(url, type(self).page):
            end(ExitStatus.PAGE_UNREACHABLE)
        return True

    def _on_terminated(self, *_: Any) -> None:
        end(ExitStatus.PAGE_CRASHED)

    def _on_key(self, _: Any, event: Any) -> bool:
        key = Gdk.keyval_name(event.keyval) or ""
        character = chr(Gdk.keyval_to_unicode(event.keyval)).strip("\0")
        if key in MODIFIER_KEYS or is_writing(key, character, chord=bool(event.state & CHORD)):
            return False
        return self._refuse(Refusal.KEY)

    def _on_event(self, _: Any, event: Any) -> bool:
        kind = event.type
        pinched = kind in (Gdk.EventType.TOUCHPAD_PINCH, Gdk.EventType.TOUCHPAD_SWIPE)
        zoomed = kind == Gdk.EventType.SCROLL and bool(event.scroll.state & CHORD)
        return self._refuse(Refusal.GESTURE) if pinched or zoomed else False

    def _on_pinch(self, gesture: Any, _: Any) -> None:
        gesture.set_state(Gtk.EventSequenceState.CLAIMED)
        self._refuse(Refusal.GESTURE)


_INTERRUPTED = WebKit.PolicyError.FRAME_LOAD_INTERRUPTED_BY_POLICY_CHANGE


def end(status: ExitStatus) -> None:
    """Leave at once: nothing in this process is worth putting away."""
    os._exit(status)


def prepare(page: str, report: Callable[[Report], None]) -> dict[str, Any]:
    """Put the locked view in the place of pywebview's; return how its window is to be made.

    Raises:
        LookupError: There is no display.
    """
    size = screen_size()
    if size is None:
        raise LookupError("no display")
    LockedView.page, LockedView.report = page, staticmethod(report)
    setattr(gtk, "BrowserView", LockedView)  # noqa: B010 -- a class, to the type checker
    if fills_the_screen():
        return {"fullscreen": True}
    return {"width": size[0], "height": size[1], "x": 0, "y": 0}
