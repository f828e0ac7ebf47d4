"""Asks a printer for its life-time page counter by SNMP, for printers whose IPP has none.

One SNMPv1 GetRequest (RFC 1157) for ``prtMarkerLifeCount.1.1`` of the Printer MIB (RFC 3805):
"the count of the number of units of measure counted during the life of printer". Its value is a
Counter32; the unit of laser printers is the impression.
"""

from __future__ import annotations

import secrets
import socket

from drivers.errors import DeviceNotReady, ProtocolError

PORT = 161
MARKER_LIFE_COUNT = (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1)

_TRIES = 2
_MAX_DATAGRAM = 1500
_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
_COUNTER32 = 0x41
_GET_REQUEST, _GET_RESPONSE = 0xA0, 0xA2
_VERSION_1 = 0


def read_page_counter(
    host: str, *, port: int = PORT, community: str = "public", timeout_s: float = 1.0
) -> int | None:
    """The counter now; ``None`` when the printer answers that it has none.

    Raises ``DeviceNotReady`` (``printer-offline``) when nobody answers, ``ProtocolError``
    (``snmp-malformed``) for an answer that is none.
    """
    request_id = secrets.randbelow(2**31)
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as line:
            line.settimeout(timeout_s / _TRIES)
            line.connect(address)
            return decode_counter(_exchange(line, encode_get(community, request_id)), request_id)
    except OSError:
        raise DeviceNotReady("printer-offline", "the printer does not answer SNMP") from None


def encode_get(community: str, request_id: int) -> bytes:
    """A GetRequest for the page counter."""
    binding = _wrap(_SEQUENCE, _wrap(_OID, _encode_oid(MARKER_LIFE_COUNT)) + _wrap(_NULL, b""))
    no_error = _encode_integer(0)
    pdu = _encode_integer(request_id) + no_error + no_error + _wrap(_SEQUENCE, binding)
    head = _encode_integer(_VERSION_1) + _wrap(_OCTETS, community.encode())
    return _wrap(_SEQUENCE, head + _wrap(_GET_REQUEST, pdu))


def decode_counter(answer: bytes, request_id: int) -> int | None:
    """The counter in a GetResponse; ``None`` when its error status says that there is none.

    Raises ``ProtocolError`` for anything else.
    """
    message = _Elements(_Elements(answer).take(_SEQUENCE))
    message.take(_INTEGER)
    message.take(_OCTETS)
    pdu = _Elements(message.take(_GET_RESPONSE))
    if int.from_bytes(pdu.take(_INTEGER), "big", signed=True) != request_id:
        raise _malformed("it answers another request")
    error_status = int.from_bytes(pdu.take(_INTEGER), "big")
    pdu.take(_INTEGER)
    if error_status:
        return None
    binding = _Elements(_Elements(pdu.take(_SEQUENCE)).take(_SEQUENCE))
    if binding.take(_OID) != _encode_oid(MARKER_LIFE_COUNT):
        raise _malformed("it names another object")
    return int.from_bytes(binding.take(_COUNTER32), "big")


def _exchange(line: socket.socket, request: bytes) -> bytes:
    for _ in range(_TRIES):
        line.send(request)
        try:
            return line.recv(_MAX_DATAGRAM)
        except TimeoutError:
            continue
    raise TimeoutError


class _Elements:
    """Reads BER elements (X.690) of lengths up to 65,535 in their order."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must have this tag."""
        if len(self._data) < 2 or self._data[0] != tag:
            raise _malformed(f"an element {tag:#04x} is missing")
        length, start = self._data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(self._data[2:start], "big")
        end = start + length
        if not 2 <= start <= 4 or end > len(self._data):
            raise _malformed("it ends too early")
        content, self._data = self._data[start:end], self._data[end:]
        return content


def _wrap(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    return bytes((tag, 0x82)) + len(content).to_bytes(2, "big") + content


def _encode_integer(number: int) -> bytes:
    return _wrap(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def _encode_oid(numbers: tuple[int, ...]) -> bytes:
    """For object identifiers whose numbers are all below 128, as ours are."""
    return bytes((numbers[0] * 40 + numbers[1], *numbers[2:]))


def _malformed(why: str) -> ProtocolError:
    return ProtocolError("snmp-malformed", f"the SNMP answer does not follow RFC 1157: {why}")
