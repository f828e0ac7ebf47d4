"""CardReader: chips of smart cards, and identities as an extension of ours."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel

from drivers.device import Capabilities, DeviceEvent, Status
from drivers.errors import CompletionCode
from kiosk_app.devices import GRACE_S, Slot
from kiosk_app.interop.payloads import (
    CardData,
    CardReset,
    ChipAnswer,
    ChipIo,
    ChipPower,
    Identity,
    IdentityRead,
    Nothing,
    RawData,
    ReadIdentity,
    ReadRawData,
)
from kiosk_app.interop.service import Call, Offer, Operation, Refused, said_by

_CARD_WAIT_S = 30.0
_ANY_PROTOCOL = "chipProtocolNotRequired"


class CardReader:
    """One reader's commands. ``identities``: whether its driver reads a card whole without more
    than the card."""

    def __init__(self, slot: Slot, *, identities: bool) -> None:
        self._slot = slot
        self._identities = identities

    def offer(self) -> Offer:
        """See ``Offer``."""
        commands = {
            "CardReader.ReadRawData": Operation(
                ReadRawData,
                self._read_raw,
                needs="chip_power",
                events=("InsertCardEvent", "MediaInsertedEvent"),
            ),
            "CardReader.ChipPower": Operation(ChipPower, self._chip_power, needs="chip_power"),
            "CardReader.ChipIO": Operation(ChipIo, self._chip_io, version="3.0", needs="chip_io"),
            "CardReader.Reset": Operation(CardReset, self._reset, needs="reset"),
        }
        if self._identities:
            commands["YimenIdentity.ReadIdentity"] = Operation(
                ReadIdentity, self._read_identity, needs="read_card", events=("MediaInsertedEvent",)
            )
        return Offer(
            commands,
            "card_reader",
            _status,
            _capabilities,
            unsolicited=("CardReader.MediaRemovedEvent",),
        )

    async def _read_raw(self, call: Call) -> BaseModel:
        """Wait for a card and start its chip: its answer to reset is what a chip says unasked."""
        wanted: ReadRawData = call.payload
        if not wanted.only_chip:
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "readers here have the chip alone")
        if said_by(self._slot.status(), "media") != "present":
            call.tell("InsertCardEvent", Nothing())
            await self._card(call.timeout_s or _CARD_WAIT_S)
        answer = bytes(await self._slot.call("chip_power", "cold"))
        return RawData(chip=(CardData(status="ok", data=answer),))

    async def _card(self, wait_s: float) -> None:
        """Wait until the reader tells of a card."""
        came = asyncio.Event()

        def notice(event: DeviceEvent) -> None:
            if event.name == "MediaInsertedEvent":
                came.set()

        with self._slot.listening(notice):
            if said_by(self._slot.status(), "media") != "present":
                try:
                    await asyncio.wait_for(came.wait(), wait_s)
                except TimeoutError:
                    raise Refused(CompletionCode.TIME_OUT, "no card was put in") from None

    async def _chip_power(self, call: Call) -> BaseModel:
        wanted: ChipPower = call.payload
        if wanted.chip_power != "off" and said_by(self._slot.status(), "media") == "notPresent":
            raise Refused(
                CompletionCode.COMMAND_ERROR_CODE, "no card lies on the reader", "noMedia"
            )
        answer = bytes(await self._slot.call("chip_power", wanted.chip_power))
        return ChipAnswer(chip_data=answer or None)

    async def _chip_io(self, call: Call) -> BaseModel:
        wanted: ChipIo = call.payload
        if wanted.chip_protocol not in (_ANY_PROTOCOL, *_protocols(self._slot.capabilities())):
            raise Refused(
                CompletionCode.COMMAND_ERROR_CODE,
                f"chips are not spoken to by {wanted.chip_protocol} here",
                "protocolNotSupported",
            )
        answer = bytes(await self._slot.call("chip_io", wanted.chip_data))
        return ChipAnswer(chip_protocol=wanted.chip_protocol, chip_data=answer)

    async def _reset(self, call: Call) -> BaseModel:
        wanted: CardReset = call.payload
        if wanted.to == "retain":
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "no reader here keeps cards")
        await self._slot.call("reset")
        return Nothing()

    async def _read_identity(self, call: Call) -> BaseModel:
        wanted: ReadIdentity = call.payload
        wait_s = wanted.wait / 1000
        record = await self._slot.call("read_card", wait_s, deadline_s=wait_s + 2 * GRACE_S)
        return IdentityRead(identity=Identity.model_validate(record))


def _status(status: Status) -> dict[str, Any]:
    words = {"media": said_by(status, "media"), "security": _security(status)}
    return {name: word for name, word in words.items() if word is not None}


def _security(status: Status) -> str | None:
    word = said_by(status, "security")
    return word if word in ("ready", "notReady", "open") else None


def _protocols(known: Capabilities) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(known, "chip_protocols", ())
    return found


def _capabilities(known: Capabilities) -> dict[str, Any]:
    protocols = _protocols(known)
    contactless = any(each.startswith("chipType") for each in protocols)
    return {
        "type": "contactless" if contactless else "dip",
        "chipProtocols": dict.fromkeys(protocols, True),
    }
