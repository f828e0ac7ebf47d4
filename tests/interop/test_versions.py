"""The version that each message has, asked for rightly and wrongly."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.interop.conftest import VERSIONS, Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")
RAW = {"data": b64encode(b"\x1b@").decode()}
READ = {"frontImage": {"imageType": "jpg"}}


@pytest.mark.parametrize(
    ("service", "command", "wrong"),
    [
        ("CardReader", "Common.Status", ("77.0", "1.0", "3.0")),
        ("CardReader", "CardReader.Reset", ("77.0", "1.0", "3.0")),
        ("Camera", "Camera.TakePicture", ("0.0", "3.0", "20.0")),
        ("DocumentPrinter", "Printer.PrintNative", ("1.0", "2.0", "4.0")),
        ("ReceiptPrinter", "Printer.PrintRaw", ("2.0",)),
        ("DocumentScanner", "Printer.ReadImage", ("2.0",)),
        ("SocialSecurityCardReader", "CardReader.ChipIO", ("2.0",)),
    ],
)
async def test_a_version_that_is_not_spoken_is_refused(
    interop: Interop, service: str, command: str, wrong: tuple[str, ...]
) -> None:
    async with interop.client(service) as client:
        for version in wrong:
            messages = await client.answer(await client.send(command, version=version))
            assert [each["header"]["type"] for each in messages] == ["acknowledge", "completion"]
            assert messages[-1]["header"]["completionCode"] == "unsupportedCommand"
            spoken = VERSIONS.get(command, "2.0")
            assert {each["header"]["version"] for each in messages} == {spoken}
            assert spoken in messages[-1]["header"]["errorDescription"]


@pytest.mark.parametrize(
    ("service", "command", "payload", "asked", "spoken"),
    [
        ("CardReader", "Common.Status", {}, {"version": "2.7"}, "2.0"),
        ("ReceiptPrinter", "Printer.PrintRaw", RAW, {"version": "3.1"}, "3.0"),
        ("DocumentScanner", "Printer.ReadImage", READ, {"version": None}, "3.0"),
    ],
)
async def test_a_minor_version_or_none_is_answered_in_ours(
    interop: Interop,
    service: str,
    command: str,
    payload: dict[str, Any],
    asked: dict[str, Any],
    spoken: str,
) -> None:
    async with interop.client(service) as client:
        messages = await client.answer(await client.send(command, payload, **asked))
        assert messages[-1]["header"]["completionCode"] == "success"
        assert {each["header"]["version"] for each in messages} == {spoken}
