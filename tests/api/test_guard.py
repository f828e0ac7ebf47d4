"""Who may ask the local service, over real HTTP: all others are turned away."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from kiosk_app.api.guard import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, TOKEN_HEADER
from tests.stand import Stand

ANSWER = {"screen": "gone", "action": "stay"}
BODY = json.dumps(ANSWER).encode()


@dataclass
class Reply:
    """One raw answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def raw(stand: Stand, request: bytes, *, hang_up: bool = False) -> Reply:
    """Send bytes as they are, and read what comes back until the connection ends.

    ``hang_up``: say that nothing more will come, as for a request that is not whole.
    """
    host, port = stand.running.address.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    if not data:
        return Reply(0)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return Reply(int(lines[0].split()[1]), headers, body)


def request(
    stand: Stand,
    method: str = "POST",
    path: str = "/api/citizen/answers",
    body: bytes = BODY,
    hang_up: bool = False,
    **changed: Any,
) -> Reply:
    """A good request but for the headers that are ``changed``; ``None`` leaves one out."""
    address = stand.running.address
    headers: dict[str, str | list[str] | None] = {
        "host": address.url.removeprefix("http://"),
        TOKEN_HEADER: address.token,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    headers.update({name.replace("_", "-"): value for name, value in changed.items()})
    lines = [f"{method} {path} HTTP/1.1"]
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name}: {each}" for each in values if each is not None]
    return raw(stand, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body, hang_up=hang_up)


def test_a_good_request_is_answered(stand: Stand) -> None:
    reply = request(stand)
    assert (reply.status, json.loads(reply.body)) == (200, {"accepted": False})


@pytest.mark.parametrize(
    "host",
    [
        "localhost:{port}",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:{port}.",
        "127.0.0.1.:{port}",
        "127.0.0.2:{port}",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "2130706433:{port}",
        "0x7f000001:{port}",
        "evil.example:{port}",
        "127.0.0.1:{port}@evil.example",
        "evil.example#127.0.0.1:{port}",
        "127.0.0.1.evil.example:{port}",
        "http://127.0.0.1:{port}",
        "",
        None,
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/citizen/page"])
def test_only_the_exact_host_is_served(stand: Stand, path: str, host: str | None) -> None:
    port = stand.running.address.url.rpartition(":")[2]
    named = host.format(port=port) if host is not None else None
    reply = request(stand, "GET", path, b"", host=named)
    assert reply.status in (400, 421)
    assert b"yimen" not in reply.body.lower()


def test_whoever_types_localhost_is_told_the_right_address(stand: Stand) -> None:
    url = stand.running.address.url
    port = url.rpartition(":")[2]
    reply = request(stand, "GET", "/technician", b"", host=f"localhost:{port}")
    assert (reply.status, reply.headers["content-type"]) == (421, "text/plain; charset=utf-8")
    assert f"open {url}/ instead" in reply.body.decode()


def test_two_hosts_are_none(stand: Stand) -> None:
    good = stand.running.address.url.removeprefix("http://")
    assert request(stand, host=[good, "evil.example"]).status in (400, 421)
    assert request(stand, host=[good, good]).status in (400, 421)


ORIGINS = {
    None: True,
    "{own}": True,
    "null": False,
    "http://evil.example": False,
    "http://localhost:{port}": False,
    "https://127.0.0.1:{port}": False,
    "http://127.0.0.1": False,
    "{own}.evil.example": False,
    "{own}/": False,
    "file://": False,
}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("GET", None),
        ("POST", "application/json"),
        ("POST", "application/json; charset=utf-8"),
        ("POST", "text/plain"),
        ("POST", "application/x-www-form-urlencoded"),
        ("POST", "multipart/form-data"),
        ("POST", None),
        ("PUT", "application/json"),
        ("DELETE", "application/json"),
        ("OPTIONS", "application/json"),
    ],
)
def test_origin_method_and_type_together(
    stand: Stand, origin: str | None, method: str, kind: str | None
) -> None:
    own = stand.running.address.url
    named = origin.format(own=own, port=own.rpartition(":")[2]) if origin is not None else None
    path = "/api/citizen/page" if method == "GET" else "/api/citizen/answers"
    body = b"" if method == "GET" else BODY
    reply = request(stand, method, path, body, origin=named, content_type=kind)
    if not ORIGINS[origin]:
        assert reply.status == 403
    elif method in ("GET", "POST"):
        is_json = kind is not None and kind.startswith("application/json")
        assert reply.status == (200 if method == "GET" or is_json else 415)
    else:
        assert reply.status == 405
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("site", "status"),
    [
        ("same-origin", 200),
        ("none", 200),
        ("cross-site", 403),
        ("same-site", 403),
        ("x", 403),
        ("", 403),
    ],
)
def test_a_browser_that_says_it_comes_from_elsewhere_is_refused(
    stand: Stand, site: str, status: int
) -> None:
    assert request(stand, sec_fetch_site=site).status == status


@pytest.mark.parametrize("path", ["/api/citizen/page", "/api/verify/page", "/api/virtual/state"])
@pytest.mark.parametrize("token", [None, "", "x", "{token}x", "{short}", "Bearer {token}", "\xff"])
def test_the_launch_token_is_needed_and_exact(stand: Stand, path: str, token: str | None) -> None:
    own = stand.running.address.token
    named = token.format(token=own, short=own[:-1]) if token is not None else None
    reply = request(stand, "GET", path, b"", x_yimen_token=named)
    assert reply.status == 403
    assert own.encode() not in reply.body


def test_a_token_in_the_address_or_in_a_cookie_is_none(stand: Stand) -> None:
    own = stand.running.address.token
    without: dict[str, Any] = {TOKEN_HEADER: None, "cookie": f"{TOKEN_HEADER}={own}"}
    assert request(stand, "GET", f"/api/citizen/page?t={own}", b"", **without).status == 403


def test_each_launch_has_a_token_of_its_own(stand: Stand) -> None:
    assert len(stand.running.address.token) >= 32
    for place in ("cmdline", "environ"):
        seen = Path("/proc/self", place).read_bytes()
        assert stand.running.address.token.encode() not in seen


LARGE = b'{"screen": "' + b"x" * 70_000 + b'"}'


def test_a_body_that_is_too_large_is_refused(stand: Stand) -> None:
    assert request(stand, body=LARGE).status == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "٣", "", "1, 2", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(stand: Stand, length: str) -> None:
    value = length.encode().decode("latin-1")
    assert request(stand, content_length=value).status in (400, 411, 413)


def test_a_body_in_pieces_that_hides_its_length_is_refused(stand: Stand) -> None:
    pieces = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    reply = request(stand, body=pieces, content_length=None, transfer_encoding="chunked")
    assert reply.status in (400, 411)


def test_a_body_that_is_shorter_than_it_says_changes_nothing(stand: Stand) -> None:
    reply = request(stand, body=BODY[:-5], hang_up=True, content_length=str(len(BODY)))
    assert reply.status in (0, 400, 422)
    assert request(stand).status == 200


def test_two_lengths_at_once_are_refused(stand: Stand) -> None:
    smuggled: dict[str, Any] = {"content_length": str(len(BODY)), "transfer_encoding": "chunked"}
    reply = request(stand, body=b"0\r\n\r\n", **smuggled)
    assert reply.status in (400, 411, 415, 422)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 5000 + b"\r\n",
    ],
)
def test_bytes_that_are_no_http_do_no_harm(stand: Stand, garbage: bytes) -> None:
    reply = raw(stand, garbage, hang_up=True)
    assert reply.status in (0, 400, 421, 431)
    assert b"Traceback" not in reply.body
    assert request(stand).status == 200


@pytest.mark.parametrize("path", ["/", "/api/citizen/frames", "/ws"])
def test_a_websocket_is_refused_whatever_it_shows(stand: Stand, path: str) -> None:
    reply = request(
        stand,
        "GET",
        path,
        b"",
        hang_up=True,
        upgrade="websocket",
        connection="Upgrade",
        sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ==",
        sec_websocket_version="13",
        origin=stand.running.address.url,
    )
    assert reply.status not in (0, 101), "it is answered as any other request is"


def test_nothing_may_be_asked_from_a_private_network_preflight(stand: Stand) -> None:
    reply = request(
        stand,
        "OPTIONS",
        origin="https://evil.example",
        access_control_request_method="POST",
        access_control_request_private_network="true",
    )
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/verify"),
        ("GET", "/rehearsal"),
        ("GET", "/none"),
        ("GET", "/api/citizen/page"),
        ("GET", "/api/citizen/pictures/none"),
        ("POST", "/api/citizen/answers"),
        ("POST", "/api/none"),
        ("POST", "/"),
        ("HEAD", "/"),
        ("BREW", "/api/citizen/page"),
    ],
)
@pytest.mark.parametrize("changed", [{}, {"host": "evil.example"}, {"origin": "null"}])
def test_every_answer_wears_every_security_header(
    stand: Stand, method: str, path: str, changed: dict[str, Any]
) -> None:
    reply = request(stand, method, path, **changed)
    for name, value in SECURITY_HEADERS.items():
        assert reply.headers[name] == value.lower()
    assert "server" not in reply.headers
    assert "set-cookie" not in reply.headers
    if path.startswith("/api/"):
        assert reply.headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_nothing_remote() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert re.findall(r"https?:|\*", CONTENT_SECURITY_POLICY) == []
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/../../etc/passwd",
        "/assets/../../package.json",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%252e%252e/package.json",
        "/assets/%00",
        "/\\..\\package.json",
        "//etc/passwd",
        "/kiosk.html",
        "/verify.html",
        "/rehearsal.html",
        "/kiosk.html.gz",
        "/.env",
        "/docs",
        "/openapi.json",
        "/api/citizen/pictures/..%2f..%2fx",
        "/api/virtual/sheets/..%2f..%2fpage-counter.png",
    ],
)
def test_nothing_but_the_pages_is_served(stand: Stand, path: str) -> None:
    reply = request(stand, "GET", path, b"")
    assert reply.status in (400, 404)
    assert b"root:" not in reply.body


HOSTILE = "445281199003154424<script>alert(1)</script>林晓梅"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/citizen/answers", {"screen": HOSTILE * 9, "action": "stay"}),
        ("/api/citizen/answers", {"screen": "s", "action": HOSTILE}),
        ("/api/citizen/answers", {"screen": "s", "action": "stay", HOSTILE: HOSTILE}),
        ("/api/citizen/answers", [HOSTILE]),
        ("/api/citizen/candidates", {"pinyin": HOSTILE}),
        ("/api/citizen/wiped", {"journey": HOSTILE}),
        ("/api/verify/code", {"code": HOSTILE}),
        ("/api/virtual/fault", {"name": HOSTILE[:60], "on": True}),
        ("/api/virtual/act", {"role": HOSTILE[:60], "action": "place"}),
    ],
)
def test_no_error_repeats_what_was_sent(stand: Stand, path: str, body: object) -> None:
    reply = request(stand, path=path, body=json.dumps(body, ensure_ascii=False).encode())
    assert reply.status in (200, 404, 409, 422)
    for word in ("445281199003154424", "<script>", "林晓梅"):
        assert word.encode() not in reply.body
        assert json.dumps(word)[1:-1].encode() not in reply.body


def test_a_hostile_path_is_not_repeated(stand: Stand) -> None:
    reply = request(stand, "GET", "/api/citizen/pictures/%3Cscript%3E445281199003154424", b"")
    assert reply.status == 404
    assert b"445281199003154424" not in reply.body


def test_another_user_of_the_machine_gets_nothing_without_the_token(stand: Stand) -> None:
    """Loopback is open to every user; the token is what keeps them out, and its file is ours."""
    root = os.geteuid() == 0
    other: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    asks = (
        "import urllib.request,urllib.error,sys\n"
        "for path in ('page','frames'):\n"
        "  try: urllib.request.urlopen(sys.argv[1]+'/api/citizen/'+path, timeout=10)\n"
        "  except urllib.error.HTTPError as e: print(e.code)\n"
        "try: print(open(sys.argv[2]).read())\n"
        "except OSError as e: print(type(e).__name__)\n"
    )
    lock = stand.folder / "terminal.lock"
    lock.touch(mode=0o600)
    done = subprocess.run(
        ["/usr/bin/python3", "-c", asks, stand.running.address.url, str(lock)],
        **(other if root else {}),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        cwd="/",
        env={},
    )
    assert done.stdout.split()[:2] == ["403", "403"]
    assert lock.stat().st_mode & 0o077 == 0
    if root:
        assert done.stdout.split()[2:] == ["PermissionError"]


def test_many_slow_clients_do_not_hold_up_the_page(stand: Stand) -> None:
    host, port = stand.running.address.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port)), timeout=10) for _ in range(200)]
    try:
        for each in slow:
            each.sendall(b"POST /api/citizen/answers HTTP/1.1\r\nHost: ")
        with stand.client() as client:
            assert client.get("/api/citizen/page").status_code == 200
    finally:
        for each in slow:
            each.close()


def test_the_answers_of_the_service_are_what_the_client_expects(stand: Stand) -> None:
    with stand.client() as client:
        page = client.get("/")
        assert page.headers["content-type"].startswith("text/html")
        assert re.search(r"<script[^>]*>[^<\s]", page.text) is None, "an inline script"
        assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text) == []
        assert client.get("/api/citizen/page").json()["virtual"] is True
        assert isinstance(client.get("/nothing"), httpx.Response)
