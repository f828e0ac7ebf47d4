"""The desk as procedures see it: everything that they may ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from kiosk_app.catalogue.certificates import IdentityRule
from kiosk_app.desk import identify as _identify
from kiosk_app.desk import papers as _papers
from kiosk_app.desk import questions as _questions
from kiosk_app.forms.signature import Signature
from kiosk_app.people import Person
from kiosk_app.screens import Option, Way
from kiosk_app.texts import Text


class Desk(_papers.PaperDesk):
    """Everything a procedure may ask for."""

    async def identify(
        self, rule: IdentityRule, *, title: Text | None = None, ways: tuple[Way, ...] = ()
    ) -> Person:
        """Who stands here, by a card that the rule accepts. See ``desk.identify``."""
        with self.timed("identify"):
            return await _identify.identify(self, rule, title=title, ways=ways)

    async def choose(
        self,
        title: Text,
        options: Sequence[Option],
        *,
        lead: Text | None = None,
        multiple: bool = False,
        confirm: Text | None = None,
    ) -> tuple[str, ...]:
        """Ask one question with options. See ``desk.questions``."""
        return await _questions.choose(
            self, title, options, lead=lead, multiple=multiple, confirm=confirm
        )

    async def sign(self, title: Text, lead: Text) -> Signature:
        """Have the citizen sign on the screen. See ``desk.questions``."""
        return await _questions.sign(self, title, lead)

    async def in_turn(
        self, questions: Sequence[Callable[[], Awaitable[None]]], *, from_last: bool = False
    ) -> None:
        """Ask several questions, with a way back through them."""
        await _questions.in_turn(questions, from_last=from_last)
