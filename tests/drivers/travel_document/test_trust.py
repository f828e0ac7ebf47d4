"""What the store of country certificates says of a signer, by made-up countries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.travel_document import revocation, security_object, tlv
from drivers.travel_document.contract import Authenticity
from drivers.travel_document.revocation import RevocationList
from drivers.travel_document.security_object import BROKEN
from drivers.travel_document.trust import TrustStore
from drivers.virtual.emrtd_signing import Signer
from tests.drivers.travel_document.chips import COUNTRY

GROUPS = {1: b"a data group"}
YEAR = timedelta(days=365)
BORN = datetime(2016, 3, 1, tzinfo=UTC)
OLD = Signer.create(born=BORN)
"""Its signer's certificate lives ten years, its authority's fifteen."""
NOW = BORN + 5 * YEAR


def certificate(of: Signer) -> asn1.Certificate:
    return asn1.Certificate.load(of.authority_der)


def listed(by: Signer, data: bytes) -> RevocationList:
    return revocation.parse(data, lambda _: (certificate(by),))


def judged(signer: Signer, trust: TrustStore, now: datetime = NOW) -> Authenticity:
    security = security_object.parse(tlv.encode(0x77, signer.sign(GROUPS)))
    return trust.judge(security, GROUPS, now)


def knowing(*countries: Signer, lists: tuple[RevocationList, ...] = ()) -> TrustStore:
    return TrustStore.of((certificate(each) for each in countries), lists)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (BORN - timedelta(days=1), Authenticity.SIGNED_OUT_OF_TIME),
        (BORN, Authenticity.VALID),
        (BORN + 10 * YEAR, Authenticity.VALID),
        (BORN + 10 * YEAR + timedelta(seconds=1), Authenticity.SIGNER_EXPIRED),
        (BORN + 20 * YEAR, Authenticity.SIGNER_EXPIRED),
    ],
)
def test_a_signer_is_trusted_while_its_certificate_lives(
    now: datetime, found: Authenticity
) -> None:
    assert judged(OLD, knowing(OLD), now) is found


def test_a_country_whose_own_certificate_is_over_vouches_no_more() -> None:
    late = OLD.colleague(born=BORN + 14 * YEAR)
    assert judged(late, knowing(OLD), BORN + 14.5 * YEAR) is Authenticity.VALID
    assert judged(late, knowing(OLD), BORN + 16 * YEAR) is Authenticity.SIGNER_EXPIRED


@pytest.mark.parametrize("born", [BORN - YEAR, BORN + 16 * YEAR])
def test_a_signer_whom_its_country_certified_when_it_could_not(born: datetime) -> None:
    signer = OLD.colleague(born=born)
    assert judged(signer, knowing(OLD), born + YEAR) is Authenticity.SIGNED_OUT_OF_TIME


@pytest.mark.parametrize(
    ("signed", "found"),
    [
        (BORN - timedelta(days=2), Authenticity.SIGNED_OUT_OF_TIME),
        (BORN + YEAR, Authenticity.VALID),
        (BORN + 10 * YEAR + timedelta(days=1), Authenticity.SIGNED_OUT_OF_TIME),
    ],
)
def test_a_document_that_was_signed_when_its_signer_could_not(
    signed: datetime, found: Authenticity
) -> None:
    assert judged(replace(OLD, signs_at=signed), knowing(OLD)) is found


def test_a_signer_that_signed_in_time_and_is_over_is_told_apart() -> None:
    then, after = BORN + 9 * YEAR, BORN + 11 * YEAR
    assert judged(replace(OLD, signs_at=then), knowing(OLD), after) is Authenticity.SIGNER_EXPIRED
    late = replace(OLD, signs_at=BORN + 10.5 * YEAR)
    assert judged(late, knowing(OLD), after) is Authenticity.SIGNED_OUT_OF_TIME


def test_another_country_and_another_key_of_a_country_are_unknown() -> None:
    assert judged(OLD, knowing(COUNTRY)) is Authenticity.COUNTRY_UNKNOWN
    renewed = Signer.create(born=BORN)
    assert renewed.authority.subject == OLD.authority.subject
    assert judged(OLD, knowing(renewed)) is Authenticity.COUNTRY_UNKNOWN
    assert judged(OLD, knowing(renewed, OLD)) is Authenticity.VALID


def test_a_signer_that_only_claims_to_be_of_a_country() -> None:
    """Its certificate names the country and its key, and somebody else signed it."""
    forger = replace(OLD, authority_key=ec.generate_private_key(ec.SECP256R1()))
    claims = x509.AuthorityKeyIdentifier.from_issuer_public_key(OLD.authority_key.public_key())
    key = ec.generate_private_key(ec.SECP256R1())
    of_whom = forger.colleague()
    claimed = (
        x509.CertificateBuilder()
        .issuer_name(OLD.authority.subject)
        .subject_name(of_whom.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BORN)
        .not_valid_after(BORN + 10 * YEAR)
        .add_extension(claims, critical=False)
        .sign(forger.authority_key, of_whom.certificate.signature_hash_algorithm)  # type: ignore[arg-type]
    )
    assert judged(replace(forger, certificate=claimed, key=key), knowing(OLD)) is (
        Authenticity.CHAIN_BROKEN
    )


def test_what_a_country_has_revoked() -> None:
    fallen = OLD.colleague()
    fresh = listed(OLD, OLD.revocation_list(fallen.certificate, issued=NOW))
    trust = knowing(OLD, lists=(fresh,))
    assert judged(fallen, trust) is Authenticity.SIGNER_REVOKED
    assert judged(fallen, trust, BORN + 12 * YEAR) is Authenticity.SIGNER_REVOKED
    assert judged(OLD, trust) is Authenticity.VALID
    itself = listed(OLD, OLD.revocation_list(OLD.authority, issued=NOW))
    assert judged(OLD, knowing(OLD, lists=(itself,))) is Authenticity.SIGNER_REVOKED


def test_the_newest_list_counts_and_a_stale_one_is_told() -> None:
    first = listed(OLD, OLD.revocation_list(issued=NOW - timedelta(days=200)))
    second = listed(OLD, OLD.revocation_list(OLD.certificate, issued=NOW - timedelta(days=80)))
    for lists in ((first, second), (second, first)):
        assert judged(OLD, knowing(OLD, lists=lists)) is Authenticity.SIGNER_REVOKED
    trust = knowing(OLD, lists=(second,))
    assert trust.stale(NOW) == 0
    assert trust.stale(NOW + timedelta(days=11)) == 1
    assert judged(OLD, trust, NOW + timedelta(days=11)) is Authenticity.SIGNER_REVOKED


def test_a_store_takes_lists_that_its_countries_signed(tmp_path: Path) -> None:
    fallen, stranger = OLD.colleague(), Signer.create()
    part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    pem = x509.load_der_x509_crl(OLD.revocation_list(fallen.certificate, issued=NOW))
    files = {
        "country.cer": OLD.authority_der,
        "good.crl": pem.public_bytes(Encoding.PEM),
        "of-a-stranger.crl": stranger.revocation_list(OLD.certificate),
        "of-a-part.crl": OLD.revocation_list(OLD.certificate, extension=part),
        "cut.crl": OLD.revocation_list(OLD.certificate)[:-4],
        "huge.crl": bytes(revocation.LONGEST + 1),
        "a-certificate.crl": OLD.authority_der,
        "nested.crl": b"\x30\x80" * 20_000,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    trust = TrustStore.load(tmp_path)
    assert (len(trust), len(trust.revoked), trust.unusable) == (1, 1, 6)
    assert judged(OLD, trust) is Authenticity.VALID
    assert judged(fallen, trust) is Authenticity.SIGNER_REVOKED


LIST = OLD.revocation_list(OLD.certificate, issued=NOW)


@given(st.integers(0, len(LIST) - 1), st.integers(1, 255))
@settings(deadline=None)
def test_a_damaged_list_is_none_or_says_the_same(place: int, flip: int) -> None:
    damaged = bytearray(LIST)
    damaged[place] ^= flip
    try:
        found = listed(OLD, bytes(damaged))
    except BROKEN:
        return
    assert found == listed(OLD, LIST)


def test_nothing_speaks_against_a_document_that_nobody_vouches_for() -> None:
    assert {each for each in Authenticity if each.is_unvouched} == {
        Authenticity.NO_STORE,
        Authenticity.COUNTRY_UNKNOWN,
        Authenticity.SIGNER_EXPIRED,
    }
