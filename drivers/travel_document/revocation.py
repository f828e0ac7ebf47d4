"""Lists of certificates that a country has revoked (ICAO Doc 9303-12, 7.1.4; RFC 5280, 5).

A country signs its list with its own certificate's key, anew at least every 90 days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl, pem, x509  # type: ignore[import-untyped]

from drivers.travel_document.signatures import list_signed_by

LONGEST = 1024 * 1024
"""Bytes of a list that is read; a country's holds some dozens of entries."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What one country's newest list says."""

    issuer: bytes
    """The country's authority, as ``name_key`` has it."""
    serials: frozenset[int]
    """Serial numbers of the certificates that are revoked."""
    issued: datetime
    next_issue: datetime

    def is_stale(self, now: datetime) -> bool:
        """Whether the country has published a newer one by now. What it revoked stays revoked."""
        return now > self.next_issue


def parse(
    data: bytes, authorities: Callable[[bytes], Iterable[x509.Certificate]]
) -> RevocationList:
    """A list, DER or PEM, that one of its country's authorities has signed. ``authorities``: the
    certificates of a name.

    Raises ``ValueError`` and what else asn1crypto raises when it is none, when nobody known signed
    it, when it does not say when the next one comes, or when it marks something critical that is
    not known here: a list of parts or of differences must not pass for a whole one.
    """
    if len(data) > LONGEST:
        raise ValueError
    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    found = crl.CertificateList.load(data, strict=True)
    contents = found["tbs_cert_list"]
    issuer = name_key(found.issuer)
    signed = any(list_signed_by(found, each) for each in authorities(issuer))
    issued, next_issue = contents["this_update"].native, contents["next_update"].native
    if not signed or next_issue is None or found.critical_extensions:
        raise ValueError
    revoked = contents["revoked_certificates"]
    serials = frozenset(int(each["user_certificate"].native) for each in revoked)
    return RevocationList(issuer, serials, issued, next_issue)


def name_key(name: x509.Name) -> bytes:
    """A name that can be looked up: spelling and spacing do not matter (RFC 5280, 7.1)."""
    return bytes(name.hashable.encode())
