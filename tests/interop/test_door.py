"""Who may knock, and what happens to those who misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kiosk_app.interop import door as the_door
from kiosk_app.interop.door import PORT_TAKEN
from kiosk_app.interop.session import POLICY_VIOLATION
from kiosk_app.interop.settings import ROOT, InteropSettings
from tests.interop.conftest import ORIGIN, TOKEN, Client, Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")
AUTHENTICATE = "YimenSession.Authenticate"
TOO_BIG = 1009


async def refusal(interop: Interop, service: str = "CardReader", **headers: Any) -> int:
    """The status that a handshake is refused with; 101 when it is not."""
    given_: list[tuple[str, str]] = [("X-Yimen-Token", TOKEN)]
    for name, value in headers.items():
        given_ = [each for each in given_ if each[0] != name.replace("_", "-")]
        values = value if isinstance(value, list) else [value]
        given_ += [(name.replace("_", "-"), each) for each in values]
    try:
        async with connect(interop.uri(service), additional_headers=given_):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (ORIGIN, 101),
        ("null", 403),
        ("http://evil.example", 403),
        ("http://127.0.0.1", 403),
        ("https://127.0.0.1:8086", 403),
        (f"{ORIGIN}.evil.example", 403),
        (f"{ORIGIN}/", 403),
        ("", 403),
        ([ORIGIN, "http://evil.example"], 403),
    ],
)
async def test_only_the_pages_own_origin_may_ask(
    interop: Interop, origin: Any, status: int
) -> None:
    assert await refusal(interop, Origin=origin) == status


@pytest.mark.parametrize(
    "host",
    ["localhost:{port}", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:{port}.", "[::1]:{port}", ""],
)
async def test_only_the_exact_host_is_served(interop: Interop, host: str) -> None:
    named = host.format(port=interop.port)
    request = (
        f"GET /xfs4iot/v1.0/CardReader HTTP/1.1\r\nHost: {named}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\nX-Yimen-Token: {TOKEN}\r\n"
    )
    for extra, wanted in (("", b"421"), (f"Host: 127.0.0.1:{interop.port}\r\n", b"4")):
        reader, writer = await asyncio.open_connection("127.0.0.1", interop.port)
        writer.write((request + extra + "\r\n").encode())
        said = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        assert said.split()[1].startswith(wanted)


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], f"{TOKEN}x", [TOKEN, TOKEN]])
async def test_a_wrong_token_is_refused(interop: Interop, token: Any) -> None:
    assert await refusal(interop, X_Yimen_Token=token) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
async def test_a_browser_from_elsewhere_is_refused(interop: Interop, site: str) -> None:
    assert await refusal(interop, Sec_Fetch_Site=site) == 403


@pytest.mark.parametrize(
    "service", ["", "Nothing", "CardReader/", "CardReader?token=x", "../CardReader", "cardreader"]
)
async def test_only_the_services_are_served(interop: Interop, service: str) -> None:
    assert await refusal(interop, service) == 404


async def test_a_first_message_may_show_the_token(interop: Interop) -> None:
    async with connect(interop.uri("CardReader"), origin=ORIGIN) as socket:  # type: ignore[arg-type]
        client = Client(socket)
        assert await client.code(AUTHENTICATE, {"token": TOKEN}) == "success"
        assert await client.code("Common.Status") == "success"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        (AUTHENTICATE, {"token": "x"}),
        (AUTHENTICATE, {"token": ""}),
        (AUTHENTICATE, {"token": None}),
        (AUTHENTICATE, {}),
        (AUTHENTICATE, {"token": "x" * 500}),
        ("Common.Status", {"token": TOKEN}),
        ("Common.Status", {}),
    ],
)
async def test_without_the_token_nothing_is_said(
    interop: Interop, name: str, payload: dict[str, Any]
) -> None:
    async with connect(interop.uri("CardReader")) as socket:
        await Client(socket).send(name, payload)
        assert await closing(socket) == (POLICY_VIOLATION, [])


async def test_who_says_nothing_is_not_waited_for(interop: Interop) -> None:
    async with connect(interop.uri("CardReader")) as socket:
        assert await closing(socket) == (POLICY_VIOLATION, [])


async def closing(socket: Any) -> tuple[int | None, list[dict[str, Any]]]:
    """How the server closes, and what it said before."""
    said: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(20):
            while True:
                said.append(json.loads(await socket.recv()))
    except ConnectionClosed as closed:
        return (closed.rcvd.code if closed.rcvd is not None else None), said


@pytest.mark.parametrize(("known", "size"), [(True, 70_000), (True, 3_000_000), (False, 5000)])
async def test_a_message_that_is_too_large_closes(interop: Interop, known: bool, size: int) -> None:
    headers = {"X-Yimen-Token": TOKEN} if known else {}
    async with connect(interop.uri("CardReader"), additional_headers=headers) as socket:
        await socket.send("x" * size)
        assert await closing(socket) == (TOO_BIG, [])


async def test_a_flood_closes(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        try:
            for _ in range(400):
                await client.send("Common.Status")
        except ConnectionClosed:
            pass
        assert (await closing(client.socket))[0] == POLICY_VIOLATION
    async with interop.client("CardReader") as client:
        assert await client.code("Common.Status") == "success"


async def test_too_many_connections_are_refused_and_come_in_later(interop: Interop) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(16):
            await stack.enter_async_context(await let_in(interop))
        assert await refusal(interop) == 503
    async with await let_in(interop) as socket:
        assert await Client(socket).code("Common.Status") == "success"


async def let_in(interop: Interop) -> ClientConnection:
    """A connection, when those that others gave up are counted as gone."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(InvalidStatus):
                headers = {"X-Yimen-Token": TOKEN}
                return await connect(interop.uri("CardReader"), additional_headers=headers)
            await asyncio.sleep(0.05)


HEADER = {"name": "Common.Status", "requestId": 7, "type": "command", "version": "2.0"}


@pytest.mark.parametrize(
    ("message", "request_id"),
    [
        ("", 0),
        ("{", 0),
        ("[]", 0),
        ("null", 0),
        ("[" * 5000, 0),
        (json.dumps({"payload": {}}), 0),
        (json.dumps({"header": {**HEADER, "type": "event"}}), 7),
        (json.dumps({"header": {**HEADER, "name": "<script>"}}), 7),
        (json.dumps({"header": {**HEADER, "name": "Common"}}), 7),
        (json.dumps({"header": {**HEADER, "timeout": -1}}), 7),
        (json.dumps({"header": HEADER, "payload": []}), 7),
        (b"\x00\x01", 0),
    ],
)
async def test_what_is_no_message_is_acknowledged_as_such(
    interop: Interop, message: str | bytes, request_id: int
) -> None:
    async with interop.client("CardReader") as client:
        await client.socket.send(message)
        header = (await client.receive())["header"]
        assert (header["type"], header["status"]) == ("acknowledge", "invalidMessage")
        assert header["requestId"] == request_id
        assert "<" not in json.dumps(header)
        assert await client.code("Common.Status") == "success"


@pytest.mark.parametrize("wrong", ["7", -1, 0, 7.5, True, None, 2**31, [7]])
async def test_a_number_that_is_none_is_acknowledged_as_such(
    interop: Interop, wrong: object
) -> None:
    async with interop.client("CardReader") as client:
        await client.socket.send(json.dumps({"header": {**HEADER, "requestId": wrong}}))
        header = (await client.receive())["header"]
        assert (header["type"], header["status"]) == ("acknowledge", "invalidRequestID")
        assert (header["name"], header["requestId"]) == ("Common.Status", 0)
        assert await client.code("Common.Status") == "success"


async def test_one_mistake_after_the_other_closes(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        for _ in range(10):
            await client.socket.send("{}")
        code, said = await closing(client.socket)
        assert (code, len(said)) == (POLICY_VIOLATION, 10)


async def test_unknown_and_wrong_commands_are_told_apart(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        assert await client.code("CardReader.Explode") == "invalidCommand"
        assert await client.code("Printer.PrintRaw", {"data": "AAAA"}) == "invalidCommand"
        assert await client.code("CardReader.Reset", {"to": "moon"}) == "invalidData"
        done = await client.ask("YimenIdentity.ReadIdentity", {"wait": "445281199003154424"})
        assert done["header"]["completionCode"] == "invalidData"
        assert "445281" not in json.dumps(done)
        assert done["header"]["errorDescription"] == "wrong: wait"


async def test_a_command_is_cancelled(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        number = await client.send("YimenIdentity.ReadIdentity", {"wait": 60_000})
        queued = await client.send("CardReader.Reset")
        assert [(await client.receive())["header"]["type"] for _ in "12"] == ["acknowledge"] * 2
        await asyncio.sleep(0.2)
        assert await client.code("Common.Cancel", {"requestIds": [99]}) == ("noMatchingRequestIDs")
        assert await client.code("Common.Cancel", {"requestIds": "all"}) == "invalidData"
        await client.send("Common.Cancel", {"requestIds": [number]})
        done: dict[int, str] = {}
        while {number, queued} - set(done):
            header = (await client.receive())["header"]
            if header["type"] == "completion":
                done[header["requestId"]] = header["completionCode"]
        assert (done[number], done[queued]) == ("canceled", "success")
        assert await client.code("Common.Cancel") == "success"


async def test_a_number_that_is_pending_is_not_taken_twice(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        number = await client.send("YimenIdentity.ReadIdentity", {"wait": 60_000})
        await client.receive()
        await client.send("CardReader.Reset", requestId=number)
        assert (await client.receive())["header"]["status"] == "invalidRequestID"
        await client.send("Common.Cancel")
        assert (await client.answer(number))[-1]["header"]["completionCode"] == "canceled"


async def test_a_queue_that_is_full_takes_no_more(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        for _ in range(16):
            await client.send("YimenIdentity.ReadIdentity", {"wait": 60_000})
        refused = await client.send("CardReader.Reset")
        heads = [(await client.receive())["header"] for _ in range(17)]
        assert [each["requestId"] for each in heads if "status" in each] == [refused]
        assert heads[-1]["status"] == "tooManyRequests"
        await client.send("Common.Cancel")
        heads = [(await client.receive())["header"] for _ in range(18)]
        ends = [each["completionCode"] for each in heads if each["type"] == "completion"]
        assert sorted(ends) == ["canceled"] * 16 + ["success"]


async def test_who_goes_takes_the_commands_along(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        await client.send("YimenIdentity.ReadIdentity", {"wait": 60_000})
        await client.receive()
    async with interop.client("CardReader") as client:
        assert await client.code("CardReader.Reset", timeout=5000) == "success"


async def test_off_is_the_default_and_serves_nothing(interop: Interop) -> None:
    door = interop.door()
    assert door.wanted == InteropSettings(enabled=False, port=5846)
    async with door.tended():
        await door.settled(5)
        assert (door.as_wanted, door.port) == (True, None)


async def test_it_is_opened_moved_and_closed_while_devices_run(interop: Interop) -> None:
    door = interop.door()
    async with door.tended():
        door.turn(InteropSettings(enabled=True, port=0))
        await door.settled(5)
        first = door.port
        address = f"ws://127.0.0.1:{first}{ROOT}CardReader"
        async with connect(address, additional_headers=[("X-Yimen-Token", TOKEN)]) as socket:
            door.turn(InteropSettings(enabled=False))
            await door.settled(5)
            assert (door.as_wanted, door.port) == (True, None)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
        with pytest.raises(OSError, match="111"):
            await asyncio.open_connection("127.0.0.1", first)
    assert interop.devices.slot("id-card-reader").status().device.value == "online"


async def test_a_port_that_is_taken_is_told_and_tried_again(
    interop: Interop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(the_door, "AGAIN_S", 0.1)
    door = interop.door()
    with contextlib.closing(await asyncio.start_server(lambda *_: None, "127.0.0.1")) as taker:
        port = taker.sockets[0].getsockname()[1]
        async with door.tended():
            door.turn(InteropSettings(enabled=True, port=port))
            await door.settled(5)
            assert (door.as_wanted, door.port, door.error) == (False, None, PORT_TAKEN)
            taker.close()
            async with asyncio.timeout(10):
                while not door.as_wanted:  # noqa: ASYNC110 - it is tried again by itself
                    await asyncio.sleep(0.05)
            assert (door.port, door.error) == (port, None)


@pytest.mark.parametrize("path", [ROOT, ROOT.rstrip("/")])
async def test_the_bare_address_names_where_to_ask(interop: Interop, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{interop.port}{path}"):
            pass
    assert refused.value.response.status_code == 404
    said = (refused.value.response.body or b"").decode()
    assert f"{interop.uri('ServicePublisher')} tells" in said


async def test_nothing_is_open_to_the_network(interop: Interop) -> None:
    with pytest.raises(OSError, match="111"):
        await asyncio.open_connection("127.0.0.2", interop.port)
