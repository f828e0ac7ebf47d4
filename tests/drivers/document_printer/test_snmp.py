from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document_printer.snmp import decode_counter, encode_get, read_page_counter
from drivers.errors import DeviceNotReady, ProtocolError

# Written by hand after RFC 1157 and X.690: community "public", request id 1, and an agent whose
# counter for 1.3.6.1.2.1.43.10.2.1.4.1.1 stands at 0x12345.
OID = "06 0c 2b060102012b0a0201040101"
HEAD = "02 01 00  04 06 7075626c6963"
IDS = "02 01 01  02 01 00  02 01 00"
REQUEST = bytes.fromhex(f"30 2a {HEAD} a0 1d {IDS} 30 12 30 10 {OID} 05 00")
ANSWER = bytes.fromhex(f"30 2d {HEAD} a2 20 {IDS} 30 15 30 13 {OID} 41 03 012345")
NO_SUCH_NAME = bytes.fromhex(f"30 2a {HEAD} a2 1d 020101 020102 020101 30 12 30 10 {OID} 05 00")


@contextmanager
def agent(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """An SNMP agent on a port of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    request, sender = line.recvfrom(1500)
                    line.sendto(answer(request), sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield line.getsockname()[1]
        ended.set()
        thread.join()


def echoing(counter: int) -> Callable[[bytes], bytes]:
    """Answers with the request's own id, as an agent does."""

    def answer(request: bytes) -> bytes:
        at = request.index(0xA0)
        id_field = request[at + 2 : at + 4 + request[at + 3]]
        value = bytes((0x41, 4)) + counter.to_bytes(4, "big")
        binding = bytes.fromhex(OID) + value
        for tag in (0x30, 0x30):
            binding = bytes((tag, len(binding))) + binding
        pdu = id_field + bytes.fromhex("020100 020100") + binding
        message = bytes.fromhex(HEAD) + bytes((0xA2, len(pdu))) + pdu
        return bytes((0x30, len(message))) + message

    return answer


def test_a_request_is_what_the_standard_says() -> None:
    assert encode_get("public", 1) == REQUEST


def test_a_counter_is_read_from_an_answer() -> None:
    assert decode_counter(ANSWER, 1) == 0x12345


def test_a_printer_may_say_that_it_has_no_counter() -> None:
    assert decode_counter(NO_SUCH_NAME, 1) is None


def test_an_answer_to_another_request_is_refused() -> None:
    with pytest.raises(ProtocolError, match="another request"):
        decode_counter(ANSWER, 2)


def test_an_answer_cut_anywhere_is_refused() -> None:
    for length in range(len(ANSWER)):
        with pytest.raises(ProtocolError):
            decode_counter(ANSWER[:length], 1)


@given(st.binary(max_size=80), st.integers(0, len(ANSWER)))
def test_garbage_raises_nothing_but_a_protocol_error(garbage: bytes, at: int) -> None:
    with suppress(ProtocolError):
        counter = decode_counter(ANSWER[:at] + garbage, 1)
        assert counter is None or counter >= 0


@pytest.mark.parametrize("counter", [0, 4711, 2**32 - 1])
def test_a_printer_is_asked_over_the_network(counter: int) -> None:
    with agent(echoing(counter)) as port:
        assert read_page_counter("127.0.0.1", port=port) == counter


def test_silence_is_no_counter_of_zero() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceNotReady) as caught:
            read_page_counter("127.0.0.1", port=deaf.getsockname()[1], timeout_s=0.1)

    assert caught.value.code == "printer-offline"
