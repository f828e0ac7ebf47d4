"""Seals drawn for a hall."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from kiosk_app.documents.errors import DocumentError
from kiosk_app.documents.seal import draw_seal
from tests.documents.samples import CONFIG

SHIPPED = CONFIG / "services/no-housing-certificate/seal.svg"


@pytest.mark.parametrize(
    "svg",
    [SHIPPED.read_bytes(), draw_seal(CONFIG, "揭阳市榕城区不动产登记中心", "自助终端专用章")],
    ids=["shipped", "drawn"],
)
def test_a_seal_is_outlines_alone(svg: bytes) -> None:
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert "path" in names
    assert not names & {"text", "tspan", "image", "style", "script", "foreignObject"}


def test_bodies_differ() -> None:
    first, second = (draw_seal(CONFIG, body, "专用章") for body in ("甲中心", "乙中心"))
    assert first != second


def test_refuses_a_body_of_one_letter() -> None:
    with pytest.raises(DocumentError):
        draw_seal(CONFIG, "甲", "专用章")
