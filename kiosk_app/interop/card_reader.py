"""CardReader: chips of smart cards, and identities as an extension of ours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from drivers.device import Capabilities, DeviceState, Status
from drivers.errors import CompletionCode
from drivers.travel_document.contract import CardAccessNumber, ChipKey, TravelDocumentRecord
from drivers.travel_document.mrz import KeyInvalid, key_typed
from drivers.travel_document.mrz_text import key_in
from kiosk_app.devices import GRACE_S, TRAVEL, Slot
from kiosk_app.interop.capabilities import (
    CardReaderCapabilities,
    ChipPowerActions,
    ClassCapabilities,
)
from kiosk_app.interop.operations import Call, Offer, Operation, Refused
from kiosk_app.interop.payloads import (
    CardData,
    CardPosition,
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
    ReadTravelDocument,
)
from kiosk_app.interop.status import CardReaderStatus, ClassStatus, said_by

_CARD_WAIT_S = 30.0
_ANY_PROTOCOL = "chipProtocolNotRequired"


class CardReader:
    """One reader's commands. ``identities``: whether it may be asked for identities, whole or by
    commands to a card's chip, which an administrator allows apart."""

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
                personal=True,
            ),
            "CardReader.ChipPower": Operation(
                ChipPower, self._chip_power, needs="chip_power", personal=True
            ),
            "CardReader.ChipIO": Operation(
                ChipIo,
                self._chip_io,
                needs="chip_io",
                allowed=self._identities,
                personal=True,
                dialogue=True,
            ),
            "YimenIdentity.ReadIdentity": self._identity(),
            "CardReader.Reset": Operation(CardReset, self._reset, needs="reset"),
        }
        return Offer(
            commands,
            _status,
            self._capabilities,
            unsolicited=lambda known: (
                "CardReader.MediaRemovedEvent",
                "CardReader.MediaDetectedEvent",
            ),
        )

    def _identity(self) -> Operation:
        events = ("MediaInsertedEvent",)
        if self._slot.role == TRAVEL:
            return Operation(
                ReadTravelDocument,
                self._read_document,
                needs="read_document",
                allowed=self._identities,
                events=events,
                personal=True,
            )
        return Operation(
            ReadIdentity,
            self._read_identity,
            needs="read_card",
            allowed=self._identities,
            events=events,
            personal=True,
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
        return RawData(chip=(CardData(data=answer),))

    async def _card(self, wait_s: float) -> None:
        """Wait until the reader tells of a card. Raises ``Refused`` when none comes, or the
        reader goes."""
        told = asyncio.Event()
        with self._slot.listening(lambda event: told.set()):
            try:
                async with asyncio.timeout(wait_s):
                    while said_by(self._slot.status(), "media") != "present":
                        if self._slot.status().device.value != DeviceState.ONLINE:
                            raise Refused(CompletionCode.DEVICE_NOT_READY, "the reader is away")
                        await told.wait()
                        told.clear()
            except TimeoutError:
                raise Refused(CompletionCode.TIME_OUT, "no card was put in") from None

    async def _chip_power(self, call: Call) -> BaseModel:
        wanted: ChipPower = call.payload
        if wanted.chip_power != "off":
            self._need_card()
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
        self._need_card()
        answer = bytes(await self._slot.call("chip_io", wanted.chip_data))
        return ChipAnswer(chip_protocol=wanted.chip_protocol, chip_data=answer)

    def _need_card(self) -> None:
        if said_by(self._slot.status(), "media") == "notPresent":
            raise Refused(
                CompletionCode.COMMAND_ERROR_CODE, "no card lies on the reader", "noMedia"
            )

    async def _reset(self, call: Call) -> BaseModel:
        wanted: CardReset = call.payload
        if wanted.to == "retain":
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "no reader here keeps cards")
        await self._slot.call("reset")
        if said_by(self._slot.status(), "media") == "present":
            call.announce("MediaDetectedEvent", CardPosition())
        return Nothing()

    async def _read_identity(self, call: Call) -> BaseModel:
        wanted: ReadIdentity = call.payload
        wait_s = wanted.wait / 1000
        record = await self._slot.call("read_card", wait_s, deadline_s=wait_s + 2 * GRACE_S)
        return IdentityRead(identity=Identity.model_validate(record))

    async def _read_document(self, call: Call) -> BaseModel:
        wanted: ReadTravelDocument = call.payload
        wait_s = wanted.wait / 1000
        key = _key(wanted)
        record: TravelDocumentRecord = await self._slot.call(
            "read_document", key, wait_s, deadline_s=wait_s + 2 * GRACE_S
        )
        return IdentityRead(identity=_of_document(record))

    def _capabilities(self, known: Capabilities) -> ClassCapabilities:
        protocols = _protocols(known)
        contactless = any(each.startswith("chipType") for each in protocols)
        powers = "chip_power" in self._slot.commands()
        return ClassCapabilities(
            card_reader=CardReaderCapabilities(
                type="contactless" if contactless else "dip",
                chip_protocols=dict.fromkeys(protocols, True),
                chip_power=ChipPowerActions() if powers else None,
            )
        )


def _key(wanted: ReadTravelDocument) -> ChipKey:
    """What opens the document. Raises ``Refused`` without repeating what was sent."""
    if wanted.card_access_number is not None:
        return CardAccessNumber(wanted.card_access_number)
    try:
        if wanted.entries is not None:
            return key_typed(*wanted.entries)
    except KeyInvalid as problem:
        raise Refused(CompletionCode.INVALID_DATA, f"wrong: {problem.code}") from None
    found = key_in(wanted.mrz or "", datetime.now(UTC).date())
    if found is None:
        raise Refused(CompletionCode.INVALID_DATA, "wrong: mrz")
    return found


def _of_document(record: TravelDocumentRecord) -> Identity:
    """A travel document in the words of ``Identity``."""
    latin = f"{record.surname} {record.given_names}".strip()
    return Identity(
        kind=record.kind,
        authenticity=record.authenticity,
        access=record.access,
        name=record.name,
        foreign_name=latin,
        sex=record.sex,
        birth=record.birth,
        nationality=record.nationality,
        issuer=record.issuer,
        document_number=record.number,
        valid_to=record.expiry,
        photo_png=record.photo_png,
    )


def _status(status: Status, known: Capabilities) -> ClassStatus:
    return ClassStatus(
        card_reader=CardReaderStatus(media=said_by(status, "media"), security=_security(status))
    )


def _security(status: Status) -> Any:
    """A module that is ready is open in the words of XFS4IoT; silence is no word."""
    word = said_by(status, "security")
    return {"ready": "open", "open": "open", "notReady": "notReady"}.get(word or "")


def _protocols(known: Capabilities) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(known, "chip_protocols", ())
    return found
