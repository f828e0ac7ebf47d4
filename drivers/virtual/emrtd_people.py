"""Synthetic holders of travel documents, and the machine-readable zones of their documents.

Nobody here exists. Utopia is ICAO's own specimen state (Doc 9303-3, 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from drivers.travel_document.contract import CardAccessNumber, MrzKey
from drivers.travel_document.mrz import check_digit

_SEXES = {"1": "M", "2": "F"}
_TD1_LINE, _TD3_LINE = 30, 44


@dataclass(frozen=True, slots=True)
class Holder:
    """One person and what their document says of them."""

    document: str
    """How the document is called when it is placed on the reader."""
    code: str
    issuer: str
    nationality: str
    number: str
    surname: str
    given_names: str
    sex: str
    """GB/T 2261.1."""
    birth: date
    expiry: date
    optional_data: str = ""
    name_native: str = ""
    """Surname and given name as DG11 has them, ``<<`` between; empty for a chip without DG11."""
    jpeg_2000: bool = False
    """Whether the face is in JPEG 2000."""
    access_number: CardAccessNumber | None = None
    """What the document prints beside its zone to open the chip with."""

    @property
    def key(self) -> MrzKey:
        """What opens the chip."""
        return MrzKey(self.number, self.birth, self.expiry)

    @property
    def lines(self) -> tuple[str, ...]:
        """The zone as it is printed: TD3 for passports, TD1 for cards."""
        birth, expiry = (_checked(f"{each:%y%m%d}") for each in (self.birth, self.expiry))
        number = _checked(self.number.ljust(9, "<"))
        names = f"{self.surname}<<{self.given_names}".replace(" ", "<")
        head = self.code.ljust(2, "<") + self.issuer
        if self.code.startswith("P"):
            optional = _checked(self.optional_data.ljust(14, "<"))
            composite = check_digit(number + birth + expiry + optional)
            second = number + self.nationality + birth + _SEXES[self.sex] + expiry + optional
            return (head + names).ljust(_TD3_LINE, "<"), second + composite
        first = (head + number + self.optional_data).ljust(_TD1_LINE, "<")
        tail = "<" * 11
        composite = check_digit(first[5:] + birth + expiry + tail)
        second = birth + _SEXES[self.sex] + expiry + self.nationality + tail + composite
        return first, second, names.ljust(_TD1_LINE, "<")


HOLDERS = (
    Holder(
        "passport",
        "P",
        "UTO",
        "UTO",
        "X44528101",
        "SAMPLE",
        "ANNA MARIA",
        "2",
        date(1985, 7, 1),
        date(2034, 6, 30),
        access_number=CardAccessNumber("509263"),
    ),
    Holder(
        "home-return",
        "CR",
        "CHN",
        "CHN",
        "H00000021",
        "OU",
        "YANGREN",
        "1",
        date(1988, 9, 5),
        date(2034, 3, 1),
        optional_data="01",
        name_native="区<<样仁",
        jpeg_2000=True,
    ),
    Holder(
        "taiwan-pass",
        "CT",
        "CHN",
        "CHN",
        "04452812",
        "LIN",
        "SHULIANG",
        "1",
        date(1979, 2, 28),
        date(2033, 11, 30),
        name_native="林<<样良",
        jpeg_2000=True,
    ),
)
_BY_DOCUMENT = {each.document: each for each in HOLDERS}


def holder(document: str) -> Holder:
    """The holder of a document; ``KeyError`` when there is no such document."""
    return _BY_DOCUMENT[document]


def _checked(text: str) -> str:
    return text + check_digit(text)
