"""The drawer of cards beside the virtual reader: synthetic residents and what is odd about each.

All numbers carry division 445281 and a valid check character unless the card's oddity says
otherwise; nobody here exists. ``number`` and ``slug`` are stable: tests, the rehearsal and the
embedded registers refer to them. ``note`` names the text in config that tells what a card is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from drivers.id_card.contract import CardKind, IdentityRecord
from drivers.id_card.id_number import compose, is_valid, to_fifteen

DIVISION = "445281"
_ADDRESS = "广东省普宁市流沙东街道样例路{house}号"
_ISSUER = "普宁市公安局"


class CardCondition(StrEnum):
    """How a card answers a reader."""

    GOOD = "good"
    UNREADABLE = "unreadable"
    """Found and selected, but reading fails (SW3 41)."""
    UNSUPPORTED = "unsupported"
    """The SAM does not take it for one of its cards (SW3 40)."""


@dataclass(frozen=True, slots=True)
class Resident:
    """One person and the card they hold."""

    number: int
    slug: str
    note: str
    card: IdentityRecord
    newest_address: str = ""
    """What a later move wrote on the card (``30 03``); empty when the card holds none."""
    condition: CardCondition = CardCondition.GOOD
    family: str = ""
    """Residents with the same family name here are spouses and their minor children."""

    @property
    def name(self) -> str:
        """The name as it is on the card."""
        return self.card.name

    @property
    def id_number(self) -> str:
        """The number as it is on the card."""
        return self.card.id_number

    @property
    def old_id_number(self) -> str | None:
        """The 15-digit number of the same person; ``None`` when there was none."""
        return to_fifteen(self.id_number) if is_valid(self.id_number) else None

    @property
    def kind(self) -> CardKind:
        """Which of the four cards it is."""
        return self.card.kind

    @property
    def birth(self) -> date:
        """The birth date as it is on the card."""
        return self.card.birth


def _citizen(
    name: str,
    sex: str,
    birth: date,
    sequence: int,
    *,
    valid: tuple[date, date | None] = (date(2020, 4, 9), date(2040, 4, 9)),
    nation: str = "01",
    house: int = 1,
) -> IdentityRecord:
    return IdentityRecord(
        kind=CardKind.RESIDENT,
        name=name,
        id_number=compose(DIVISION, birth, sequence),
        sex=sex,
        birth=birth,
        valid_from=valid[0],
        valid_to=valid[1],
        nation=nation,
        address=_ADDRESS.format(house=house),
        issuer=_ISSUER,
    )


def _with_wrong_check(card: IdentityRecord) -> IdentityRecord:
    last = "1" if card.id_number[-1] != "1" else "2"
    return replace(card, id_number=card.id_number[:-1] + last)


_HONG_KONG = IdentityRecord(
    kind=CardKind.HK_MACAO_TAIWAN_RESIDENCE,
    name="区样仁",
    id_number=compose("810000", date(1988, 9, 5), 15),
    sex="1",
    birth=date(1988, 9, 5),
    valid_from=date(2024, 3, 1),
    valid_to=date(2029, 3, 1),
    address=_ADDRESS.format(house=31),
    issuer=_ISSUER,
    pass_number="H00000021",  # noqa: S106 - a travel pass, not a secret
    issue_count="01",
)
_FOREIGN_2017 = IdentityRecord(
    kind=CardKind.FOREIGN_PERMANENT_2017,
    name="何安娜",
    id_number="CAN445281850701",
    sex="2",
    birth=date(1985, 7, 1),
    valid_from=date(2019, 6, 1),
    valid_to=date(2029, 6, 1),
    foreign_name="SAMPLE, ANNA MARIE",
    nationality="CAN",
)
_FOREIGN_2023 = IdentityRecord(
    kind=CardKind.FOREIGN_PERMANENT_2023,
    name="高样文",
    id_number=compose("944276", date(1982, 5, 14), 3),
    sex="1",
    birth=date(1982, 5, 14),
    valid_from=date(2024, 2, 20),
    valid_to=date(2034, 2, 20),
    foreign_name="MUSTERMANN-BEISPIEL, KARL FRIEDRICH MAXIMILIAN",
    nationality="DEU",
    issue_count="01",
)

_LONG_TERM: tuple[date, date | None] = (date(2015, 7, 1), None)
_MINOR = (date(2024, 3, 1), date(2029, 3, 1))

RESIDENTS: tuple[Resident, ...] = (
    Resident(1, "li-xiulan", "no-house", _citizen("李秀兰", "2", date(1985, 6, 17), 20)),
    Resident(2, "chen-zhiqiang", "one-house", _citizen("陈志强", "1", date(1979, 11, 2), 13)),
    Resident(3, "huang-meiling", "several-houses", _citizen("黄美玲", "2", date(1976, 1, 30), 46)),
    Resident(4, "zheng-jiahao", "shared-house", _citizen("郑家豪", "1", date(1983, 8, 8), 31)),
    Resident(5, "xu-lifang", "seized-house", _citizen("许丽芳", "2", date(1980, 12, 25), 28)),
    Resident(6, "zhang-weimin", "presale-filing", _citizen("张伟民", "1", date(1992, 2, 29), 17)),
    Resident(
        7,
        "wu-jianguo",
        "old-number-record",
        _citizen("吴建国", "1", date(1955, 10, 1), 11, valid=_LONG_TERM, house=7),
    ),
    Resident(8, "cai-xiaohong", "name-differs", _citizen("蔡晓红", "2", date(1971, 3, 8), 64)),
    Resident(
        9,
        "yang-guiying",
        "long-term",
        _citizen("杨桂英", "2", date(1948, 5, 20), 42, valid=_LONG_TERM, house=9),
    ),
    Resident(
        10,
        "zhou-haitao",
        "expired",
        _citizen("周海涛", "1", date(1987, 7, 19), 35, valid=(date(2005, 9, 1), date(2015, 9, 1))),
    ),
    Resident(
        11,
        "xie-minyi",
        "not-yet-valid",
        _citizen("谢敏仪", "2", date(1999, 4, 4), 86, valid=(date(2090, 1, 1), date(2110, 1, 1))),
    ),
    Resident(
        12,
        "luo-yongfa",
        "unreadable",
        _citizen("罗永发", "1", date(1969, 9, 9), 53),
        condition=CardCondition.UNREADABLE,
    ),
    Resident(
        13,
        "song-chunhua",
        "wrong-check-digit",
        _with_wrong_check(_citizen("宋春花", "2", date(1974, 2, 14), 22)),
    ),
    Resident(
        14,
        "transit-card",
        "unsupported",
        _citizen("公交卡", "9", date(2000, 1, 1), 1),
        condition=CardCondition.UNSUPPORTED,
    ),
    Resident(
        15,
        "guo-baozhu",
        "newest-address",
        _citizen("郭宝珠", "2", date(1990, 10, 10), 68, house=15),
        newest_address="广东省普宁市池尾街道范本大道88号样例花园3栋1204房",
    ),
    Resident(
        16,
        "ouyang-yan",
        "rare-characters",
        _citizen("欧阳䶮𬱖", "1", date(1994, 6, 1), 99),
    ),
    Resident(
        17,
        "lin-guodong",
        "family-husband",
        _citizen("林国栋", "1", date(1986, 3, 21), 37, house=17),
        family="lin",
    ),
    Resident(
        18,
        "he-xiaoyan",
        "family-wife",
        _citizen("何晓燕", "2", date(1988, 8, 16), 40, house=17),
        family="lin",
    ),
    Resident(
        19,
        "lin-zihan",
        "family-child",
        _citizen("林子涵", "2", date(2014, 5, 5), 48, valid=_MINOR, house=17),
        family="lin",
    ),
    Resident(
        20,
        "lin-zixuan",
        "family-child",
        _citizen("林子轩", "1", date(2018, 9, 30), 59, valid=_MINOR, house=17),
        family="lin",
    ),
    Resident(21, "ou-yangren", "hk-residence-permit", _HONG_KONG),
    Resident(22, "anna-sample", "foreign-permanent-2017", _FOREIGN_2017),
    Resident(23, "karl-mustermann", "foreign-permanent-2023", _FOREIGN_2023),
    Resident(
        24,
        "ayiguli-maimaiti",
        "long-name",
        _citizen("阿依古丽·买买提江", "2", date(1993, 11, 11), 24, nation="05", house=24),
    ),
)

_BY_NUMBER = {resident.number: resident for resident in RESIDENTS}
_BY_SLUG = {resident.slug: resident for resident in RESIDENTS}


def resident(number: int) -> Resident:
    """The resident of that number in the drawer; ``KeyError`` when there is none."""
    return _BY_NUMBER[number]


def resident_by_slug(slug: str) -> Resident:
    """The resident of that stable name; ``KeyError`` when there is none."""
    return _BY_SLUG[slug]
