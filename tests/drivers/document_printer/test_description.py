"""How much toner a printer tells of in its description."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import Source
from drivers.document_printer.description import status_of, toner_percent
from drivers.document_printer.ipp import Group, Message, Tag, decode, encode

SUPPLY = "printer-supply"
WASTE = (
    b"index=1;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;"
    b"level=25;colorantname=unknown;"
)


def toner(level: int, most: int = 100, kind: str = "toner", colour: str = "black") -> bytes:
    return (
        f"index=2;class=supplyThatIsConsumed;type={kind};unit=percent;maxcapacity={most};"
        f"level={level};colorantname={colour};"
    ).encode()


def told(*values: bytes) -> Group:
    group = Group(Tag.PRINTER_ATTRIBUTES)
    group.put_octets(SUPPLY, *values)
    message = Message(0, 1, [group])
    return decode(encode(message)).group(Tag.PRINTER_ATTRIBUTES)


@pytest.mark.parametrize(
    ("values", "percent"),
    [
        ((WASTE, toner(75)), 75),
        ((toner(75), toner(33, colour="cyan"), toner(50, colour="yellow")), 33),
        ((toner(120, most=480, kind="inkCartridge"),), 25),
        ((toner(0),), 0),
        ((toner(-3),), None),
        ((toner(-2), toner(40)), 40),
        ((toner(50, most=-2),), None),
        ((toner(50, most=0),), None),
        ((toner(900),), 100),
        ((toner(50, kind="staples"),), None),
        ((WASTE,), None),
        ((b"level=7",), None),
    ],
)
def test_the_emptiest_of_what_is_put_on_paper_counts(
    values: tuple[bytes, ...], percent: int | None
) -> None:
    assert toner_percent(told(*values)) == percent


def test_a_printer_that_does_not_tell_claims_nothing() -> None:
    silent = status_of(Group(Tag.PRINTER_ATTRIBUTES), 0, 7).toner_percent
    assert (silent.value, silent.source) == (None, Source.ASSUMED)
    said = status_of(told(toner(8)), 0, 7).toner_percent
    assert (said.value, said.source) == (8, Source.SENSOR)


@given(
    st.lists(st.binary(max_size=60) | st.from_regex(rb"(level|maxcapacity|class|type)=.{0,30};"))
)
def test_no_supply_breaks_the_description(values: list[bytes]) -> None:
    assert toner_percent(told(*values)) in {None, *range(101)}
