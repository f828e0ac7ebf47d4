"""PAdES signatures (ETSI EN 319 142, baseline B-B) on finished papers, by pyHanko."""

from __future__ import annotations

import io
from typing import Any

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kiosk_app.documents.cms import CmsTemplate
from kiosk_app.documents.errors import PaperTooLong
from kiosk_app.documents.public_key import SigningKey, to_der

FIELD = "Signature"
BYTES_RESERVED = 8192
"""Room for the CMS object. Without it pyHanko signs twice, once to measure (12 against 22 ms)."""


class _KeySigner(signers.Signer):
    """A pyHanko signer over any key of ours, which composes the CMS object only once."""

    def __init__(self, key: SigningKey) -> None:
        der = key.public.certificate.public_bytes(Encoding.DER)
        (certificate,) = load_certs_from_pemder_data(der)
        super().__init__(
            signing_cert=certificate,
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )
        self._key = key
        self._template: CmsTemplate | None = None

    async def async_sign(self, data_digest: bytes, *args: Any, **options: Any) -> Any:
        """The CMS object over a digest; the options are the same for each of our papers."""
        if self._template is None:
            first = await super().async_sign(data_digest, *args, **options)
            self._template = CmsTemplate(first, data_digest)
            return first
        return cms.ContentInfo.load(self._template.fill(data_digest, self._sign_der))

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """What pyHanko asks for the first object."""
        return self._sign_der(data)

    def _sign_der(self, data: bytes) -> bytes:
        return to_der(self._key.sign(data))


class PdfSigner:
    """Signs PDF files of one page with one key. Kept alive: it parses the certificate once."""

    def __init__(self, key: SigningKey) -> None:
        field = SigFieldSpec(
            FIELD,
            # Neither hidden (PDF/A forbids it) nor on the page (PDF/UA would want it tagged).
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        )
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        self._signer = signers.PdfSigner(metadata, _KeySigner(key), new_field_spec=field)

    def sign(self, pdf: bytes) -> bytes:
        """The file with an invisible signature over all of it.

        Raises ``PaperTooLong`` when it has more than one page, ``KeyUnusable`` from the key.
        """
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        if writer.prev.root["/Pages"]["/Count"] != 1:
            raise PaperTooLong("the paper does not fit on one page")
        signed = self._signer.sign_pdf(writer, bytes_reserved=BYTES_RESERVED)
        return bytes(signed.getbuffer())
