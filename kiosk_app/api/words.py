"""What the citizen types, understood: services by any wording, characters for Pinyin.

Both are built when first asked for, since neither is needed for the first screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from kiosk_app.catalogue.services import Service

if TYPE_CHECKING:
    from kiosk_app.catalogue.search import ServiceIndex
    from kiosk_app.forms.pinyin import Pinyin

log = structlog.get_logger(__name__)


class Words:
    """Search and input for one terminal."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services

    async def services(self, text: str) -> list[str]:
        """Services that fit, best first."""
        return await asyncio.to_thread(lambda: self._index.find(text))

    async def candidates(self, pinyin: str) -> list[str]:
        """Characters for Pinyin, best first; none where the machine has no input method."""
        return await asyncio.to_thread(self._candidates, pinyin)

    def forget(self) -> None:
        """Forget what was typed."""
        if "_input" in self.__dict__:
            self._input.forget()

    def _candidates(self, pinyin: str) -> list[str]:
        from kiosk_app.forms.pinyin import PinyinUnavailable

        try:
            return self._input.candidates(pinyin)
        except PinyinUnavailable:
            log.warning("no input method")
            return []

    @cached_property
    def _index(self) -> ServiceIndex:
        from kiosk_app.catalogue.search import Entry, ServiceIndex
        from kiosk_app.forms.romanise import RomaniseError

        index = ServiceIndex.build(
            Entry(
                id=service.id,
                titles=(service.title.zh, service.title.en),
                aliases=service.aliases,
                body=service.texts["detail"].zh,
            )
            for service in self._services.values()
        )
        try:
            index.add_pinyin()
        except RomaniseError:
            log.warning("services are not found by Pinyin")
        return index

    @cached_property
    def _input(self) -> Pinyin:
        from kiosk_app.forms.lexicon import Lexicon
        from kiosk_app.forms.pinyin import Pinyin

        return Pinyin(Lexicon())
