"""What the technician's page and the terminal say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk_app.accounts.roles import Right, Role
from kiosk_app.health.report import RepairReport, SupplyReport
from kiosk_app.issuing.staff import Decision
from kiosk_app.issuing.states import CopyState
from kiosk_app.screens import Tone
from kiosk_app.texts import Text
from kiosk_app.workbench.bindings import State
from kiosk_app.workbench.maintenance import VendorMode


class Asked(BaseModel):
    """A request's body: nothing in it that is not ours."""

    model_config = ConfigDict(extra="forbid")


class NothingAsked(Asked):
    """An empty body."""


class LoginRequest(Asked):
    """All three, or nobody is let in."""

    name: str = Field(max_length=64)
    password: str = Field(max_length=256, repr=False)
    code: str = Field(max_length=16, repr=False)


class LoginAnswer(BaseModel):
    """``session`` goes into the header of what is asked next; ``seconds``: its longest life."""

    session: str = Field(repr=False)
    name: str
    role: Role
    seconds: int


class PageAnswer(BaseModel):
    """What the page needs before anybody has logged in."""

    texts: dict[str, Text]
    hall: Text
    terminal: Text
    terminal_id: str
    virtual: bool
    accounts: bool


class FaultView(BaseModel):
    """One switch of a virtual device."""

    name: str
    title: Text
    on: bool
    once: bool


class UseView(BaseModel):
    """A service that a device serves. ``stops``: it cannot be offered without it."""

    title: Text
    stops: bool


class ChangedView(BaseModel):
    """The version that last changed how a role is bound."""

    version: int
    at: datetime
    author: str


class DeviceView(BaseModel):
    """One role and its device."""

    role: str
    title: Text
    driver: str
    id: str
    model: str
    bound: bool
    tone: Tone
    word: Text
    known_by: Text
    age_s: float | None
    status: dict[str, dict[str, Any]]
    tests: list[str]
    preview: bool
    faults: list[FaultView]
    error: str | None
    restarts: int
    not_recorded: Text | None
    """Why its wire cannot be recorded; ``None``: it can."""
    recording: bool
    changed: ChangedView | None
    """``None``: it is bound as the terminal was set up."""
    used_by: list[UseView]


class ServiceView(BaseModel):
    """One service, and why it is not offered."""

    id: str
    title: Text
    offered: bool
    reason: Text | None


class PendingView(BaseModel):
    """A version on trial."""

    version: int
    seconds_left: float
    back: int | None
    """The version that it goes back to; ``None`` where that would change nothing, or is not for
    this account to do."""


class ChangeView(BaseModel):
    """One difference."""

    place: str
    before: str | None
    after: str | None


class TakenBackView(BaseModel):
    """What the terminal took back by itself, as long as nothing was changed since. ``version``: the
    one that did it; ``undone``: those that were on trial, by ``authors``."""

    version: int
    at: datetime
    undone: list[int]
    authors: list[str]
    summary: Text
    changes: list[ChangeView]
    """From what was tried to what is in force."""


class InteropView(BaseModel):
    """Whether other programs of the machine may use the devices. ``on``: as it is set; ``open``: as
    it is. ``identities``: whether they may read identities too. ``error``: a stable code."""

    on: bool
    open: bool
    identities: bool
    port: int
    address: str
    error: str | None


class InteropRequest(Asked):
    """Let other programs in, or keep them out. ``port`` and ``identities``: as before when they are
    not said."""

    on: bool
    identities: bool | None = None
    port: int | None = Field(default=None, ge=0, le=65535)
    note: str = Field(default="", max_length=200)


class CopyWaitsView(BaseModel):
    """A copy that staff must decide about. ``decisions``: what may be said of it."""

    serial: str
    copy_: int = Field(serialization_alias="copy")
    service: Text
    state: CopyState
    day: str
    evidence: Text
    advice: Text
    decisions: list[Decision]


class DecideRequest(Asked):
    """Staff's word about a copy."""

    serial: str = Field(max_length=64)
    copy_: int = Field(alias="copy", ge=1, le=1_000_000, strict=True)
    decision: Decision


class DecidedAnswer(BaseModel):
    """What the copy is now."""

    state: CopyState


class StateView(BaseModel):
    """The whole terminal."""

    now: datetime
    version: int
    changed_at: datetime | None
    changed_by: str
    maintenance: VendorMode
    pending: PendingView | None
    taken_back: TakenBackView | None
    rights: list[Right]
    """What whoever asks may do."""
    devices: list[DeviceView]
    services: list[ServiceView]
    interop: InteropView
    consumables: list[SupplyReport]
    repairs: list[RepairReport]
    copies: list[CopyWaitsView] | None
    """``None`` where the records cannot be read."""


class DriverView(BaseModel):
    """A driver that fits a role, and the JSON Schema of its settings."""

    driver: str
    title: str
    schema_: dict[str, Any] = Field(serialization_alias="schema")


class BoundView(BaseModel):
    """What a role is bound to."""

    driver: str
    settings: dict[str, Any]
    uri: str | None


class DriversAnswer(BaseModel):
    """How a role may be bound."""

    drivers: list[DriverView]
    bound: BoundView | None
    version: int
    """The newest version, which a change that follows from this names as ``since``."""


class UnbindRequest(Asked):
    """Leave a role without a device."""

    since: int | None = Field(default=None, ge=0, le=1_000_000_000)
    """The version that the change was made from: refused when the role was changed after it."""


class BindRequest(UnbindRequest):
    """Bind a role."""

    driver: str = Field(max_length=64)
    settings: dict[str, Any] = Field(default_factory=dict, max_length=64)
    uri: str | None = Field(default=None, max_length=512)
    note: str = Field(default="", max_length=200)


class VersionAnswer(BaseModel):
    """The version that holds now."""

    version: int


class VersionRequest(Asked):
    """Go back to this version."""

    version: int = Field(ge=1, le=1_000_000_000)


class HistoryView(BaseModel):
    """One version."""

    version: int
    at: datetime
    author: str
    summary: Text
    state: State
    same_as_now: bool
    """Whether going back to it would change nothing."""
    allowed: bool
    """Whether whoever asks may go back to it."""
    changes: list[ChangeView]
    back: list[ChangeView]
    """What going back to it would change."""


class SwitchRequest(Asked):
    """On or off."""

    on: bool


class FaultRequest(Asked):
    """Turn one switch of the virtual hardware."""

    name: str = Field(max_length=64)
    on: bool


class MaintenanceAnswer(BaseModel):
    """Where maintenance stands."""

    maintenance: VendorMode


class FindingView(BaseModel):
    """Something that is plugged in, or should be."""

    name: str
    state: Literal["new", "known", "missing", "unsupported", "unfinished"]
    says: str
    action: str
    device_class: str
    driver: str
    settings: dict[str, Any]
    roles: list[str]


class DiscoverAnswer(BaseModel):
    """What was found."""

    findings: list[FindingView]


class TestRequest(Asked):
    """Try a device."""

    test: str = Field(max_length=64)
    arguments: dict[str, Any] = Field(default_factory=dict, max_length=8)


class TestValue(BaseModel):
    """One thing that was measured."""

    label: Text | str
    value: str


class TestAnswer(BaseModel):
    """What a device did when it was tried. ``error``: a stable code."""

    ok: bool
    seconds: float
    values: list[TestValue]
    picture: str | None = None
    document: str | None = None
    error: str | None = None


class ControlView(BaseModel):
    """One thing that can be set on a camera, in the device's own units."""

    name: str
    minimum: int
    maximum: int
    step: int
    default: int
    value: int


class ControlRequest(Asked):
    """Set one of them. A value is 32 bits with a sign, as V4L2 has it."""

    name: str = Field(pattern=r"^[a-z][a-z-]{0,31}$")
    value: int = Field(ge=-(2**31), lt=2**31, strict=True)


class RecordAnswer(BaseModel):
    """The recording that runs now, and the one that has just ended."""

    recording: str | None
    ended: str | None = None


class RecordingView(BaseModel):
    """One recording."""

    id: str
    role: str
    at: datetime
    seconds: float
    bytes: int


class ActRequest(Asked):
    """Do what a step of a repair offers."""

    act: str = Field(max_length=32)


class ActAnswer(BaseModel):
    """What came of it."""

    ok: bool
    says: Text
