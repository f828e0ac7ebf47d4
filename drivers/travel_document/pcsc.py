"""ICAO travel documents on a PC/SC reader: passports, home-return permits, Taiwan passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import Field

from drivers.device import DeviceEvent, SelfTest, command
from drivers.errors import ProtocolError
from drivers.smart_card.pcsc_channel import PcscChannel
from drivers.smart_card.settings import PcscSettings
from drivers.smart_card.slot_reader import LONGEST_WAIT_S, SlotDriver
from drivers.travel_document import reading
from drivers.travel_document.contract import (
    ChipKey,
    TravelDocumentReaderCapabilities,
    TravelDocumentReaderStatus,
    TravelDocumentRecord,
)
from drivers.travel_document.contract import TravelDocumentReader as TravelDocumentDriver
from drivers.travel_document.mask import TravelDocumentMask
from drivers.travel_document.reading import Document
from drivers.travel_document.trust import TrustStore

_BROKE_OFF = "card-garbled"


class TravelDocumentSettings(PcscSettings):
    """A PC/SC reader that travel documents are laid on."""

    certificates: Path | None = Field(
        default=None,
        title="Country certificates",
        description="A folder of country signing certificates (.cer, .crt, .der, .pem) and of "
        "their lists of what was revoked (.crl). Without one a document is checked for changes, "
        "and not for who signed it.",
    )
    extended_length: bool = Field(
        default=True,
        title="Long answers",
        description="Read in large pieces where the chip allows it. Switched off, a reader that "
        "cannot carry them need not be asked first.",
    )


class TravelDocumentReader(SlotDriver, TravelDocumentDriver):
    """See the module. The store of certificates is read when the reader is opened."""

    settings_type = TravelDocumentSettings

    def __init__(
        self, settings: TravelDocumentSettings, emit: Callable[[DeviceEvent], None]
    ) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._store = TrustStore()

    def open(self) -> None:
        """See ``Driver.open``."""
        super().open()
        self._store = TrustStore.load(self._settings.certificates)

    def status(self) -> TravelDocumentReaderStatus:
        """See ``Driver.status``."""
        return TravelDocumentReaderStatus(self._slot.device, self._slot.media)

    def capabilities(self) -> TravelDocumentReaderCapabilities:
        """See ``Driver.capabilities``."""
        return TravelDocumentReaderCapabilities(
            model=self._slot.name,
            certificates=len(self._store),
            revocation_lists=len(self._store.revoked),
        )

    def new_mask(self) -> TravelDocumentMask:
        """See ``Recordable.new_mask``."""
        return TravelDocumentMask()

    @command(deadline_s=LONGEST_WAIT_S + 120)
    def read_document(self, key: ChipKey, wait_s: float) -> TravelDocumentRecord:
        """See the contract."""
        self._power_off()
        self._slot.await_card(wait_s, self.cancellation)
        with self._slot.connect() as channel:
            document = channel.converse(lambda: self._read(channel, key))
        return reading.judged_record(document, key, self._store)

    @command(deadline_s=30.0)
    def self_test(self) -> SelfTest:
        """See the contract."""
        tried = super().self_test()
        wrong = {
            "certificates_unusable": self._store.unusable,
            "revocation_lists_stale": self._store.stale(),
        }
        values = {
            **tried.values,
            "certificates": len(self._store),
            "revocation_lists": len(self._store.revoked),
            **wrong,
        }
        return SelfTest(tried.ok and not any(wrong.values()), values)

    def _read(self, channel: PcscChannel, key: ChipKey) -> Document:
        """Read with long answers, and once more with short ones where that broke off: not every
        reader carries what the chip behind it allows."""
        transmit = self._watched(channel)
        if self._settings.extended_length:
            try:
                return reading.read_document(reading.open_chip(transmit, key))
            except ProtocolError as error:
                if error.code != _BROKE_OFF:
                    raise
            channel.reset()
        return reading.read_document(reading.open_chip(transmit, key, extended=False))

    def _watched(self, channel: PcscChannel) -> reading.Transmit:
        """The channel, given up between two commands when the caller has gone."""

        def transmit(command: bytes) -> bytes:
            self.cancellation.check()
            return channel.transmit(command)

        return transmit
