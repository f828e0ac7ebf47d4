"""The envelope, given whatever a client may send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_app.interop.messages import Command, NotUnderstood, read_command

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
HEADER = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(("Common.Status", "A.B", "CardReader.Reset")) | JSON,
        "requestId": st.integers(-2, 2**33) | JSON,
        "type": st.sampled_from(("command", "event")) | JSON,
        "version": st.just("2.0") | JSON,
        "timeout": st.integers(-1, 10) | JSON,
    },
)


def reading(text: str | bytes) -> Command | NotUnderstood:
    try:
        return read_command(text)
    except NotUnderstood as wrong:
        return wrong


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_bytes_break_the_reading_of_messages(text: str | bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_command(text)


@given(st.fixed_dictionaries({}, optional={"header": HEADER | JSON, "payload": JSON}))
def test_an_envelope_is_a_command_or_it_is_refused(envelope: dict[str, Any]) -> None:
    found = reading(json.dumps(envelope))
    header: Any = envelope.get("header")
    if isinstance(found, NotUnderstood):
        assert 0 <= found.request_id < 2**31
        assert found.name == "" or found.name == header["name"]
    else:
        assert found.header.request_id == header["requestId"]
        assert (found.header.name, found.header.type) == (header["name"], "command")


@given(st.text(max_size=40))
def test_the_repr_hides_the_payload(secret: str) -> None:
    header = {"name": "A.B", "requestId": 1, "type": "command"}
    command = read_command(json.dumps({"header": header, "payload": {"x": "s3cr3t" + secret}}))
    assert "s3cr3t" not in repr(command)
