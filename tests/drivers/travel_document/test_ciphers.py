"""Contexts that are kept from one checksum to the next carry nothing over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from drivers.travel_document.ciphers import CipherKind, Suite

SECRET = bytes(range(16))


def fresh() -> Suite:
    return CipherKind.TRIPLE_DES.suite(SECRET)


@given(st.lists(st.binary(max_size=64), min_size=1, max_size=6))
def test_a_checksum_is_the_same_whatever_was_before(messages: list[bytes]) -> None:
    kept = fresh()
    assert [kept.mac(kept.pad(each)) for each in messages] == [
        fresh().mac(kept.pad(each)) for each in messages
    ]


def test_two_threads_do_not_mix_their_checksums() -> None:
    kept = fresh()
    long = [kept.pad(bytes([each]) * 20_000) for each in range(40)]
    short = [kept.pad(bytes([each])) for each in range(40)] * 20
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(lambda each: [*map(kept.mac, each)], each) for each in (long, short)]
        found = [each.result() for each in both]
    assert found == [[fresh().mac(each) for each in messages] for messages in (long, short)]
