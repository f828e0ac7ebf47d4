"""Passwords and one-time codes: argon2id (RFC 9106) and TOTP (RFC 6238)."""

from __future__ import annotations

import hmac
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 128
STEP_S = 30
"""RFC 6238: the time step of a code."""
_DRIFT = 1
"""Steps that a telephone's clock may be early or late (RFC 6238 section 5.2)."""
ISSUER = "Yimen"


class PasswordTooWeak(ValueError):
    """The message says what a password must be."""


def check_strength(name: str, password: str) -> None:
    """Raise ``PasswordTooWeak`` for a password that must not be taken."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(f"a password has {SHORTEST} to {LONGEST} characters")
    if name.lower() in password.lower():
        raise PasswordTooWeak("a password must not hold the account's name")
    if len(set(password)) < 5:
        raise PasswordTooWeak("a password needs at least five different characters")


def hash_password(password: str) -> str:
    """The argon2id hash, in the PHC string format."""
    return _hasher().hash(password)


def password_fits(hashed: str | None, password: str) -> bool:
    """Whether a password belongs to a hash. Takes as long when there is no such account."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(hashed or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def new_secret() -> str:
    """A TOTP secret, base 32."""
    import pyotp

    return pyotp.random_base32()


def otpauth(name: str, secret: str, place: str) -> str:
    """The address that an authenticator scans (Key Uri Format)."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=f"{name}@{place}", issuer_name=ISSUER)


def matching_step(secret: str | None, code: str, now: float) -> int | None:
    """The time step that a code belongs to, one early or late allowed; ``None`` for none.

    Takes as long when there is no such account.
    """
    import pyotp

    totp = pyotp.TOTP(secret or _NOBODYS_SECRET)
    found: int | None = None
    for step in range(int(now) // STEP_S - _DRIFT, int(now) // STEP_S + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found if secret is not None else None


_NOBODYS_SECRET = "A" * 32


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # 19 MiB, two passes, one lane: OWASP's least, since the whole service is to stay below 120 MiB.
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return hash_password("the password of nobody")
