"""An address that a driver would ignore is refused: a version that changes nothing real must not be
proved by a device that was well anyway."""

from __future__ import annotations

import pytest

from kiosk_app.settings import DeviceBinding
from kiosk_app.workbench.catalogue import DriverCatalogue, SettingsRefused


@pytest.mark.parametrize("uri", ["", "nothing", "ipp://elsewhere.example/ipp/print"])
async def test_only_a_real_document_printer_is_bound_by_its_address(uri: str) -> None:
    binding = DeviceBinding(driver="lights", settings={"port": "/dev/null"}, uri=uri)
    with pytest.raises(SettingsRefused) as caught:
        await DriverCatalogue().checked("lights", binding, virtual=False)
    assert [place.field for place in caught.value.places] == ["uri"]


async def test_a_document_printer_needs_one() -> None:
    with pytest.raises(SettingsRefused) as caught:
        await DriverCatalogue().checked(
            "document-printer", DeviceBinding(driver="cups"), virtual=False
        )
    assert [place.field for place in caught.value.places] == ["uri"]
