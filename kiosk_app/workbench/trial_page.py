"""A sheet that shows whether a printer prints, and is nothing else."""

from __future__ import annotations

from datetime import datetime

_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_WIDTH, _HEIGHT = 595, 842
"""A4 in points."""


def trial_page(terminal: str, at: datetime) -> bytes:
    """One A4 page (PDF 1.4, ISO 32000-1): words, a frame at the edges, a ramp of eleven greys.

    It has no number, no seal and no code: nothing that could pass for a certificate.
    """
    words = (
        ("Yimen test page", 28, 760),
        ("This sheet is no certificate and has no effect.", 14, 725),
        (f"Terminal {terminal}", 14, 690),
        (f"{at:%Y-%m-%d %H:%M:%S %Z}", 14, 668),
    )
    content = "\n".join(
        [
            *(f"BT /F1 {size} Tf 60 {y} Td ({_quoted(text)}) Tj ET" for text, size, y in words),
            f"2 w 30 30 {_WIDTH - 60} {_HEIGHT - 60} re S",
            *(f"{step / 10:.1f} g {60 + 43 * step} 560 43 60 re f" for step in range(11)),
        ]
    )
    return _file(content.encode("ascii", "replace"))


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(content: bytes) -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents 4 0 R"
        f" /Resources << /Font << /F1 {_FONT} >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(body + b"startxref\n%d\n%%%%EOF\n" % table)
