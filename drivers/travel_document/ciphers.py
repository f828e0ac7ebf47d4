"""Keys, encryption and checksums of travel documents (ICAO Doc 9303-11, 9.7 and 9.8).

3DES here is the two-key form in CBC with a start of zeros, its checksum the retail MAC
(ISO/IEC 9797-1 algorithm 3). AES is CBC with the encrypted counter for a start, its checksum CMAC
cut to eight bytes. Data are padded by ISO/IEC 9797-1 method 2 throughout.
"""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from enum import IntEnum
from typing import ClassVar

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

MAC_LENGTH = 8
_ODD_PARITY = bytes(value & 0xFE | ((value >> 1).bit_count() + 1) % 2 for value in range(256))


class Purpose(IntEnum):
    """The counter of the key derivation (Doc 9303-11, 9.7.1)."""

    ENCRYPTION = 1
    MAC = 2
    PASSWORD = 3
    """Kπ of PACE."""


class Suite(ABC):
    """One kind of cipher with its key for encryption and its key for checksums."""

    block: ClassVar[int]
    """Bytes of a block, and of the send sequence counter."""

    def __init__(self, encryption_key: bytes, mac_key: bytes) -> None:
        self.encryption_key = encryption_key
        self.mac_key = mac_key

    @abstractmethod
    def encrypt(self, data: bytes, counter: bytes) -> bytes:
        """Encrypt whole blocks. ``counter``: the send sequence counter, which AES starts from."""

    @abstractmethod
    def decrypt(self, data: bytes, counter: bytes) -> bytes:
        """Undo ``encrypt``."""

    @abstractmethod
    def mac(self, data: bytes) -> bytes:
        """The checksum of eight bytes of data of any length, unpadded for PACE's tokens and
        padded by the caller for secure messaging (``pad``)."""

    def pad(self, data: bytes) -> bytes:
        """80 and zeros up to a whole block."""
        return data + b"\x80" + bytes(-(len(data) + 1) % self.block)


class TripleDesSuite(Suite):
    """3DES in CBC with the retail MAC."""

    block = 8

    def __init__(self, encryption_key: bytes, mac_key: bytes) -> None:
        super().__init__(encryption_key, mac_key)
        self._cipher = Cipher(_two_key(encryption_key), CBC(bytes(8)))
        self._threads = threading.local()

    def encrypt(self, data: bytes, counter: bytes) -> bytes:
        """See ``Suite.encrypt``; the counter is not used."""
        return self._cipher.encryptor().update(data)

    def decrypt(self, data: bytes, counter: bytes) -> bytes:
        """See ``Suite.decrypt``; the counter is not used."""
        return self._cipher.decryptor().update(data)

    def mac(self, data: bytes) -> bytes:
        """See ``Suite.mac``: single DES over all but the last block, 3DES over that one."""
        chain, last = self._mac_contexts()
        before = chain.update(data[:-8])[-8:]
        return last.update(_xor(before, data[-8:]) if before else data[-8:])

    def _mac_contexts(self) -> tuple[_DesChain, CipherContext]:
        """Kept from one checksum to the next, as to make them costs more than a short one does;
        for each thread its own, as two may be reckoned at once."""
        try:
            found: tuple[_DesChain, CipherContext] = self._threads.mac
        except AttributeError:
            key = _two_key(self.mac_key)
            one_block = Cipher(key, ECB())  # noqa: S305 - the last block, by the standard
            found = self._threads.mac = (_DesChain(self.mac_key[:8]), one_block.encryptor())
        return found


class _DesChain:
    """Single DES in CBC from a start of zeros, for message after message by one context."""

    def __init__(self, key: bytes) -> None:
        self._context = Cipher(TripleDES(key * 3), CBC(bytes(8))).encryptor()
        self._carried = bytes(8)

    def update(self, data: bytes) -> bytes:
        """Encrypt whole blocks. What the context carries over from the message before is taken
        back out of the first one."""
        if not data:
            return b""
        encrypted = self._context.update(_xor(data[:8], self._carried) + data[8:])
        self._carried = encrypted[-8:]
        return encrypted


class AesSuite(Suite):
    """AES in CBC with CMAC."""

    block = 16

    def encrypt(self, data: bytes, counter: bytes) -> bytes:
        """See ``Suite.encrypt``."""
        return Cipher(AES(self.encryption_key), self._start(counter)).encryptor().update(data)

    def decrypt(self, data: bytes, counter: bytes) -> bytes:
        """See ``Suite.decrypt``."""
        return Cipher(AES(self.encryption_key), self._start(counter)).decryptor().update(data)

    def mac(self, data: bytes) -> bytes:
        """See ``Suite.mac``."""
        checksum = CMAC(AES(self.mac_key))
        checksum.update(data)
        return checksum.finalize()[:MAC_LENGTH]

    def _start(self, counter: bytes) -> CBC:
        one_block = Cipher(AES(self.encryption_key), ECB())  # noqa: S305 - Doc 9303-11, 9.8.7.1
        return CBC(one_block.encryptor().update(counter))


class CipherKind(IntEnum):
    """What a protocol's name says of its cipher; the value is the last arc of its OID
    (BSI TR-03110-3, A.1.1.1)."""

    TRIPLE_DES = 1
    AES_128 = 2
    AES_192 = 3
    AES_256 = 4

    def derive(self, secret: bytes, purpose: Purpose) -> bytes:
        """A key of a shared secret (Doc 9303-11, 9.7.1)."""
        counted = secret + purpose.to_bytes(4, "big")
        if self is CipherKind.TRIPLE_DES:
            return hashlib.sha1(counted, usedforsecurity=False).digest()[:16].translate(_ODD_PARITY)
        if self is CipherKind.AES_128:
            return hashlib.sha1(counted, usedforsecurity=False).digest()[:16]
        return hashlib.sha256(counted).digest()[: 24 if self is CipherKind.AES_192 else 32]

    def suite(self, secret: bytes) -> Suite:
        """The cipher with the session keys of a shared secret."""
        kind = TripleDesSuite if self is CipherKind.TRIPLE_DES else AesSuite
        return kind(self.derive(secret, Purpose.ENCRYPTION), self.derive(secret, Purpose.MAC))

    def decrypt_nonce(self, password_key: bytes, nonce: bytes) -> bytes:
        """PACE's nonce under Kπ, with a start of zeros (Doc 9303-11, 4.4.3.3). ``ValueError`` when
        it is no whole number of blocks."""
        return self._nonce_cipher(password_key).decryptor().update(nonce)

    def encrypt_nonce(self, password_key: bytes, nonce: bytes) -> bytes:
        """Undo ``decrypt_nonce``."""
        return self._nonce_cipher(password_key).encryptor().update(nonce)

    def _nonce_cipher(self, key: bytes) -> Cipher[CBC]:
        if self is CipherKind.TRIPLE_DES:
            return Cipher(_two_key(key), CBC(bytes(8)))
        return Cipher(AES(key), CBC(bytes(16)))


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(8, "big")


def _two_key(key: bytes) -> TripleDES:
    return TripleDES(key + key[:8])
