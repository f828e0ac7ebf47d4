"""The document camera's driver against the virtual one, over its real wire."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pypdf
import pytest

from drivers.camera.contract import PictureState
from drivers.camera.settings import CameraSettings
from drivers.code_scanner.contract import Symbology
from drivers.device import DeviceState
from drivers.document_camera.opencv import DocumentCameraSettings, OpenCvDocumentCamera
from drivers.errors import DeviceError, DeviceNotReady, HardwareFault, UserFault
from drivers.registry import driver_class
from drivers.virtual.document_camera import VirtualDocumentCamera
from tests.drivers.hosted import eventually, put_right, started

CODE = "https://example.test/verify?c=445281"
PATIENCE_S = 10.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualDocumentCamera]:
    yield from started(VirtualDocumentCamera(tmp_path_factory.mktemp("document-camera")))


@pytest.fixture
def peer(running: VirtualDocumentCamera) -> Iterator[VirtualDocumentCamera]:
    yield from put_right(running)


@pytest.fixture
def driver(peer: VirtualDocumentCamera) -> Iterator[OpenCvDocumentCamera]:
    camera = OpenCvDocumentCamera(peer.settings, lambda _: None)
    reopen(camera)
    yield camera
    camera.close()


def reopen(camera: OpenCvDocumentCamera) -> None:
    """Open as the host does: again and again."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            camera.open()
        except DeviceNotReady:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def test_the_registry_leads_here_and_the_class_is_its_own() -> None:
    assert driver_class("document-camera") is OpenCvDocumentCamera
    assert OpenCvDocumentCamera.device_class == "document-camera"


def test_a_desk_has_no_settings_of_people_and_nobody_is_looked_for(
    driver: OpenCvDocumentCamera,
) -> None:
    ours, portrait = DocumentCameraSettings.model_fields, CameraSettings.model_fields
    assert portrait.keys() - ours.keys() == {"presence_hold_s"}
    assert ours.keys() <= portrait.keys()
    assert driver.status().faces.value is None


def test_pages_become_a_document(peer: VirtualDocumentCamera, driver: OpenCvDocumentCamera) -> None:
    page = driver.scan_page()
    assert (page.width, page.height, page.dpi) == (2480, 3508, 300)
    small = driver.scan_page(upload=True)
    assert (small.width, small.height, small.dpi) == (1240, 1754, 150)
    assert len(small.jpeg) <= 500_000
    peer.act("place", {"page": 2})
    document = driver.scan_document([small.jpeg], dpi=150)
    assert (document.pages, document.last.dpi) == (2, 150)
    assert driver.scan_document([small.jpeg, document.last.jpeg], dpi=72).pages == 3
    assert len(pypdf.PdfReader(io.BytesIO(document.pdf)).pages) == 2


def test_codes_on_a_page_are_read(
    peer: VirtualDocumentCamera, driver: OpenCvDocumentCamera
) -> None:
    peer.act("place", {"page": 1, "code": CODE})
    (code,) = driver.read_codes()
    assert (code.symbology, code.text) == (Symbology.QR_CODE, CODE)
    assert driver.read_codes(["code128"]) == ()


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("document-camera-no-page", UserFault, "page-not-found"),
        ("document-camera-blurred", UserFault, "page-blurred"),
        ("document-camera-black", HardwareFault, "camera-black"),
    ],
)
def test_each_fault_is_told_and_passes(
    peer: VirtualDocumentCamera,
    driver: OpenCvDocumentCamera,
    fault: str,
    kind: type[DeviceError],
    code: str,
) -> None:
    peer.set_fault(fault, on=True)
    black = fault.endswith("black")
    eventually(lambda: (driver.status().picture.value is PictureState.BLACK) == black)
    with pytest.raises(kind) as caught:
        driver.scan_page(dpi=150)
    assert caught.value.code == code
    peer.set_fault(fault, on=False)
    assert driver.scan_page(dpi=150).width == 1240


def test_unplugged_and_plugged_in_again(
    peer: VirtualDocumentCamera, driver: OpenCvDocumentCamera
) -> None:
    peer.set_fault("document-camera-unplugged", on=True)
    with pytest.raises(DeviceNotReady, match="camera-absent"):
        driver.scan_page()
    driver.close()
    with pytest.raises(DeviceNotReady, match="camera-absent"):
        driver.open()
    assert driver.status().device.value is DeviceState.NO_DEVICE
    peer.set_fault("document-camera-unplugged", on=False)
    reopen(driver)
    assert driver.scan_page(dpi=150).height == 1754


def test_the_self_test_looks_for_a_page(
    peer: VirtualDocumentCamera, driver: OpenCvDocumentCamera
) -> None:
    eventually(lambda: driver.status().picture.value is PictureState.OK)
    values = driver.self_test().values
    assert (values["page"], values["width"]) == ("found", 2592)
    peer.act("remove", {})
    assert peer.state()["page"] is None
    assert driver.self_test().values["page"] == "page-not-found"
    peer.act("place", {"page": 1})


def test_each_document_of_the_drawer_can_be_laid_there(peer: VirtualDocumentCamera) -> None:
    drawer = peer.state()["documents"]
    assert drawer
    assert [{"document": peer.act("place", each)["document"]} for each in drawer] == drawer
    peer.act("place", {"page": 1})


def test_senseless_acts_are_refused(peer: VirtualDocumentCamera) -> None:
    for arguments in ({"page": 0}, {"page": "one"}, {"page": 1, "code": 5}):
        with pytest.raises(ValueError, match="ha"):
            peer.act("place", arguments)
    with pytest.raises(KeyError):
        peer.act("burn", {})
    with pytest.raises(KeyError):
        peer.set_fault("camera-black", on=True)
