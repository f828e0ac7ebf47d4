"""Keys from files and from a real PKCS#11 token (SoftHSM 2)."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from kiosk_app.documents.errors import KeyUnusable
from kiosk_app.documents.key_sources import (
    DEVELOPMENT_CERTIFICATE,
    DEVELOPMENT_KEY,
    KeyFile,
    KeyToken,
)
from kiosk_app.documents.keys import development_key, load_trusted, open_key
from kiosk_app.documents.papers import Paper
from kiosk_app.documents.public_key import from_der, to_der
from kiosk_app.documents.workshop import PaperWorkshop
from tests.documents.samples import CERTIFICATE, CONFIG, FACTS

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def certificate_of(private: PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "普宁市不动产登记中心")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(private, hashes.SHA256())
    )


def write_key(
    folder: Path, private: PrivateKey, certificate: x509.Certificate, secret: bytes
) -> KeyFile:
    path, secret_path = folder / "hall.p12", folder / "hall.secret"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"hall", private, certificate, None, serialization.BestAvailableEncryption(secret)
        )
    )
    secret_path.write_bytes(secret + b"\n")
    return KeyFile(path=path, passphrase_file=secret_path)


def test_development_key_is_private_marked_and_kept(tmp_path: Path) -> None:
    first = open_key(development_key(tmp_path / "keys", "普宁市不动产登记中心"))
    again = open_key(development_key(tmp_path / "keys", "普宁市不动产登记中心"))
    assert first.public.certificate == again.public.certificate
    assert first.public.development
    assert "DEVELOPMENT / 开发测试" in first.public.certificate.subject.rfc4514_string()
    mode = (tmp_path / "keys" / DEVELOPMENT_KEY).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    trusted = load_trusted([tmp_path / "keys" / DEVELOPMENT_CERTIFICATE])
    assert list(trusted) == [first.public.key_id]


def test_development_key_is_one_though_many_make_it_at_once(tmp_path: Path) -> None:
    with ThreadPool(4) as pool:
        made = pool.map(lambda _: open_key(development_key(tmp_path, "中心")), range(4))
    assert len({one.public.key_id for one in made}) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [DEVELOPMENT_CERTIFICATE, DEVELOPMENT_KEY]


def test_file_key_signs_the_same_each_time(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = open_key(write_key(tmp_path, private, certificate_of(private), b"secret"))
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert signature == key.sign(b"message")
    assert key.public.verifies(signature, b"message")
    assert not key.public.verifies(signature, b"massage")
    assert not key.public.verifies(signature[:-1], b"message")
    assert not key.public.development
    assert from_der(to_der(signature)) == signature


def test_refuses_unusable_files(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    good = write_key(tmp_path, private, certificate_of(private), b"secret")
    with pytest.raises(KeyUnusable, match="passphrase"):
        open_key(good.model_copy(update={"passphrase_file": None}))
    with pytest.raises(KeyUnusable, match="cannot be read"):
        open_key(KeyFile(path=tmp_path / "none.p12"))
    with pytest.raises(KeyUnusable, match="cannot be read"):
        open_key(good.model_copy(update={"passphrase_file": tmp_path / "none"}))
    (tmp_path / "junk.p12").write_bytes(b"\x30\x82junk")
    with pytest.raises(KeyUnusable, match="PKCS#12"):
        open_key(KeyFile(path=tmp_path / "junk.p12"))


def test_refuses_keys_of_another_kind(tmp_path: Path) -> None:
    for private in (
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ):
        with pytest.raises(KeyUnusable, match="P-256"):
            open_key(write_key(tmp_path, private, certificate_of(private), b"secret"))


def test_refuses_trusted_files_that_are_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "text.crt").write_text("hello")
    for path in (tmp_path / "text.crt", tmp_path / "none.crt"):
        with pytest.raises(KeyUnusable):
            load_trusted([path])


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyToken]:
    """A token with a key and its certificate, as a vendor's tool would leave it."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    private = ec.generate_private_key(ec.SECP256R1())
    (folder / "key.pem").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "pin").write_text("271828\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        util = ["softhsm2-util", "--pin", "271828"]
        label = ["--init-token", "--free", "--label", "yimen", "--so-pin", "314159"]
        subprocess.run([*util, *label], check=True, capture_output=True)
        key = ["--import", str(folder / "key.pem"), "--token", "yimen"]
        subprocess.run(
            [*util, *key, "--label", "signing", "--id", "01"], check=True, capture_output=True
        )
        _put_certificate(certificate_of(private))
        yield KeyToken(
            module=SOFTHSM, token_label="yimen", key_label="signing", pin_file=folder / "pin"
        )


def _put_certificate(certificate: x509.Certificate) -> None:
    with (
        pkcs11.lib(str(SOFTHSM))
        .get_token(token_label="yimen")
        .open(rw=True, user_pin="271828") as session
    ):
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: "signing",
                pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
                pkcs11.Attribute.VALUE: certificate.public_bytes(serialization.Encoding.DER),
            }
        )


def test_token_signs(token: KeyToken) -> None:
    key = open_key(token)
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert key.public.verifies(signature, b"message")


def test_token_refusals_are_typed(token: KeyToken, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("000000")
    for change in (
        {"pin_file": tmp_path / "pin"},
        {"token_label": "other"},
        {"key_label": "other"},
        {"module": tmp_path / "none.so"},
    ):
        with pytest.raises(KeyUnusable):
            open_key(token.model_copy(update=change))


async def test_workshop_signs_with_a_token(token: KeyToken) -> None:
    workshop = PaperWorkshop(CONFIG, token)
    try:
        first = await workshop.make_copy(CERTIFICATE, Paper.of(**FACTS), 1)
        again = await workshop.make_copy(CERTIFICATE, Paper.of(**FACTS), 1, first.code)
    finally:
        await workshop.close()
    assert again.sha256_unsigned == first.sha256_unsigned
