"""The Google Pinyin decoder in a process of its own, one line in and one line out.

The decoder (Debian ``libgooglepinyin0``) is C++ with one global state, learns into a file, and
ends its process by an assertion on inputs such as thirty-two times ``a``. Here it can do none of
that harm: its user dictionary lies in memory without a name, and its end is the end of this
process alone. Started with ``-I -S``; uses the standard library only.

Lines: letters in; candidates out, separated by tabs. The first line out is ``ready``.
"""

from __future__ import annotations

import ctypes
import os
import sys

LIBRARY = "libgooglepinyin.so.0"
CANDIDATES = 40
_LONGEST = 64
"""UTF-16 units of one candidate; the decoder's rows hold 40 letters."""


class Decoder:
    """The C interface of ``pinyinime.h``. Raises ``OSError`` when it cannot be loaded."""

    def __init__(self, dictionary: str) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._library.im_open_decoder.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
        self._library.im_open_decoder.restype = ctypes.c_bool
        self._library.im_search.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
        self._library.im_search.restype = ctypes.c_size_t
        self._library.im_get_candidate.argtypes = (
            ctypes.c_size_t,
            ctypes.POINTER(ctypes.c_uint16),
            ctypes.c_size_t,
        )
        self._library.im_get_candidate.restype = ctypes.c_void_p
        self._library.im_reset_search.restype = None
        self._text = (ctypes.c_uint16 * _LONGEST)()
        user_dictionary = f"/proc/self/fd/{os.memfd_create('user-dictionary')}"
        if not self._library.im_open_decoder(dictionary.encode(), user_dictionary.encode()):
            raise OSError(f"{dictionary} is no dictionary of the decoder")

    def candidates(self, letters: bytes) -> list[str]:
        """What the decoder makes of the letters, best first."""
        self._library.im_reset_search()
        found = self._library.im_search(letters, len(letters))
        return [self._candidate(index) for index in range(min(found, CANDIDATES))]

    def _candidate(self, index: int) -> str:
        if not self._library.im_get_candidate(index, self._text, _LONGEST):
            return ""
        return bytes(self._text).decode("utf-16-le", "ignore").split("\0", 1)[0]


def main() -> None:
    """Answer lines until the input ends."""
    decoder = Decoder(sys.argv[1])
    out = sys.stdout.buffer
    out.write(b"ready\n")
    out.flush()
    for line in sys.stdin.buffer:
        out.write("\t".join(decoder.candidates(line.strip())).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
