"""The text block of identity cards: 256 bytes UTF-16LE, fields padded with spaces.

Four layouts share the block; the character at byte 248 tells which: ``J`` residence permit for
Hong Kong, Macao and Taiwan residents (MPS rule of 2018), ``I`` foreigners' permanent residence of
2017, ``Y`` of 2023, anything else the resident identity card. The newest address (``30 03``) is 70
bytes of the same text.
"""

from __future__ import annotations

import re
from datetime import date

from drivers.errors import UserFault
from drivers.id_card import id_number
from drivers.id_card.contract import CardKind, IdentityRecord

TEXT_LENGTH = 256
ADDRESS_LENGTH = 70
LONG_TERM = "长期"
_FLAG = slice(248, 250)

_PEOPLES = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白",
    "土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇",
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒",
    "乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺",
)
NATIONS = {
    **dict(enumerate(" ".join(_PEOPLES).split(), start=1)),
    97: "其他",
    98: "外国血统",
}
"""Names of peoples by their number in GB/T 3304."""

Span = tuple[int, int]
"""Offset and length, in bytes."""

_COMMON: dict[str, tuple[Span, ...]] = {
    "sex": ((30, 2),),
    "birth": ((36, 16),),
    "id_number": ((122, 36),),
    "valid_from": ((188, 16),),
    "valid_to": ((204, 16),),
}
LAYOUTS: dict[CardKind, dict[str, tuple[Span, ...]]] = {
    CardKind.RESIDENT: {
        **_COMMON,
        "name": ((0, 30),),
        "nation": ((32, 4),),
        "address": ((52, 70),),
        "issuer": ((158, 30),),
    },
    CardKind.HK_MACAO_TAIWAN_RESIDENCE: {
        **_COMMON,
        "name": ((0, 30),),
        "address": ((52, 70),),
        "issuer": ((158, 30),),
        "pass_number": ((220, 18),),
        "issue_count": ((238, 4),),
    },
    CardKind.FOREIGN_PERMANENT_2017: {
        **_COMMON,
        "foreign_name": ((0, 120),),
        "sex": ((120, 2),),
        "id_number": ((122, 30),),
        "nationality": ((152, 6),),
        "name": ((158, 30),),
        "birth": ((220, 16),),
    },
    CardKind.FOREIGN_PERMANENT_2023: {
        **_COMMON,
        "name": ((0, 30),),
        "issue_count": ((32, 4),),
        "foreign_name": ((52, 70), (220, 22)),
        "nationality": ((242, 6),),
    },
}
"""Where each field of ``IdentityRecord`` lies. A field in two places is one text cut in two."""

_FLAGS = {
    CardKind.RESIDENT: " ",
    CardKind.HK_MACAO_TAIWAN_RESIDENCE: "J",
    CardKind.FOREIGN_PERMANENT_2017: "I",
    CardKind.FOREIGN_PERMANENT_2023: "Y",
}
_KINDS = {flag: kind for kind, flag in _FLAGS.items()}
_DATES = ("birth", "valid_from", "valid_to")
_SEXES = ("0", "1", "2", "9")
_PERMIT_2017 = re.compile(r"[A-Z]{3}[0-9]{12}")
_NATIONALITY = re.compile(r"[A-Z]{3}")


def nation_name(code: str) -> str:
    """The people's name for a GB/T 3304 code (``01`` is 汉). ``KeyError`` for no such code."""
    return NATIONS[int(code)]


def decode(block: bytes, photo_png: bytes | None = None) -> IdentityRecord:
    """Read a card's text block.

    Raises ``UserFault`` ``card-data-invalid`` when it is not 256 bytes of UTF-16LE, when a date
    does not exist, or when number, sex, nation or nationality cannot be right. Validity against
    today is not judged here.
    """
    if len(block) != TEXT_LENGTH:
        raise _invalid("the text block is not 256 bytes long")
    kind = _KINDS.get(_text(block[_FLAG]), CardKind.RESIDENT)
    texts = {
        field: _text(b"".join(block[at : at + length] for at, length in spans))
        for field, spans in LAYOUTS[kind].items()
    }
    valid_to = None if texts["valid_to"] == LONG_TERM else _date(texts, "valid_to")
    dates = {name: _date(texts, name) for name in ("birth", "valid_from")}
    if valid_to is not None and valid_to < dates["valid_from"]:
        raise _invalid("the validity ends before it begins")
    _check(kind, texts)
    return IdentityRecord(
        kind=kind,
        birth=dates["birth"],
        valid_from=dates["valid_from"],
        valid_to=valid_to,
        photo_png=photo_png,
        **{field: text for field, text in texts.items() if field not in _DATES},
    )


def decode_address(block: bytes) -> str:
    """Read a newest address. Raises ``UserFault`` ``card-data-invalid`` when it is not text."""
    if len(block) != ADDRESS_LENGTH:
        raise _invalid("the address block is not 70 bytes long")
    return _text(block)


def encode(record: IdentityRecord) -> bytes:
    """The text block that a card with this record holds. ``ValueError`` when a field is too
    long for its place."""
    block = bytearray(" ".encode("utf-16-le") * (TEXT_LENGTH // 2))
    for field, spans in LAYOUTS[record.kind].items():
        _place(block, spans, _written(getattr(record, field)))
    _place(block, ((_FLAG.start, 2),), _FLAGS[record.kind])
    return bytes(block)


def encode_address(address: str) -> bytes:
    """The 70 bytes of a newest address. ``ValueError`` when it is too long."""
    block = bytearray(" ".encode("utf-16-le") * (ADDRESS_LENGTH // 2))
    _place(block, ((0, ADDRESS_LENGTH),), address)
    return bytes(block)


def _check(kind: CardKind, texts: dict[str, str]) -> None:
    if not texts["name"] and not texts.get("foreign_name"):
        raise _invalid("there is no name")
    if texts["sex"] not in _SEXES:
        raise _invalid("the sex is not a code of GB/T 2261.1")
    nation = texts.get("nation")
    if nation is not None and (not re.fullmatch("[0-9]{2}", nation) or int(nation) not in NATIONS):
        raise _invalid("the nation is not a code of GB/T 3304")
    nationality = texts.get("nationality")
    if nationality is not None and not _NATIONALITY.fullmatch(nationality):
        raise _invalid("the nationality is not a code of GB/T 2659")
    if kind is CardKind.FOREIGN_PERMANENT_2017:
        if not _PERMIT_2017.fullmatch(texts["id_number"]):
            raise _invalid("the permit number has the wrong form")
    elif not id_number.is_valid(texts["id_number"]):
        raise _invalid("the identity number contradicts itself")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-16-le").rstrip(" \0")
    except UnicodeDecodeError:
        raise _invalid("a field is not UTF-16") from None


def _date(texts: dict[str, str], field: str) -> date:
    digits = texts[field]
    if re.fullmatch("[0-9]{8}", digits):
        try:
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            pass
    raise _invalid(f"{field} is not a date")


def _written(value: object) -> str:
    if value is None:
        return LONG_TERM
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value)


def _place(block: bytearray, spans: tuple[Span, ...], text: str) -> None:
    raw = text.encode("utf-16-le")
    for at, length in spans:
        part, raw = raw[:length], raw[length:]
        block[at : at + len(part)] = part
    if raw:
        raise ValueError("a text is too long for its place on the card")


def _invalid(what: str) -> UserFault:
    return UserFault("card-data-invalid", what, error_code="invalidMedia")
