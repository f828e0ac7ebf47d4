"""Signers of each kind that Doc 9303-12 allows, and some that it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, keys, x509  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.errors import DeviceError
from drivers.travel_document import security_object, tlv
from drivers.travel_document.contract import Authenticity
from drivers.travel_document.trust import TrustStore
from drivers.virtual.emrtd_signing import PrivateKey, Signer
from tests.drivers.travel_document.chips import COUNTRY, store

GROUPS = {1: b"a data group", 2: b"another"}
KEYS: dict[str, Callable[[], PrivateKey]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "brainpool256": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "brainpool512": lambda: ec.generate_private_key(ec.BrainpoolP512R1()),
    "rsa": lambda: rsa.generate_private_key(65_537, 2048),
}


def judged(signer: Signer, trust: TrustStore, groups: dict[int, bytes] = GROUPS) -> Authenticity:
    security = security_object.parse(tlv.encode(0x77, signer.sign(GROUPS)))
    return trust.judge(security, groups)


@pytest.mark.parametrize("kind", KEYS)
def test_each_kind_of_key(kind: str) -> None:
    signer = Signer.create(KEYS[kind](), KEYS[kind]())
    assert judged(signer, store(signer)) is Authenticity.VALID
    assert judged(signer, store(COUNTRY)) is Authenticity.COUNTRY_UNKNOWN
    assert judged(signer, store(signer), {**GROUPS, 2: b"forged"}) is Authenticity.ALTERED
    assert judged(signer, store(signer), {**GROUPS, 3: b"more"}) is Authenticity.ALTERED


def test_probabilistic_signatures() -> None:
    """RSASSA-PSS, as many states sign."""
    key = rsa.generate_private_key(65_537, 2048)
    message = cms.ContentInfo.load(Signer.create(key=key).sign(GROUPS))
    signer_info = message["content"]["signer_infos"][0]
    signed = b"\x31" + signer_info["signed_attrs"].dump()[1:]
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signer_info["signature"] = key.sign(signed, pss, hashes.SHA256())
    sha256 = {"algorithm": "sha256"}
    signer_info["signature_algorithm"] = {
        "algorithm": "rsassa_pss",
        "parameters": {
            "hash_algorithm": sha256,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
            "salt_length": 32,
        },
    }
    security = security_object.parse(tlv.encode(0x77, message.dump(force=True)))
    assert security.signature.kind == "rsassa_pss"
    assert security.is_intact(GROUPS)
    assert not security.is_intact({1: b"forged"})
    spoiled = replace(security, signature=replace(security.signature, salt_length=20))
    assert not spoiled.is_intact(GROUPS)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.BrainpoolP384R1()])
def test_a_curve_that_is_written_out(curve: ec.EllipticCurve) -> None:
    """Its coefficients and its generator are the certificate's word, and are not believed."""
    signer = Signer.create(key=ec.generate_private_key(curve))
    der = signer.certificate.public_bytes(serialization.Encoding.DER)
    certificate = with_explicit_curve(der, curve)
    security = security_object.parse(tlv.encode(0x77, signer.sign(GROUPS)))
    assert replace(security, signer=certificate).is_intact(GROUPS)
    assert not replace(security, signer=certificate).is_intact({1: b"forged"})


def with_explicit_curve(der: bytes, curve: ec.EllipticCurve) -> x509.Certificate:
    certificate = x509.Certificate.load(der)
    info = certificate["tbs_certificate"]["subject_public_key_info"]
    primes = {
        "secp256r1": 2**256 - 2**224 + 2**192 + 2**96 - 1,
        "brainpoolP384r1": int(
            "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123"
            "ACD3A729901D1A71874700133107EC53",
            16,
        ),
    }
    size = curve.key_size // 8
    domain: dict[str, Any] = {
        "version": 1,
        "field_id": {"field_type": "prime_field", "parameters": primes[curve.name]},
        "curve": {"a": bytes(size), "b": bytes(size)},
        "base": info["public_key"].native,
        "order": 1,
    }
    info["algorithm"]["parameters"] = keys.ECDomainParameters(
        "specified", keys.SpecifiedECDomain(domain)
    )
    return x509.Certificate.load(certificate.dump(force=True))


@pytest.mark.parametrize("curve", [ec.SECP192R1(), ec.SECP256K1()], ids=lambda curve: curve.name)
def test_a_curve_that_no_document_may_use(curve: ec.EllipticCurve) -> None:
    signer = Signer.create(key=ec.generate_private_key(curve))
    with pytest.raises(DeviceError, match="not known here"):
        judged(signer, store(signer))


def test_a_signature_of_another_kind_than_the_key() -> None:
    rsa_signer = Signer.create(key=KEYS["rsa"]())
    security = security_object.parse(tlv.encode(0x77, rsa_signer.sign(GROUPS)))
    ec_signer = security_object.parse(tlv.encode(0x77, COUNTRY.sign(GROUPS)))
    assert not replace(security, signer=ec_signer.signer).is_intact(GROUPS)
    assert not replace(ec_signer, signer=security.signer).is_intact(GROUPS)


def test_the_signer_s_certificate_must_be_there() -> None:
    message = cms.ContentInfo.load(COUNTRY.sign(GROUPS))
    message["content"]["certificates"] = []
    with pytest.raises(DeviceError, match="lacks the certificate"):
        security_object.parse(tlv.encode(0x77, message.dump(force=True)))


def test_a_store_of_files(tmp_path: Path) -> None:
    (tmp_path / "one.cer").write_bytes(COUNTRY.authority_der)
    pem = Signer.create().authority.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "two.PEM").write_bytes(pem)
    signer = COUNTRY.certificate.public_bytes(serialization.Encoding.DER)
    (tmp_path / "signer-is-no-authority.crt").write_bytes(signer)
    (tmp_path / "huge.der").write_bytes(bytes(70_000))
    (tmp_path / "folder.cer").mkdir()
    loaded = TrustStore.load(tmp_path)
    assert (len(loaded), loaded.unusable) == (2, 3)
    assert judged(COUNTRY, loaded) is Authenticity.VALID
    assert len(TrustStore.load(tmp_path / "absent")) == len(TrustStore.load(None)) == 0
