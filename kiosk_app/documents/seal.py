"""Draw the round seal of an issuing body, once for each service.

    python -m kiosk_app.documents.seal BODY USE > seal.svg

``BODY`` runs along the rim (普宁市不动产登记中心), ``USE`` stands below the star
(自助终端专用章). The letters are outlines, so the SVG looks the same on any machine. A hall that
has a picture of its own seal puts that in its place.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk_app.documents.press import Press

TEMPLATE = Path("documents/seal.typ")


def draw_seal(config: Path, body: str, use: str) -> bytes:
    """The seal as SVG, 42 mm wide. Raises ``DocumentError``."""
    return Press(config).drawing(TEMPLATE, {"body": body, "use": use})


if __name__ == "__main__":
    shipped = Path(__file__).parents[2] / "config"
    sys.stdout.buffer.write(draw_seal(shipped, *sys.argv[1:3]))
