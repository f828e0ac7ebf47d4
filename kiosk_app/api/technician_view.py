"""The terminal as the technician's page shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from drivers.device import Capabilities
from drivers.virtual.control import ControlError, Fault
from kiosk_app.accounts.roles import Right
from kiosk_app.accounts.sessions import Session
from kiosk_app.api.technician_copies import waiting
from kiosk_app.api.technician_interop import interop_view
from kiosk_app.api.technician_models import (
    ChangedView,
    ChangeView,
    DeviceView,
    FaultView,
    HistoryView,
    PendingView,
    ServiceView,
    StateView,
    TakenBackView,
    UseView,
)
from kiosk_app.health.report import Reporter
from kiosk_app.health.roll_up import Health, Snapshot
from kiosk_app.texts import Text
from kiosk_app.workbench.bench import Workbench
from kiosk_app.workbench.binder import TRIAL_S
from kiosk_app.workbench.bindings import AUTOMATIC, Version, touches
from kiosk_app.workbench.differences import Change, address
from kiosk_app.workbench.interop import BOUND
from kiosk_app.workbench.recordings import RECORD

TOLD_FOR = timedelta(days=1)
"""How long it is told that a change was taken back."""


class View:
    """Composes what is shown."""

    def __init__(
        self, bench: Workbench, health: Health, reporter: Reporter, words: Mapping[str, Text]
    ) -> None:
        self._bench = bench
        self._health = health
        self._reporter = reporter
        self._words = words

    async def state(self, titles: Mapping[str, Text], session: Session) -> StateView:
        """The whole terminal now, for whoever asks. ``titles``: the fault switches' words by
        ``fault.<name>``."""
        bench, snapshot = self._bench, self._health.snapshot()
        history = bench.binder.history
        return StateView(
            now=datetime.now(UTC),
            version=history[0].number if history else 0,
            changed_at=history[0].at if history else None,
            changed_by=history[0].author if history else "",
            maintenance=bench.maintenance.mode,
            pending=self._pending(session),
            taken_back=taken_back(history, datetime.now(UTC), self._words),
            rights=[right for right in Right if session.may(right)],
            devices=await self._devices(snapshot, await self._faults(titles)),
            services=self._services(snapshot),
            interop=interop_view(bench.door),
            consumables=self._reporter.supplies(snapshot),
            repairs=self._reporter.repairs(snapshot),
            copies=waiting(await bench.copies(), bench.terminal.services, self._words),
        )

    def _pending(self, session: Session) -> PendingView | None:
        pending = self._bench.binder.pending
        if pending is None:
            return None
        shut = self._bench.barred(session) | self._bench.binder.same_as_now()
        return PendingView(
            version=pending.number,
            seconds_left=round(pending.seconds_left, 1),
            back=pending.falls_back if pending.falls_back not in shut else None,
        )

    async def _devices(
        self, snapshot: Snapshot, faults: Mapping[str, list[FaultView]]
    ) -> list[DeviceView]:
        return [
            await self._device(role, snapshot, faults.get(role, [])) for role in snapshot.devices
        ]

    async def _device(self, role: str, snapshot: Snapshot, faults: list[FaultView]) -> DeviceView:
        bench, health = self._bench, snapshot.devices[role]
        slot, binding = bench.devices.slot(role), bench.binder.bindings.get(role)
        said = self._reporter.device(health)
        commands = await bench.commands(role)
        return DeviceView(
            role=role,
            title=said.title,
            driver=binding.driver if binding is not None else "",
            id=address(binding),
            model=model(slot.capabilities()),
            bound=binding is not None,
            tone=said.tone,
            word=said.word,
            known_by=said.known_by,
            age_s=said.age_s,
            status=said.status,
            tests=bench.trials.names(role, commands),
            preview="preview" in commands,
            faults=faults,
            error=slot.last_error.code if slot.last_error is not None else None,
            restarts=slot.restarts,
            not_recorded=None if RECORD in commands else why_not_recorded(role, self._words),
            recording=bench.recordings.running(role) is not None,
            changed=_changed(bench.binder.history, role),
            used_by=self._uses(role),
        )

    def _uses(self, role: str) -> list[UseView]:
        bound = self._bench.binder.bindings
        return [
            UseView(title=each.title, stops=each.chain.stops_without(role, bound))
            for each in self._bench.terminal.services.values()
            if each.chain.uses(role)
        ]

    def _services(self, snapshot: Snapshot) -> list[ServiceView]:
        services, texts = self._bench.terminal.services, self._bench.terminal.front.texts
        return [
            ServiceView(
                id=name,
                title=services[name].title,
                offered=reason is None,
                reason=texts[f"obstacle.{reason}"] if reason is not None else None,
            )
            for name, reason in snapshot.services.items()
        ]

    async def _faults(self, titles: Mapping[str, Text]) -> dict[str, list[FaultView]]:
        """The switches of the virtual hardware by role; none where it does not answer."""
        hands = self._bench.stagehand
        by_role: dict[str, list[FaultView]] = {}
        try:
            found: tuple[Fault, ...] = await hands.device_faults() if hands is not None else ()
        except ControlError:
            return by_role
        for each in found:
            title = titles.get(f"fault.{each.name}", Text(zh=each.name, en=each.name))
            view = FaultView(name=each.name, title=title, on=each.on, once=each.once)
            by_role.setdefault(each.device, []).append(view)
        return by_role


def why_not_recorded(role: str, words: Mapping[str, Text]) -> Text:
    """Why a driver of a role does not record: what some devices send is the citizen's own."""
    return words.get(f"not_recorded.{role}") or words["problem.not-recordable"]


def _changed(versions: tuple[Version, ...], role: str) -> ChangedView | None:
    found = next((each for each in versions if touches(each, role)), None)
    if found is None:
        return None
    return ChangedView(version=found.number, at=found.at, author=found.author)


def history(
    versions: tuple[Version, ...],
    same_as_now: Collection[int],
    back: Mapping[int, tuple[Change, ...]],
    words: Mapping[str, Text],
    barred: Collection[int] = (),
) -> list[HistoryView]:
    """Every version, newest first. ``back``: what going back to each would change; ``words``: the
    texts of the technician's page; ``barred``: what is not for whoever asks to go back to."""
    return [
        HistoryView(
            version=each.number,
            at=each.at,
            author=each.author,
            summary=_summary(each, words),
            state=each.state,
            same_as_now=each.number in same_as_now,
            allowed=each.number not in barred,
            changes=_changes(each.changes),
            back=_changes(back.get(each.number, ())),
        )
        for each in versions
    ]


def taken_back(
    versions: tuple[Version, ...], now: datetime, words: Mapping[str, Text]
) -> TakenBackView | None:
    """What the newest version took back by itself; ``None`` where it is another kind of version, or
    ``TOLD_FOR`` is over."""
    newest = next(iter(versions), None)
    if newest is None or newest.author != AUTOMATIC or now - newest.at > TOLD_FOR:
        return None
    roles = {change.place.partition(".")[0] for change in newest.changes}
    tried = [
        each
        for each in reversed(versions)
        if (newest.falls_back or 0) < each.number < newest.number
        and any(touches(each, role) for role in roles)
    ]
    return TakenBackView(
        version=newest.number,
        at=newest.at,
        undone=[each.number for each in tried],
        authors=list(dict.fromkeys(each.author for each in tried)),
        summary=_summary(newest, words),
        changes=_changes(newest.changes),
    )


def _changes(changes: tuple[Change, ...]) -> list[ChangeView]:
    return [ChangeView(place=c.place, before=c.before, after=c.after) for c in changes]


def _summary(version: Version, words: Mapping[str, Text]) -> Text:
    """Why the version was made: somebody's note, the terminal's reason, or what it touches."""
    if version.note:
        return Text(zh=version.note, en=version.note)
    reason = version.reason
    if reason is not None:
        return words[f"reason.{reason.code}"].fill(
            role=_title(reason.role, words),
            error=_wrong(reason.error or "", words),
            number=reason.number or "",
            seconds=round(TRIAL_S),
        )
    titles = [_title(role, words) for role in BOUND if touches(version, role)]
    return Text(zh="、".join(each.zh for each in titles), en=", ".join(each.en for each in titles))


def _wrong(code: str, words: Mapping[str, Text]) -> Text:
    """What a device said of itself in words: an error's code ends in what is wrong; or its state.
    The code itself where there are none."""
    parts = code.split("-")
    ends = ["-".join(parts[first:]) for first in range(len(parts))]
    keys = [f"{section}.{end}" for end in ends for section in ("error", "value_of.device", "value")]
    return next((words[key] for key in keys if key in words), Text(zh=code, en=code))


def _title(role: str | None, words: Mapping[str, Text]) -> Text:
    name = role or ""
    return words.get(f"role.{name}", Text(zh=name, en=name))


def model(capabilities: Capabilities) -> str:
    """What a device calls itself."""
    return " ".join(filter(None, (capabilities.vendor, capabilities.model)))
