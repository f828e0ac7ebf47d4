"""Synthetic records of the embedded register, one case for each resident in the drawer.

Districts are those of the service's list (``config/services/no-housing-certificate``); asking for
all of them is asking for the whole city. Nobody and no home here exists.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from drivers.virtual.residents import Resident, resident_by_slug
from kiosk_app.connectors.housing_register.contract import Encumbrance

DISTRICTS: tuple[str, ...] = ("liusha", "zhanlong", "junbu", "lihu", "hongyang", "nanjing")
"""流沙城区, 占陇镇, 军埠镇, 里湖镇, 洪阳镇, 南径镇."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a home as the record spells it, and with which share."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    share: str


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """One home on record."""

    certificate_number: str
    location: str
    district: str
    area_m2: Decimal
    holders: tuple[Holder, ...]
    encumbrances: tuple[Encumbrance, ...] = ()
    presale: bool = False
    use: str = "住宅"


@dataclass(frozen=True, slots=True)
class PendingRecord:
    """A person's record in a district that is being changed at this moment."""

    id_number: str = field(repr=False)
    district: str


def _title(year: int, number: int) -> str:
    return f"粤（{year}）普宁市不动产权第{number:07d}号"


def _filing(year: int, number: int) -> str:
    return f"普商预备（{year}）第{number:06d}号"


def _holds(slug: str, share: str = "sole", *, old_number: bool = False) -> Holder:
    person = resident_by_slug(slug)
    return Holder(person.name, _old_number(person) if old_number else person.id_number, share)


def _old_number(person: Resident) -> str:
    number = person.old_id_number
    if number is None:
        raise ValueError(f"{person.slug} never had a number of 15 digits")
    return number


HOMES: tuple[HomeRecord, ...] = (
    HomeRecord(
        _title(2016, 1204),
        "普宁市流沙城区范本路12号样例花园3幢1204房",
        "liusha",
        Decimal("98.64"),
        (_holds("chen-zhiqiang"),),
        (Encumbrance.MORTGAGED,),
    ),
    HomeRecord(
        _title(2011, 3077),
        "普宁市流沙城区样例北路45号6幢301房",
        "liusha",
        Decimal("121.30"),
        (_holds("huang-meiling"),),
    ),
    HomeRecord(
        _title(2018, 15520),
        "普宁市占陇镇示范村新厝二巷8号",
        "zhanlong",
        Decimal("210.00"),
        (_holds("huang-meiling"),),
    ),
    HomeRecord(
        _title(2020, 20881),
        "普宁市流沙城区样例广场商铺1层17号",
        "liusha",
        Decimal("36.75"),
        (_holds("huang-meiling", "joint"),),
        (Encumbrance.MORTGAGED,),
        use="商业",
    ),
    HomeRecord(
        _title(2013, 8846),
        "普宁市里湖镇范本街77号2幢502房",
        "lihu",
        Decimal("104.12"),
        (_holds("zheng-jiahao", "1/2"), Holder("郑样例", "445281195801012353", "1/2")),
    ),
    HomeRecord(
        _title(2015, 5209),
        "普宁市洪阳镇样例路3号1幢201房",
        "hongyang",
        Decimal("88.90"),
        (_holds("xu-lifang"),),
        (Encumbrance.SEIZED, Encumbrance.MORTGAGED),
    ),
    HomeRecord(
        _filing(2025, 318),
        "普宁市流沙城区范本新城9幢1803房",
        "liusha",
        Decimal("112.45"),
        (_holds("zhang-weimin"),),
        presale=True,
    ),
    HomeRecord(
        "粤房地证字第C0098712号",
        "普宁市军埠镇样例大道21号",
        "junbu",
        Decimal("76.20"),
        (_holds("wu-jianguo", old_number=True),),
    ),
    HomeRecord(
        _title(2009, 4410),
        "普宁市南径镇示范路5号",
        "nanjing",
        Decimal("133.00"),
        (Holder("蔡小红", resident_by_slug("cai-xiaohong").id_number, "sole"),),
    ),
)

PENDING: tuple[PendingRecord, ...] = (
    PendingRecord(resident_by_slug("ayiguli-maimaiti").id_number, "liusha"),
)


def fingerprint() -> str:
    """Changes when the records above change, so that a database seeded before is filled anew."""
    return hashlib.sha256(
        repr([(h, [(o.name, o.id_number) for o in h.holders]) for h in HOMES]).encode()
        + repr([(p.id_number, p.district) for p in PENDING]).encode()
    ).hexdigest()
