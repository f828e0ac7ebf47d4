"""The worked examples of ICAO Doc 9303-11: Appendix D (BAC, secure messaging) and G (PACE)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from drivers.errors import DeviceError
from drivers.travel_document import bac, card_access, mrz, pace
from drivers.travel_document.apdu import Command
from drivers.travel_document.ciphers import CipherKind, Purpose
from drivers.travel_document.contract import CardAccessNumber, MrzKey
from drivers.travel_document.elliptic import BRAINPOOL_P256R1, NIST_P256, Curve
from drivers.travel_document.secure_messaging import SecureChannel

D_KEY = MrzKey("L898902C", date(1969, 8, 6), date(1994, 6, 23))
G_KEY = MrzKey("T22000129", date(1964, 8, 12), date(2010, 10, 31))
RND_IFD, K_IFD = "781723860C06C226", "0B795240CB7049B01C19B33E32804F0B"
D_DIALOGUE = (
    ("0084000008", "4608F919887022129000"),
    (
        (
            "0082000028"
            "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728"
        ),
        "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000",
    ),
    (
        "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
        "990290008E08FA855A5D4C50A8ED9000",
    ),
    (
        "0CB000000D9701048E08ED6705417E96BA5500",
        "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
    ),
    (
        "0CB000040D9701128E082EA28A70F3C7B53500",
        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
    ),
)
SELECT_COM = Command(0x00, 0xA4, 0x02, 0x0C, bytes.fromhex("011E"))
READ_4 = Command(0x00, 0xB0, 0x00, 0x00, expected=4)
READ_18 = Command(0x00, 0xB0, 0x00, 0x04, expected=18)

G_CARD_ACCESS = "31143012060A04007F0007020204020202010202010D"
G_SECRETS = (
    0x7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99,
    0xA73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595,
)
G_DIALOGUE = (
    ("0022C1A40F800A04007F00070202040202830101", "9000"),
    ("10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000"),
    (
        (
            "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E"
            "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00"
        ),
        (
            "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57"
            "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C549000"
        ),
    ),
    (
        (
            "10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
            "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200"
        ),
        (
            "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
            "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F0949000"
        ),
    ),
    ("008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C089000"),
)


class Example:
    """A chip that says what the example's chip says, if it is asked what the example asks."""

    def __init__(self, dialogue: tuple[tuple[str, str], ...]) -> None:
        self._dialogue = iter(dialogue)
        self.spoil = -1

    def transmit(self, command: bytes) -> bytes:
        asked, answer = next(self._dialogue)
        assert command.hex().upper() == asked
        raw = bytearray.fromhex(answer)
        if self.spoil >= 0:
            raw[self.spoil] ^= 1
        return bytes(raw)


def example_random() -> Iterator[bytes]:
    yield bytes.fromhex(RND_IFD)
    yield bytes.fromhex(K_IFD)


def open_d(chip: Example) -> SecureChannel:
    parts = example_random()
    return bac.open_session(chip.transmit, D_KEY, random=lambda count: next(parts)[:count])


def test_appendix_d_keys() -> None:
    assert mrz.information(D_KEY) == b"L898902C<369080619406236"
    seed = bac.key_seed(D_KEY)
    assert seed.hex().upper() == "239AB9CB282DAF66231DC5A4DF6BFBAE"
    kind = CipherKind.TRIPLE_DES
    encryption, checksum = (kind.derive(seed, each) for each in (Purpose.ENCRYPTION, Purpose.MAC))
    assert encryption.hex().upper() == "AB94FDECF2674FDFB9B391F85D7F76F2"
    assert checksum.hex().upper() == "7962D9ECE03D1ACD4C76089DCE131543"
    session = kind.suite(bytes.fromhex("0036D272F5C350ACAC50C3F572D23600"))
    assert session.encryption_key.hex().upper() == "979EC13B1CBFE9DCD01AB0FED307EAE5"
    assert session.mac_key.hex().upper() == "F1CB1F1FB5ADF208806B89DC579DC1F8"


def test_appendix_d_from_the_challenge_to_ef_com() -> None:
    session = open_d(Example(D_DIALOGUE))
    assert session.send(SELECT_COM) == (b"", 0x9000)
    assert session.send(READ_4) == (bytes.fromhex("60145F01"), 0x9000)
    assert session.send(READ_18) == (
        bytes.fromhex("04303130365F36063034303030305C026175"),
        0x9000,
    )


@pytest.mark.parametrize("place", range(16))
def test_an_answer_that_differs_in_one_bit_ends_the_session(place: int) -> None:
    chip = Example(D_DIALOGUE)
    session = open_d(chip)
    chip.spoil = place
    if place < 14:
        with pytest.raises(DeviceError) as caught:
            session.send(SELECT_COM)
        assert caught.value.code == "session-forged"
        chip.spoil = -1
        with pytest.raises(DeviceError) as caught:
            session.send(READ_4)
        assert caught.value.code == "session-ended"
    else:
        # The status outside the protection is not believed, and does no harm.
        assert session.send(SELECT_COM) == (b"", 0x9000)


def test_appendix_g_keys_and_mapping() -> None:
    info = card_access.parse(bytes.fromhex(G_CARD_ACCESS))
    assert info == card_access.PaceInfo(CipherKind.AES_128, 13)
    assert info is not None
    assert info.curve is BRAINPOOL_P256R1
    password = pace.password_key(info.cipher, G_KEY)
    assert password.hex().upper() == "89DED1B26624EC1E634C1989302849DD"
    nonce = info.cipher.decrypt_nonce(password, bytes.fromhex("95A3A016522EE98D01E76CB6B98B42C3"))
    assert nonce.hex().upper() == "3F00C4D39D153F2B2A214A078D899B22"
    chip_public = info.curve.base_multiple(
        0x498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560
    )
    shared = info.curve.multiply(G_SECRETS[0], chip_public)
    assert info.curve.encode(shared).hex().upper() == (
        "0460332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5"
        "0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181"
    )
    assert info.curve.encode(pace.mapped(info.curve, nonce, shared)).hex().upper() == (
        "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2"
        "8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522"
    )
    suite = info.cipher.suite(
        bytes.fromhex("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925")
    )
    assert suite.encryption_key.hex().upper() == "F5F0E35C0D7161EE6724EE513A0D9A7F"
    assert suite.mac_key.hex().upper() == "FE251C7858B356B24514B3BD5F4297D1"


def test_the_key_of_a_card_access_number() -> None:
    """Kπ of the password 123456, from the worked example of BSI TR-03110 for EAC 2."""
    password = pace.password_key(CipherKind.AES_128, CardAccessNumber("123456"))
    assert password.hex().upper() == "591468CDA83D65219CCCB8560233600F"
    assert pace.password_reference(CardAccessNumber("123456")) == b"\x02"
    assert pace.password_reference(G_KEY) == b"\x01"


def test_appendix_g_dialogue() -> None:
    info = card_access.parse(bytes.fromhex(G_CARD_ACCESS))
    assert info is not None
    given = iter(G_SECRETS)
    session = pace.open_session(
        Example(G_DIALOGUE).transmit, G_KEY, info, secret=lambda _curve: next(given)
    )
    assert session is not None


def test_appendix_g_chip_that_does_not_prove_itself() -> None:
    info = card_access.parse(bytes.fromhex(G_CARD_ACCESS))
    assert info is not None
    given = iter(G_SECRETS)
    forged = (*G_DIALOGUE[:-1], (G_DIALOGUE[-1][0], "7C0A86083ABB9674BCE93C099000"))
    with pytest.raises(DeviceError) as caught:
        pace.open_session(Example(forged).transmit, G_KEY, info, secret=lambda _: next(given))
    assert caught.value.code == "session-forged"


@pytest.mark.parametrize("curve", [NIST_P256, BRAINPOOL_P256R1])
def test_points_agree_with_the_library(curve: Curve) -> None:
    generator = curve.base_multiple(1)
    for factor in (1, 2, 3, 15, 16, 17, 445281, curve.n - 1, pace.fresh_secret(curve)):
        assert curve.multiply(factor, generator) == curve.base_multiple(factor)
    assert curve.add(generator, generator) == curve.base_multiple(2)
    assert curve.add(generator, curve.base_multiple(2)) == curve.base_multiple(3)
    with pytest.raises(DeviceError, match="card-garbled"):
        curve.multiply(curve.n, generator)
    with pytest.raises(DeviceError, match="card-garbled"):
        curve.add(generator, curve.base_multiple(curve.n - 1))


@pytest.mark.parametrize("data", [b"", b"\0", b"\x04" + bytes(64), b"\x04" + b"\xff" * 64])
def test_what_is_no_point_of_the_curve(data: bytes) -> None:
    with pytest.raises(DeviceError, match="card-garbled"):
        BRAINPOOL_P256R1.decode(data)
