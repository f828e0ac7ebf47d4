"""Questions, one a screen, with a way back through them; and a signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from kiosk_app.answers import Chosen, Signed
from kiosk_app.desk.core import DeskBase
from kiosk_app.forms.signature import Signature
from kiosk_app.journey import WentBack
from kiosk_app.screens import Choose, Option, Sign
from kiosk_app.texts import Text


async def choose(
    desk: DeskBase,
    title: Text,
    options: Sequence[Option],
    *,
    lead: Text | None = None,
    multiple: bool = False,
    confirm: Text | None = None,
) -> tuple[str, ...]:
    """Ask one question; returns the values chosen, one or more. Raises ``WentBack``."""
    answer = await desk.journey.ask(
        Choose(
            title=title,
            lead=lead,
            steps=desk.steps,
            options=tuple(options),
            multiple=multiple,
            confirm=confirm,
            can_go_back=True,
        )
    )
    if not isinstance(answer, Chosen):
        raise TypeError(f"no answer of that kind belongs to choose: {type(answer).__name__}")
    return answer.values


async def sign(desk: DeskBase, title: Text, lead: Text) -> Signature:
    """Have the citizen sign on the screen; ``lead`` says what is signed. Raises ``WentBack``."""
    screen = Sign(
        title=title,
        lead=lead,
        steps=desk.steps,
        clear=desk.say("sign.clear"),
        confirm=desk.say("sign.confirm"),
        can_go_back=True,
    )
    while True:
        answer = await desk.journey.ask(screen)
        if not isinstance(answer, Signed):
            raise TypeError(f"no answer of that kind belongs to sign: {type(answer).__name__}")
        signature = Signature.of(answer)
        if signature.written:
            return signature
        screen = screen.model_copy(update={"lead": desk.say("sign.too-short")})


async def in_turn(
    questions: Sequence[Callable[[], Awaitable[None]]], *, from_last: bool = False
) -> None:
    """Ask each question after the other; "back" leads to the one before.

    ``from_last``: all were answered, and the citizen comes back to the last of them.

    Raises ``WentBack`` when the citizen goes back from the first. A question that asked nothing
    must not be in the list, or "back" would bounce off it.
    """
    at = len(questions) - 1 if from_last else 0
    while at < len(questions):
        try:
            await questions[at]()
        except WentBack:
            if at == 0:
                raise
            at -= 1
        else:
            at += 1
