"""A whole document against a chip in this process: each access, each way in which it may fail."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PIL import Image

from drivers.errors import DeviceError
from drivers.travel_document import contract, files, reading, tlv
from drivers.travel_document.apdu import Command
from drivers.travel_document.card_access import PaceInfo
from drivers.travel_document.ciphers import CipherKind
from drivers.travel_document.contract import (
    Authenticity,
    CardAccessNumber,
    TravelDocumentKind,
)
from drivers.travel_document.files import File
from drivers.travel_document.trust import TrustStore
from drivers.virtual import emrtd_chip, emrtd_files
from drivers.virtual.emrtd_chip import LONGEST_ANSWER, Access, EmrtdChip
from drivers.virtual.emrtd_people import HOLDERS, Holder
from drivers.virtual.emrtd_signing import Signer
from tests.drivers.travel_document.chips import COUNTRY, HOME_RETURN, PASSPORT, chip, read, store


def code_of(of: EmrtdChip, person: Holder = HOME_RETURN) -> str:
    with pytest.raises(DeviceError) as caught:
        read(of, person.key)
    return caught.value.code


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize("person", HOLDERS, ids=lambda person: person.document)
def test_each_document_by_each_access(person: Holder, access: Access) -> None:
    record = read(chip(person, access), person.key)
    assert record.authenticity is Authenticity.VALID
    assert record.access is (contract.Access.BAC if access == "bac" else contract.Access.PACE)
    assert (record.number, record.birth, record.expiry) == (
        person.number,
        person.birth,
        person.expiry,
    )
    assert (record.surname, record.given_names, record.sex) == (
        person.surname,
        person.given_names,
        person.sex,
    )
    assert record.name == (person.name_native.replace("<<", "") or "SAMPLE ANNA MARIA")
    assert record.photo_png is not None
    with Image.open(io.BytesIO(record.photo_png)) as picture:
        assert (picture.format, picture.size) == ("PNG", (360, 480))
        red, green, blue = picture.getpixel((180, 250))  # type: ignore[misc]
        assert red > green > blue, "the middle of the drawn face is of the colour of skin"
    assert person.number not in repr(record)
    assert person.surname not in repr(record)


@pytest.mark.parametrize("parameter", [12, 13])
@pytest.mark.parametrize("cipher", CipherKind)
def test_each_cipher_of_pace(cipher: CipherKind, parameter: int) -> None:
    offered = (PaceInfo(cipher, parameter),)
    of = EmrtdChip(
        PASSPORT.key,
        offered,
        emrtd_files.master_file(offered, LONGEST_ANSWER),
        emrtd_files.application(PASSPORT, COUNTRY),
    )
    assert read(of, PASSPORT.key).number == PASSPORT.number


@pytest.mark.parametrize("access", Access)
def test_short_blocks_read_the_same(access: Access) -> None:
    of = chip(HOME_RETURN, access)
    of.extended = False
    short = read(of, HOME_RETURN.key, extended=False)
    of.extended = True
    assert short == read(of, HOME_RETURN.key)


@pytest.mark.parametrize("extended", [True, False])
@pytest.mark.parametrize("access", [Access.BAC, Access.PACE_NIST])
def test_a_file_beyond_the_reach_of_plain_offsets(access: Access, extended: bool) -> None:
    """A picture with 90 KiB behind its end, which a decoder does not look at."""
    picture = emrtd_files.face(False)
    dg2 = emrtd_files.dg2(picture + bytes(90_000), jpeg_2000=False)
    application = emrtd_files.application(PASSPORT, COUNTRY)
    groups = {1: application[1], 2: dg2}
    application |= {
        2: dg2,
        File.SOD.value.short_id: tlv.encode(0x77, COUNTRY.sign(groups)),
    }
    record = read(chip(PASSPORT, access, application=application), PASSPORT.key, extended=extended)
    assert record.authenticity is Authenticity.VALID
    assert record.photo_png == read(chip(PASSPORT), PASSPORT.key).photo_png


class Sparing(EmrtdChip):
    """It gives less than it was asked for, and of a long portion nothing at first."""

    mute = False

    def _read_binary(self, command: Command) -> bytes:
        portion = super()._read_binary(command)
        if self.mute and len(portion) > 9000:
            self.mute = False
            return b""
        return portion[:5000]


@pytest.mark.parametrize("mute", [False, True])
def test_a_chip_that_gives_less_than_it_was_asked_for(mute: bool) -> None:
    application = emrtd_files.application(PASSPORT, COUNTRY)
    of = Sparing(PASSPORT.key, (), emrtd_files.master_file((), LONGEST_ANSWER), application)
    of.mute = mute
    document = reading.read_document(reading.open_chip(of.answer, PASSPORT.key))
    assert document.groups[2] == application[2]
    assert document.sod == application[File.SOD.value.short_id]


@pytest.mark.parametrize("access", Access)
def test_a_forged_picture_is_told_as_such(access: Access) -> None:
    """It is judged while other files are read: none of them comes instead, and nothing more."""
    of = chip(PASSPORT, access)

    def forged(command: bytes) -> bytes:
        answer = bytearray(of.answer(command))
        if len(answer) > 9000:
            answer[5000] ^= 1
        return bytes(answer)

    session = reading.open_chip(forged, PASSPORT.key)
    with pytest.raises(DeviceError) as caught:
        reading.read_document(session)
    assert caught.value.code == "session-forged"
    with pytest.raises(DeviceError) as caught:
        session.read(File.COM)
    assert caught.value.code == "session-forged"


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize(
    "changed",
    [{"number": "H00000022"}, {"birth": date(1988, 9, 6)}, {"expiry": date(2034, 3, 2)}],
)
def test_a_wrong_key_says_so_and_the_right_one_still_opens(
    access: Access, changed: dict[str, str]
) -> None:
    of = chip(HOME_RETURN, access)
    with pytest.raises(DeviceError) as caught:
        read(of, replace(HOME_RETURN.key, **changed))  # type: ignore[arg-type]
    assert caught.value.code == "key-wrong"
    assert "H0000002" not in str(caught.value)
    of.power_on()
    assert read(of, HOME_RETURN.key).kind is TravelDocumentKind.HOME_RETURN_PERMIT


NUMBER = CardAccessNumber("048152")


@pytest.mark.parametrize("cipher", CipherKind)
def test_the_number_that_a_document_prints_opens_it_too(cipher: CipherKind) -> None:
    of = numbered((PaceInfo(cipher, 13),))
    for key in (NUMBER, PASSPORT.key):
        of.power_on()
        record = read(of, key)
        assert (record.number, record.access) == (PASSPORT.number, contract.Access.PACE)
        assert record.authenticity is Authenticity.VALID


def numbered(offered: tuple[PaceInfo, ...]) -> EmrtdChip:
    """A passport whose chip takes ``NUMBER``."""
    return EmrtdChip(
        PASSPORT.key,
        offered,
        emrtd_files.master_file(offered, LONGEST_ANSWER),
        emrtd_files.application(PASSPORT, COUNTRY),
        access_number=NUMBER,
    )


def test_another_number_opens_nothing() -> None:
    of = numbered(emrtd_chip.OFFERED[Access.PACE_NIST])
    with pytest.raises(DeviceError) as caught:
        read(of, CardAccessNumber("048153"))
    assert caught.value.code == "key-wrong"
    assert "04815" not in str(caught.value)
    of.power_on()
    assert read(of, NUMBER).number == PASSPORT.number


@pytest.mark.parametrize("access", Access)
def test_a_chip_without_a_number_is_not_opened_by_one(access: Access) -> None:
    of = chip(PASSPORT, access)
    with pytest.raises(DeviceError) as caught:
        read(of, NUMBER)
    assert caught.value.code == "card-unsupported"
    of.power_on()
    assert read(of, PASSPORT.key).number == PASSPORT.number


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "12345a", "１２３４５６", "123456\n"])
def test_what_is_no_card_access_number(digits: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        CardAccessNumber(digits)
    assert "048152" not in repr(NUMBER)


@pytest.mark.parametrize("group", [File.DG1, File.DG2, File.DG11])
def test_a_group_of_which_one_bit_differs_is_altered(group: File) -> None:
    application = emrtd_files.application(HOME_RETURN, COUNTRY)
    data = bytearray(application[group.value.short_id])
    data[-1] ^= 1
    application[group.value.short_id] = bytes(data)
    assert code_of(chip(application=application)) == "document-altered"


def test_a_group_that_was_never_signed_is_altered() -> None:
    application = emrtd_files.application(PASSPORT, COUNTRY)
    groups = {File.DG1: b"", File.DG2: b"", File.DG11: b""}
    application[File.COM.value.short_id] = emrtd_files.com(groups)
    application[File.DG11.value.short_id] = emrtd_files.dg11("假<<名")
    assert code_of(chip(PASSPORT, application=application), PASSPORT) == "document-altered"


def test_a_signature_by_another_key_than_the_certificate_s_is_altered() -> None:
    forger = replace(COUNTRY, key=Signer.create().key)
    application = emrtd_files.application(HOME_RETURN, forger)
    assert code_of(chip(application=application)) == "document-altered"


def test_somebody_else_s_signed_files_do_not_pass_under_this_key() -> None:
    other = replace(HOME_RETURN, number="H00000099")
    application = emrtd_files.application(other, COUNTRY)
    assert code_of(chip(application=application)) == "document-data-invalid"


def test_whom_the_store_vouches_for() -> None:
    stranger = Signer.create()
    assert read(chip(), HOME_RETURN.key, trust=store(stranger)).authenticity is (
        Authenticity.COUNTRY_UNKNOWN
    )
    assert read(chip(), HOME_RETURN.key, trust=TrustStore()).authenticity is Authenticity.NO_STORE
    both = store(stranger, COUNTRY)
    assert read(chip(), HOME_RETURN.key, trust=both).authenticity is Authenticity.VALID


def test_a_signer_whose_time_is_over_is_not_trusted() -> None:
    old = Signer.create(born=datetime(2005, 1, 1, tzinfo=UTC))
    of = chip(application=emrtd_files.application(HOME_RETURN, old))
    assert read(of, HOME_RETURN.key, trust=store(old)).authenticity is Authenticity.SIGNER_EXPIRED


@pytest.mark.parametrize("missing", [File.COM, File.DG1, File.DG2, File.SOD])
def test_a_file_that_each_document_must_have(missing: File) -> None:
    application = emrtd_files.application(HOME_RETURN, COUNTRY)
    del application[missing.value.short_id]
    assert code_of(chip(application=application)) == "document-data-invalid"


def test_a_chip_that_is_no_travel_document() -> None:
    class Transit:
        def answer(self, command: bytes) -> bytes:
            return bytes.fromhex("6A82") if command[1] in (0xA4, 0xB0) else bytes.fromhex("6D00")

    with pytest.raises(DeviceError) as caught:
        reading.open_chip(Transit().answer, HOME_RETURN.key)
    assert caught.value.code == "card-unsupported"


def test_a_chip_with_an_unknown_pace_is_opened_by_bac() -> None:
    of = chip()
    integrated_mapping = bytes.fromhex("31143012060A04007F0007020204040202010202010D")
    of._master[File.CARD_ACCESS.value.short_id] = integrated_mapping
    assert read(of, HOME_RETURN.key).access is contract.Access.BAC


def test_nothing_is_read_without_access_and_rights_end_with_the_session() -> None:
    of = chip()
    of.answer(files.SELECT_APPLICATION.encode())
    read_com = Command(0x00, 0xB0, 0x80 | File.COM.value.short_id, 0, expected=8)
    assert of.answer(read_com.encode()) == bytes.fromhex("6982")
    session = reading.open_chip(of.answer, HOME_RETURN.key)
    assert session.read(File.COM) is not None
    of.answer(files.SELECT_APPLICATION.encode())
    assert of.answer(read_com.encode()) == bytes.fromhex("6982")
    with pytest.raises(DeviceError) as caught:
        session.read(File.COM)
    assert caught.value.code == "card-garbled"
    with pytest.raises(DeviceError) as caught:
        session.read(File.COM)
    assert caught.value.code == "session-ended"


def test_a_name_that_the_chip_keeps_is_a_missing_name() -> None:
    class Discreet(EmrtdChip):
        def _opened(self, short_id: int) -> bytes:
            if short_id == File.DG11.value.short_id:
                raise emrtd_chip.Refused(0x6982)
            return super()._opened(short_id)

    of = Discreet(
        HOME_RETURN.key,
        (),
        emrtd_files.master_file((), LONGEST_ANSWER),
        emrtd_files.application(HOME_RETURN, COUNTRY),
    )
    record = read(of, HOME_RETURN.key)
    assert (record.name_native, record.name) == ("", "OU YANGREN")


def test_a_file_that_claims_to_be_endless_is_not_read() -> None:
    application = emrtd_files.application(HOME_RETURN, COUNTRY)
    application[2] = bytes.fromhex("7584FFFFFFFF") + bytes(64)
    assert code_of(chip(application=application)) == "document-data-invalid"
