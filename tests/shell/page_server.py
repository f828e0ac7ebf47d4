"""A small web server for the window's tests: one page, and a list of what it says."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>page under test</title>
<style>html { touch-action: manipulation } body { background: #12603f; color: #fff; margin: 0 }
a { display: block; height: 40px; color: #fff }
input { font-size: 40px; caret-color: transparent }</style>
<h1>一门</h1>
<a id="out" href="/elsewhere">a way out</a>
<a id="blank" href="/elsewhere" target="_blank">another window</a>
<a id="save" href="/file" download>a file</a>
<input id="field">
<script>
const say = (what, value) =>
  fetch(`/said?${new URLSearchParams({ what, value: String(value) })}`, { method: "POST" });
const events = new EventSource("/orders");
events.onmessage = async (event) => {
  let value;
  try { value = await (0, eval)(event.data); } catch (error) { value = `error: ${error}`; }
  say("answer", value);
};
document.getElementById("field").oninput = (event) => say("typed", event.target.value);
addEventListener("contextmenu", () => say("menu", "asked"));
say("started", [innerWidth, innerHeight].join("x"));
</script>
"""


@dataclass
class Page:
    """The page's address, what it said, and a way to have it run a script."""

    url: str
    said: list[tuple[str, str]] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def heard(self, what: str) -> list[str]:
        """Return all values that the page said under a name."""
        return [value for name, value in self.said if name == what]

    def run(self, script: str) -> str:
        """Have the page run a script; return its value as text."""
        before = len(self.heard("answer"))
        with self.changed:
            self.scripts.append(script)
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: len(self.heard("answer")) > before, 10), script
        return self.heard("answer")[-1]


class Handler(BaseHTTPRequestHandler):
    """Serves one page: itself, a file to download, its orders; and listens to what it says."""

    page: ClassVar[Page]

    def do_GET(self) -> None:
        self.page.visits.append(self.path)
        if self.path == "/orders":
            self.send_orders()
        elif self.path == "/file":
            self.answer("application/octet-stream", b"a file")
        else:
            self.answer("text/html", PAGE.encode())

    def do_POST(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        with self.page.changed:
            self.page.said.append((query["what"][0], query["value"][0]))
            self.page.changed.notify_all()
        self.answer("text/plain", b"")

    def answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_orders(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        sent = len(self.page.scripts)
        with contextlib.suppress(OSError):
            while True:
                with self.page.changed:
                    self.page.changed.wait(0.2)
                    due, sent = self.page.scripts[sent:], len(self.page.scripts)
                self.wfile.write("".join(f"data: {script}\n\n" for script in due).encode())
                self.wfile.write(b": still here\n\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_page() -> Iterator[Page]:
    """Serve the page on a free port of the loopback interface."""
    page = Page("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("PageHandler", (Handler,), {"page": page}))
    server.daemon_threads = True
    page.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        server.server_close()
