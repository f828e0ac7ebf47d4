"""EF.SOD: what the issuing state signed (ICAO Doc 9303-10, 4.6.2; Doc 9303-11, 5.1; Doc 9303-12;
RFC 5652)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from asn1crypto import algos, cms, core, x509  # type: ignore[import-untyped]

from drivers.travel_document import tlv
from drivers.travel_document.signatures import (
    HASHES,
    Signature,
    SignatureUnsupported,
    signature_fits,
)
from drivers.travel_document.tlv import invalid

_SOD = 0x77
_SECURITY_OBJECT = "2.23.136.1.1.1"
"""id-icao-mrtd-security-ldsSecurityObject."""
_LONGEST = 64 * 1024
_Fields = list[tuple[Any, ...]]
"""asn1crypto fills in what it finds out about each field, so it is no tuple."""
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What asn1crypto raises when bytes are not what its types say."""


class _DataGroupHash(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[_Fields] = [("number", core.Integer), ("hash", core.OctetString)]


class _DataGroupHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _DataGroupHash


class LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    """What is signed: the hashes of the data groups."""

    _fields: ClassVar[_Fields] = [
        ("version", core.Integer),
        ("hash_algorithm", algos.DigestAlgorithm),
        ("hashes", _DataGroupHashes),
        ("lds_version", core.Any, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """The parts of an EF.SOD that passive authentication needs."""

    hash_name: str
    """Of the hashes of the data groups, by its name in ``signatures.HASHES``."""
    hashes: Mapping[int, bytes] = field(repr=False)
    """By number of the data group."""
    content: bytes = field(repr=False)
    """What the digest among the signed attributes is of."""
    digest: bytes = field(repr=False)
    """That digest."""
    digest_name: str
    signed: bytes = field(repr=False)
    """What the signature is over."""
    signature: Signature = field(repr=False)
    signer: x509.Certificate = field(repr=False)
    """The document signer's certificate."""
    signed_at: datetime | None = None
    """When the signer says that it signed; it need not."""

    def is_intact(self, groups: Mapping[int, bytes]) -> bool:
        """Whether the data groups are those that were signed, and the signature is the signer's
        own. ``groups``: whole files by number.

        Raises ``DocumentDataInvalid`` when it is signed in a way that is not known here.
        """
        digest = HASHES[self.digest_name](self.content).digest()
        return (
            all(
                self.hashes.get(number) == HASHES[self.hash_name](data).digest()
                for number, data in groups.items()
            )
            and digest == self.digest
            and self._is_signed()
        )

    def _is_signed(self) -> bool:
        try:
            return signature_fits(self.signature, self.signed, self.signer)
        except SignatureUnsupported as error:
            raise invalid(str(error)) from None


def parse(data: bytes) -> SecurityObject:
    """The security object of a whole EF.SOD.

    Raises ``DocumentDataInvalid`` when the file is broken, lacks its signer's certificate or is
    signed in a way that is not known here.
    """
    value = tlv.need(data, _SOD)
    if len(value) > _LONGEST:
        raise invalid("EF.SOD is too long")
    try:
        return _parse(value)
    except RecursionError:
        raise invalid("EF.SOD is nested too deep") from None
    except SignatureUnsupported as error:
        raise invalid(str(error)) from None
    except BROKEN:
        raise invalid("EF.SOD is no signed security object") from None


def _parse(value: bytes) -> SecurityObject:
    message = cms.ContentInfo.load(value, strict=True)
    if message["content_type"].native != "signed_data":
        raise ValueError
    signed_data = message["content"]
    content_info = signed_data["encap_content_info"]
    if content_info["content_type"].dotted != _SECURITY_OBJECT:
        raise ValueError
    content = bytes(content_info["content"])
    security = LdsSecurityObject.load(content, strict=True)
    (signer_info,) = signed_data["signer_infos"]
    attributes = _attributes(signer_info["signed_attrs"])
    if attributes["content_type"] != _SECURITY_OBJECT:
        raise ValueError
    digest_name = str(signer_info["digest_algorithm"]["algorithm"].native)
    hash_name = str(security["hash_algorithm"]["algorithm"].native)
    if not {digest_name, hash_name} <= HASHES.keys():
        raise SignatureUnsupported("EF.SOD uses a hash that is not known here")
    hashes = {int(each["number"].native): each["hash"].native for each in security["hashes"]}
    # The attributes are signed as a SET, whose tag they do not carry inside (RFC 5652, 5.4).
    signed = b"\x31" + signer_info["signed_attrs"].dump()[1:]
    return SecurityObject(
        hash_name=hash_name,
        hashes=hashes,
        content=content,
        digest=attributes["message_digest"],
        digest_name=digest_name,
        signed=signed,
        signature=Signature.of(
            signer_info["signature_algorithm"], digest_name, signer_info["signature"].native
        ),
        signer=_signer(signed_data["certificates"], signer_info["sid"]),
        signed_at=attributes.get("signing_time"),
    )


def _attributes(found: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for attribute in found:
        name = attribute["type"].native
        if name == "content_type":
            values[name] = attribute["values"][0].dotted
        elif name in ("message_digest", "signing_time"):
            values[name] = attribute["values"][0].native
    return values


def _signer(certificates: Any, wanted: Any) -> x509.Certificate:
    for choice in certificates:
        certificate = choice.chosen
        if not isinstance(certificate, x509.Certificate):
            continue
        if wanted.name == "subject_key_identifier":
            fits = certificate.key_identifier == wanted.native
        else:
            number = wanted.chosen
            fits = (
                certificate.serial_number == number["serial_number"].native
                and certificate.issuer == number["issuer"]
            )
        if fits:
            return certificate
    raise invalid("EF.SOD lacks the certificate of its signer")
