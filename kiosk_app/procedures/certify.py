"""Query a register, and put what it says on paper."""

from __future__ import annotations

from kiosk_app.catalogue.certificates import CertificateService
from kiosk_app.connectors.housing_register.contract import Answer
from kiosk_app.desk.desk import Desk
from kiosk_app.desk.document_key import OtherWay
from kiosk_app.desk.dossier import Dossier, certificate_dossier
from kiosk_app.documents.papers import MAX_HOMES
from kiosk_app.journey import WentBack
from kiosk_app.people import Person
from kiosk_app.privacy.masking import mask_location, mask_name
from kiosk_app.procedures.scope import ScopeQuestions
from kiosk_app.screens import Found, Row, Tone
from kiosk_app.texts import Text


async def certify(desk: Desk, service: CertificateService) -> None:
    """A certificate that nothing is registered, or, if wished, a record of what is."""
    person = await _identify(desk, service)
    questions = ScopeQuestions(desk, service, person)
    desk.at_stage(1)
    await questions.ask_all()
    dossier = await _agree(desk, service, questions)
    if dossier is None:
        return
    desk.at_stage(3)
    issuance = await desk.issue(service.connector, dossier, service.limits.per_day)
    copy = await desk.print(issuance)
    await desk.hand_over(copy, dossier.draft.kind)


async def _identify(desk: Desk, service: CertificateService) -> Person:
    try:
        return await desk.identify(service.identity, ways=(desk.way("no-card"),))
    except OtherWay as other:
        await desk.stop(other.action)


async def _agree(
    desk: Desk, service: CertificateService, questions: ScopeQuestions
) -> Dossier | None:
    """Ask the register and show what would be printed, until the citizen says print.

    ``None`` when a home is registered and the citizen wants no list of it.
    """
    while True:
        question = questions.scope.question()
        answer = await desk.query(service.connector, question)
        for caveat in answer.caveats:
            await desk.stop(str(caveat))
        desk.at_stage(2)
        try:
            if not service.grants(answer) and not await _refuse(desk, service, answer):
                return None
            dossier = certificate_dossier(service, question, answer, desk.parts.terminal.name.zh)
            change = await _review(desk, service, questions, answer, dossier)
        except WentBack:
            desk.at_stage(1)
            await questions.ask_all(from_last=True)
            continue
        if change is None:
            return dossier
        desk.at_stage(1)
        await questions.ask_again(change)


async def _refuse(desk: Desk, service: CertificateService, answer: Answer) -> bool:
    """Show what is registered, masked; whether the citizen wants the list on paper."""
    text = service.texts
    found = tuple(
        Found(
            title=mask_location(home.location),
            detail=desk.say(
                "refused.home",
                area=home.area_m2,
                use=home.use,
                share=_share(desk, home.share),
            ),
            tags=(
                *(desk.say(f"refused.{each}") for each in home.encumbrances),
                *((desk.say("refused.presale"),) if home.presale else ()),
            ),
        )
        for home in answer.homes
    )
    ways = [desk.way("window")]
    if len(found) <= MAX_HOMES:
        ways.insert(
            0,
            desk.way(
                "print-record",
                label=text["refused.print"],
                detail=text["refused.print_detail"],
                best=True,
            ),
        )
    return await desk.refuse(
        title=text["refused.title"],
        lead=text["refused.lead"],
        found=found,
        note=text["refused.note"],
        ways=tuple(ways),
    )


def _share(desk: Desk, share: str) -> Text:
    if share in ("sole", "joint"):
        return desk.say(f"refused.{share}")
    return desk.say("refused.part", share=share)


async def _review(
    desk: Desk,
    service: CertificateService,
    questions: ScopeQuestions,
    answer: Answer,
    dossier: Dossier,
) -> str | None:
    """What will be printed; ``None`` when it shall be, else what is to be changed."""
    purpose = service.named(service.purposes, questions.scope.purpose).name
    says = desk.say(
        "review.preview",
        title=dossier.draft.title,
        name=_who(desk, questions),
        range=questions.range_name(),
        purpose=purpose,
    )
    return await desk.review(dossier, _rows(desk, service, questions, answer), says)


def _who(desk: Desk, questions: ScopeQuestions) -> Text:
    applicants = questions.scope.question().applicants
    first = mask_name(applicants[0].person.name)
    if len(applicants) == 1:
        return _same(first)
    return desk.say("review.and-others", name=first, count=len(applicants))


def _rows(
    desk: Desk, service: CertificateService, questions: ScopeQuestions, answer: Answer
) -> tuple[Row, ...]:
    scope, text = questions.scope, service.texts
    family = len(scope.question().applicants) > 1
    found = (
        desk.say("review.homes", count=len(answer.homes))
        if answer.homes
        else text["review.found_family" if family else "review.found"]
    )
    purpose = service.named(service.purposes, scope.purpose).name
    body = service.named(service.bodies, scope.body).name
    can_choose_who = bool(service.family.spouses or service.family.children)
    return (
        Row(
            label=desk.say("review.who"),
            value=_who(desk, questions),
            change="who" if can_choose_who else None,
        ),
        Row(
            label=desk.say("review.found"),
            value=found,
            tone=Tone.SOON if answer.homes else Tone.GOOD,
        ),
        Row(label=desk.say("review.range"), value=questions.range_name(), change="range"),
        Row(label=desk.say("review.purpose"), value=purpose, change="purpose"),
        Row(label=desk.say("review.body"), value=body, change="body"),
        Row(label=desk.say("review.copies"), value=desk.say("review.copies-value")),
        Row(label=desk.say("review.fee"), value=desk.say("review.fee-value")),
    )


def _same(words: str) -> Text:
    return Text(zh=words, en=words)
