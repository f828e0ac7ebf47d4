"""The key of a travel document, entered by the citizen."""

from __future__ import annotations

from datetime import date

from drivers.errors import DeviceError
from drivers.travel_document.contract import MrzKey
from drivers.travel_document.mrz import KeyInvalid, key_typed
from kiosk_app.answers import DocumentEntered, Go
from kiosk_app.desk.core import DeskBase
from kiosk_app.desk.ways_in import can_read_pages
from kiosk_app.screens import EnterDocument, Way
from kiosk_app.texts import Text

BY_LIGHT = "read-page"
"""The way to have the key read off the data page by the document camera."""


class OtherWay(Exception):
    """The citizen chose another way than the one that is waited for (``by-consent``, ``skip``)."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


async def enter_key(
    desk: DeskBase, lead: Text, problem: Text | None, ways: tuple[Way, ...]
) -> MrzKey:
    """What opens the chip, as it stands on the data page: typed, or read by the document camera.

    ``lead``: what it is needed for; ``problem``: what was wrong with the key before; ``ways``:
    others than to enter it. Raises ``OtherWay`` for them, and ``WentBack``.
    """
    by_light = (desk.way(BY_LIGHT),) if can_read_pages(desk.parts.devices) else ()
    screen = EnterDocument(
        title=desk.say("document.title"),
        lead=lead,
        steps=desk.steps,
        problem=problem,
        problem_field="number" if problem else None,
        ways=(*by_light, *ways),
        confirm=desk.say("document.confirm"),
        can_go_back=True,
    )
    while True:
        answer = await desk.journey.ask(screen)
        if isinstance(answer, Go):
            if answer.way != BY_LIGHT:
                raise OtherWay(answer.way)
            screen = await _read_page(desk, screen)
            continue
        if not isinstance(answer, DocumentEntered):
            raise TypeError("no other answer belongs to enter-document")
        try:
            return _key(answer, desk.today().date())
        except _Mistyped as mistake:
            screen = screen.model_copy(
                update={
                    "number": answer.number,
                    "birth": answer.birth,
                    "expiry": answer.expiry,
                    "problem": desk.say(f"document.{mistake.field}-wrong"),
                    "problem_field": mistake.field,
                }
            )


async def _read_page(desk: DeskBase, screen: EnterDocument) -> EnterDocument:
    """Fill the fields in from the data page under the document camera; the citizen confirms them,
    or types them after all. Raises ``WentBack``."""
    looking = {"lead": desk.say("document.looking"), "ways": (), "problem": None}
    try:
        key = await desk.journey.ask_while(
            screen.model_copy(update=looking), desk.parts.devices.read_document_key()
        )
    except DeviceError as error:
        known = "page-unread" if error.code == "mrz-not-found" else "page-trouble"
        return screen.model_copy(
            update={"problem": desk.say(f"document.{known}"), "problem_field": None}
        )
    if not isinstance(key, MrzKey):
        return screen
    return screen.model_copy(
        update={
            "number": key.number,
            "birth": f"{key.birth}",
            "expiry": f"{key.expiry}",
            "lead": desk.say("document.read"),
            "problem": None,
            "problem_field": None,
        }
    )


class _Mistyped(Exception):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _key(entered: DocumentEntered, today: date) -> MrzKey:
    days: dict[str, date] = {}
    for field in ("birth", "expiry"):
        try:
            days[field] = date.fromisoformat(getattr(entered, field))
        except ValueError:
            raise _Mistyped(field) from None
    try:
        return key_typed(entered.number, days["birth"], days["expiry"], today=today)
    except KeyInvalid as error:
        raise _Mistyped(error.code.split("-")[1]) from None
