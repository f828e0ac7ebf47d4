"""The CMS object of a signature, made once by pyHanko and refilled for every later paper.

Between two papers signed by one key only the message digest and the signature differ (a PAdES
signature carries no signing time among its attributes: ETSI EN 319 142-1, 6.3). Composing the
object anew through ``asn1crypto`` took 70 % of the time of a signature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyhanko.sign.general import SigningError

_SEQUENCE, _SET, _OCTET_STRING, _CONTEXT_0 = 0x30, 0x31, 0x04, 0xA0
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""The object identifier id-signedData, 1.2.840.113549.1.7.2."""
_SAME_EACH_TIME = {
    "content_type",
    "message_digest",
    "signing_certificate_v2",
    "cms_algorithm_protection",
}


class CmsTemplate:
    """What stays the same of a CMS SignedData with one signer (RFC 5652, section 5.1)."""

    def __init__(self, content_info: Any, digest: bytes) -> None:
        """Take a finished object apart. ``content_info``: asn1crypto's; ``digest``: its paper's.

        Raises ``SigningError`` when another part than digest and signature changes each time.
        """
        signed_data = content_info["content"]
        (signer,) = signed_data["signer_infos"]
        attributes = signer["signed_attrs"]
        changing = {one["type"].native for one in attributes} - _SAME_EACH_TIME
        body = attributes.contents
        if changing or signer["unsigned_attrs"].native or body.count(digest) != 1:
            raise SigningError("this signature cannot serve as a template")
        self._attributes = tuple(body.split(digest))
        self._before_signers = b"".join(
            signed_data[name].dump()
            for name in ("version", "digest_algorithms", "encap_content_info", "certificates")
        )
        self._before_attributes = b"".join(
            signer[name].dump() for name in ("version", "sid", "digest_algorithm")
        )
        self._after_attributes = signer["signature_algorithm"].dump()

    def fill(self, digest: bytes, sign: Callable[[bytes], bytes]) -> bytes:
        """The object of another paper, DER. ``sign`` gets what is signed, and answers in DER."""
        attributes = digest.join(self._attributes)
        # Signed as a SET, embedded under [0]: RFC 5652, section 5.4.
        signature = sign(_tlv(_SET, attributes))
        signer = _tlv(
            _SEQUENCE,
            self._before_attributes,
            _tlv(_CONTEXT_0, attributes),
            self._after_attributes,
            _tlv(_OCTET_STRING, signature),
        )
        signed_data = _tlv(_SEQUENCE, self._before_signers, _tlv(_SET, signer))
        return _tlv(_SEQUENCE, _SIGNED_DATA, _tlv(_CONTEXT_0, signed_data))


def _tlv(tag: int, *parts: bytes) -> bytes:
    """Tag, length and value in DER (X.690, 8.1)."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + body
