"""Points of elliptic curves, for the one thing that ``cryptography`` does not offer.

The generic mapping of PACE adds two points and multiplies by a generator of its own (ICAO
Doc 9303-11, 4.4.3.3.1), which needs both coordinates of a product; ``cryptography`` gives the first
alone. All else (key pairs, agreement, the check that a point is on its curve) is left to it.

Multiplication here takes a time that depends on its secret. The secrets are made for one card and
thrown away with it, and whoever could measure them lies on the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from drivers.errors import ProtocolError

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
"""(X, Y, Z) stands for (X/Z², Y/Z³); Z = 0 for the point at infinity."""
_INFINITY: _Jacobian = (1, 1, 0)
_WINDOW = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b over the field of the prime ``p``; ``n`` is the generator's order."""

    named: ec.EllipticCurve
    p: int
    a: int
    n: int

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.p.bit_length() + 7) // 8

    def encode(self, point: Point) -> bytes:
        """04 and both coordinates (BSI TR-03111, 3.2.1)."""
        return b"\x04" + b"".join(each.to_bytes(self.size, "big") for each in point)

    def decode(self, data: bytes) -> Point:
        """The point of its bytes. Raises ``ProtocolError`` ``card-garbled`` when it is none of
        this curve."""
        try:
            numbers = ec.EllipticCurvePublicKey.from_encoded_point(
                self.named, data
            ).public_numbers()
        except ValueError:
            raise ProtocolError("card-garbled", "the chip's key is no point of its curve") from None
        return numbers.x, numbers.y

    def base_multiple(self, secret: int) -> Point:
        """``secret`` times the curve's own generator."""
        numbers = ec.derive_private_key(secret, self.named).public_key().public_numbers()
        return numbers.x, numbers.y

    def agree(self, secret: int, other: Point) -> bytes:
        """The first coordinate of ``secret`` times ``other``, whatever the generator was."""
        theirs = ec.EllipticCurvePublicNumbers(*other, self.named).public_key()
        return ec.derive_private_key(secret, self.named).exchange(ec.ECDH(), theirs)

    def multiply(self, factor: int, point: Point) -> Point:
        """``factor`` times ``point``. Raises ``ProtocolError`` ``card-garbled`` at infinity."""
        table = [_INFINITY, (*point, 1)]
        for _ in range((1 << _WINDOW) - 2):
            table.append(self._add(table[-1], table[1]))
        product = _INFINITY
        for shift in reversed(range(0, factor.bit_length() + _WINDOW, _WINDOW)):
            for _ in range(_WINDOW):
                product = self._double(product)
            product = self._add(product, table[factor >> shift & (1 << _WINDOW) - 1])
        return self._affine(product)

    def add(self, one: Point, other: Point) -> Point:
        """The sum of two points. Raises ``ProtocolError`` ``card-garbled`` at infinity."""
        return self._affine(self._add((*one, 1), (*other, 1)))

    def _double(self, point: _Jacobian) -> _Jacobian:
        """Bernstein and Lange's ``dbl-2007-bl``, written out."""
        x, y, z = point
        if not z:
            return point
        p = self.p
        yy, zz = y * y % p, z * z % p
        s = 4 * x * yy % p
        m = (3 * x * x + self.a * zz * zz) % p
        x3 = (m * m - 2 * s) % p
        return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p

    def _add(self, one: _Jacobian, other: _Jacobian) -> _Jacobian:
        if not one[2]:
            return other
        if not other[2]:
            return one
        p = self.p
        (x1, y1, z1), (x2, y2, z2) = one, other
        z1z1, z2z2 = z1 * z1 % p, z2 * z2 % p
        u1, u2 = x1 * z2z2 % p, x2 * z1z1 % p
        s1, s2 = y1 * z2 * z2z2 % p, y2 * z1 * z1z1 % p
        if u1 == u2:
            return self._double(one) if s1 == s2 else _INFINITY
        h, r = (u2 - u1) % p, (s2 - s1) % p
        hh = h * h % p
        hhh, v = h * hh % p, u1 * hh % p
        x3 = (r * r - hhh - 2 * v) % p
        return x3, (r * (v - x3) - s1 * hhh) % p, z1 * z2 * h % p

    def _affine(self, point: _Jacobian) -> Point:
        x, y, z = point
        if not z:
            raise ProtocolError("card-garbled", "the chip's keys lead to the point at infinity")
        inverse = pow(z, -1, self.p)
        square = inverse * inverse % self.p
        return x * square % self.p, y * square * inverse % self.p


NIST_P256 = Curve(
    ec.SECP256R1(),
    p=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    a=-3,
    n=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
)
"""SEC 2, 2.4.2."""
BRAINPOOL_P256R1 = Curve(
    ec.BrainpoolP256R1(),
    p=0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
    a=0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
    n=0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
)
"""RFC 5639, 3.4."""
STANDARDISED = {12: NIST_P256, 13: BRAINPOOL_P256R1}
"""The curves by their number in PACEInfo (Doc 9303-11, 9.5.1)."""
