"""The way to a register at a distance: what is believed, repeated, refused and reported."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk_app.connectors.alarms import Alarm, AlarmKind
from kiosk_app.connectors.housing_register import wire
from kiosk_app.connectors.housing_register.contract import (
    Answer,
    IssueRequest,
    OtherPerson,
    OutcomeUnknown,
    Question,
    Receipt,
    RegisterBusy,
    RegisterError,
    RegisterGarbled,
    RegisterRefused,
    RegisterUnavailable,
)
from kiosk_app.connectors.housing_register.faults import FAULTS
from kiosk_app.connectors.housing_register.http import HttpRegister
from kiosk_app.connectors.housing_register.reference_process import ReferenceProcess
from kiosk_app.connectors.housing_register.signing import SIGNATURE_HEADER, make_key_pair
from kiosk_app.connectors.settings import BreakerSettings, HttpRegisterSettings, Timeouts
from tests.connectors.far_end import QUICK, FarEnd, RunFarEnd, response

Ask = Callable[..., Question]
RequestFor = Callable[..., IssueRequest]

KEY = "a-key-of-a-test"
NUMBER = "PN-CX-20260102-0000007"
DAY = "2026-01-02T09:30:00+08:00"
HOME = (
    '{"applicant":%d,"certificate_number":"1","location":"2","district":"%s","area_m2":"60",'
    '"use":"3","share":"sole"}'
)


def answer_about(question: Question, homes: str = "") -> bytes:
    subject = wire.subject_of(question.applicants)
    return (
        f'{{"kind":"answer","subject":"{subject}","query_number":"{NUMBER}","as_of":"{DAY}",'
        f'"homes":[{homes}],"includes_presale":true}}'
    ).encode()


def receipt_for(key: str) -> bytes:
    return (
        f'{{"kind":"receipt","key":"{key}","serial":"PN-WF-20260102-0000003","issued_at":"{DAY}"}}'
    ).encode()


def register_at(end: FarEnd, alarms: list[Alarm]) -> HttpRegister:
    return HttpRegister(end.settings, alarm=alarms.append)


QUERY_UNDER: dict[str, type[Answer] | type[RegisterError]] = {
    "register-slow": RegisterUnavailable,
    "register-timeout-before-send": RegisterUnavailable,
    "register-dropped-answer": Answer,
    "register-busy": RegisterBusy,
    "register-server-error": RegisterUnavailable,
    "register-html-page": RegisterUnavailable,
    "register-other-person": OtherPerson,
    "register-duplicate": Answer,
    "register-garbled": RegisterGarbled,
    "register-bad-signature": RegisterGarbled,
    "register-down": RegisterUnavailable,
}
ISSUE_UNDER: dict[str, type[Receipt] | type[RegisterError]] = {
    "register-slow": OutcomeUnknown,
    "register-timeout-before-send": OutcomeUnknown,
    "register-dropped-answer": OutcomeUnknown,
    "register-busy": RegisterBusy,
    "register-server-error": OutcomeUnknown,
    "register-html-page": OutcomeUnknown,
    "register-other-person": Receipt,
    "register-duplicate": Receipt,
    "register-garbled": OutcomeUnknown,
    "register-bad-signature": OutcomeUnknown,
    "register-down": RegisterUnavailable,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_has_its_typed_outcome_and_passes(
    fault: str,
    server: ReferenceProcess,
    http_register: HttpRegister,
    ask: Ask,
    request_for: RequestFor,
) -> None:
    question, key = ask("li-xiulan"), str(uuid4())
    request = request_for((await http_register.query(question)).query_number, question)
    server.set_fault(fault, True)
    assert await outcome(http_register.query(question)) is QUERY_UNDER[fault]
    assert await outcome(http_register.issue(key, request)) is ISSUE_UNDER[fault]
    server.set_fault(fault, False)
    receipt = await http_register.issue(key, request)
    assert await http_register.receipt(key) == receipt


async def outcome(act: Awaitable[object]) -> type:
    try:
        return type(await act)
    except RegisterError as error:
        return type(error)


async def test_a_slow_register_is_waited_for(
    server: ReferenceProcess, alarms: list[Alarm], ask: Ask
) -> None:
    register = HttpRegister(server.settings, alarm=alarms.append)
    server.set_fault("register-slow", True)
    assert (await register.query(ask("li-xiulan"))).homes == ()
    server.set_fault("register-slow", False)
    await register.close()


async def test_a_dropped_answer_is_found_by_its_key_and_never_issued_twice(
    server: ReferenceProcess, http_register: HttpRegister, ask: Ask, request_for: RequestFor
) -> None:
    question, key = ask("li-xiulan"), str(uuid4())
    request = request_for((await http_register.query(question)).query_number, question)
    server.set_fault("register-dropped-answer", True)
    with pytest.raises(OutcomeUnknown):
        await http_register.issue(key, request)
    found = await http_register.receipt(key)
    server.set_fault("register-dropped-answer", False)
    assert found is not None
    assert await http_register.issue(key, request) == found


async def test_a_flapping_link_issues_each_key_once(
    server: ReferenceProcess, http_register: HttpRegister, ask: Ask, request_for: RequestFor
) -> None:
    question = ask("li-xiulan")
    request = request_for((await http_register.query(question)).query_number, question)
    serials = set()
    for fault in ("register-down", "register-dropped-answer") * 2:
        key = str(uuid4())
        server.set_fault(fault, True)
        await outcome(http_register.issue(key, request))
        server.set_fault(fault, False)
        again = {(await http_register.issue(key, request)).serial for _ in range(2)}
        assert len(again) == 1
        serials |= again
    assert len(serials) == 4


async def test_an_answer_about_somebody_else_raises_an_alarm_without_personal_data(
    server: ReferenceProcess, http_register: HttpRegister, alarms: list[Alarm], ask: Ask
) -> None:
    server.set_fault("register-other-person", True)
    with pytest.raises(OtherPerson) as refused:
        await http_register.query(ask("chen-zhiqiang"))
    assert alarms == [Alarm("housing-register", AlarmKind.OTHER_PERSON, "query")]
    assert "445281" not in f"{refused.value!r}{alarms!r}"


@pytest.mark.parametrize(("applicant", "district"), [(1, "liusha"), (0, "zhanlong")])
async def test_homes_of_nobody_asked_for_or_outside_the_range_are_garbled(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, applicant: int, district: str
) -> None:
    question = ask("chen-zhiqiang", districts=("liusha",))
    homes = HOME % (applicant, district)
    async with far_end(lambda end, _: end.signed(answer_about(question, homes))) as end:
        with pytest.raises(RegisterGarbled):
            await register_at(end, alarms).query(question)


async def test_receipts_for_another_key_are_refused(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, request_for: RequestFor
) -> None:
    async with far_end(lambda end, _: end.signed(receipt_for("another-key"))) as end:
        register = register_at(end, alarms)
        with pytest.raises(OutcomeUnknown):
            await register.issue(KEY, request_for(NUMBER, ask("li-xiulan")))
        with pytest.raises(OtherPerson):
            await register.receipt(KEY)
    assert [alarm.kind for alarm in alarms] == [AlarmKind.OTHER_PERSON] * 2


async def test_a_late_reply_to_an_earlier_call_is_passed_over(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask
) -> None:
    question = ask("li-xiulan")

    def script(end: FarEnd, call: int) -> bytes:
        return end.signed(answer_about(question), nonce="0" * 32 if call == 1 else "")

    async with far_end(script) as end:
        assert (await register_at(end, alarms).query(question)).query_number == NUMBER
    assert len(end.bodies) == 2
    assert alarms == []


async def test_a_reply_to_another_act_is_not_taken_for_this_one(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, request_for: RequestFor
) -> None:
    async with far_end(lambda end, _: end.signed(wire.ReadyReply(ready=True))) as end:
        register = register_at(end, alarms)
        with pytest.raises(RegisterGarbled):
            await register.query(ask("li-xiulan"))
        with pytest.raises(OutcomeUnknown):
            await register.issue(KEY, request_for(NUMBER, ask("li-xiulan")))


async def test_a_repeated_issue_is_the_same_call_under_a_new_nonce(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, request_for: RequestFor
) -> None:
    def script(end: FarEnd, call: int) -> bytes:
        return end.signed(receipt_for(KEY)) if call == 3 else b""

    async with far_end(script) as end:
        await register_at(end, alarms).issue(KEY, request_for(NUMBER, ask("li-xiulan")))
    assert len(set(end.bodies)) == 1
    assert len(set(end.nonces)) == 3


async def test_a_refusal_is_final(far_end: RunFarEnd, alarms: list[Alarm], ask: Ask) -> None:
    refusal = wire.RefusedReply(reason=wire.Refusal.DISTRICT_UNKNOWN)
    async with far_end(lambda end, _: end.signed(refusal, status=422)) as end:
        with pytest.raises(RegisterRefused):
            await register_at(end, alarms).query(ask("li-xiulan"))
    assert len(end.bodies) == 1


BAD_RESPONSES: dict[str, Callable[[FarEnd, bytes], bytes]] = {
    "truncated": lambda end, body: end.signed(body)[:-5],
    "half-a-head": lambda end, body: end.signed(body)[:20],
    "no-http": lambda end, body: b"\x15\x03\x01\x00\x02\x02\x28",
    "too-long": lambda end, body: end.signed(body + b" " * wire.MAX_REPLY_BYTES),
    "too-long-and-unsigned": lambda end, body: response(b"[" * (wire.MAX_REPLY_BYTES + 1)),
    "deeply-nested": lambda end, body: end.signed(b"[" * 100_000),
    "empty": lambda end, body: end.signed(b""),
    "other-version": lambda end, body: end.signed(body[:-1] + b',"protocol":2}'),
    "unknown-field": lambda end, body: end.signed(body[:-1] + b',"more":1}'),
    "unsigned": lambda end, body: response(body),
    "signed-for-another-status": lambda end, body: end.signed(body).replace(b" 200 ", b" 201 ", 1),
    "changed-on-the-way": lambda end, body: end.signed(body).replace(b"0000007", b"0000008"),
    "compressed": lambda end, body: response(
        gzip.compress(body), headers={"content-encoding": "gzip", SIGNATURE_HEADER: "AA=="}
    ),
    "moved": lambda end, body: response(b"", 302, {"location": "http://portal.example/"}),
    "unsigned-error": lambda end, body: response(b'{"detail":"x"}', 502),
}


@pytest.mark.parametrize("name", BAD_RESPONSES)
async def test_a_bad_response_is_typed_and_never_believed(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, request_for: RequestFor, name: str
) -> None:
    question = ask("li-xiulan")
    async with far_end(lambda end, _: BAD_RESPONSES[name](end, answer_about(question))) as end:
        register = register_at(end, alarms)
        with pytest.raises((RegisterUnavailable, RegisterGarbled)) as failed:
            await register.query(question)
        assert "445281" not in repr(failed.value)
        with pytest.raises(OutcomeUnknown):
            await register.issue(KEY, request_for(NUMBER, question))


@pytest.mark.parametrize("name", ["unsigned", "changed-on-the-way", "signed-for-another-status"])
async def test_a_forged_answer_raises_an_alarm_and_is_not_asked_for_again(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, name: str
) -> None:
    question = ask("li-xiulan")
    async with far_end(lambda end, _: BAD_RESPONSES[name](end, answer_about(question))) as end:
        await outcome(register_at(end, alarms).query(question))
    assert [alarm.kind for alarm in alarms] == [AlarmKind.BAD_SIGNATURE]
    assert len(end.bodies) == 1


async def test_an_endless_trickle_ends_at_the_deadline(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask
) -> None:
    async def never(end: FarEnd, _: int) -> bytes:
        await asyncio.sleep(30)
        return b""

    async with far_end(never) as end:
        settings = end.settings.model_copy(update={"timeouts": Timeouts(read=30, deadline=0.3)})
        register = HttpRegister(settings, alarm=alarms.append)
        with pytest.raises(RegisterUnavailable):
            await register.query(ask("li-xiulan"))
    assert len(end.bodies) == 1


async def test_too_many_questions_are_asked_again_after_a_pause(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask
) -> None:
    question = ask("li-xiulan")

    def script(end: FarEnd, call: int) -> bytes:
        if call == 1:
            return response(b"", 429, {"retry-after": "600"}, kind="html")
        if call == 2:
            return response(b"", 429, {"retry-after": "tomorrow"}, kind="html")
        return end.signed(answer_about(question))

    async with far_end(script) as end:
        assert (await register_at(end, alarms).query(question)).query_number == NUMBER


async def test_a_wrong_clock_or_an_unknown_terminal_is_told_to_staff(
    server: ReferenceProcess, alarms: list[Alarm], ask: Ask, tmp_path: Path
) -> None:
    make_key_pair(tmp_path, "stranger")
    ours = server.settings.model_copy(update=QUICK)
    stranger = ours.model_copy(update={"terminal_key": tmp_path / "stranger.key"})
    late = HttpRegister(ours, alarm=alarms.append, clock=lambda: time.time() - 3600)
    unknown = HttpRegister(stranger, alarm=alarms.append)
    for register in (late, unknown):
        with pytest.raises(RegisterUnavailable):
            await register.query(ask("li-xiulan"))
    assert [alarm.kind for alarm in alarms] == [AlarmKind.CLOCK_SKEW, AlarmKind.NOT_ACCEPTED]


async def test_an_expired_certificate_ends_it_before_anything_is_sent(
    tmp_path: Path, alarms: list[Alarm], ask: Ask, request_for: RequestFor
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(expired_certificate(tmp_path))
    for name in ("register", "terminal"):
        make_key_pair(tmp_path, name)
    calls: list[asyncio.StreamReader] = []
    listening = await asyncio.start_server(
        lambda reader, _: calls.append(reader), "127.0.0.1", 0, ssl=context
    )
    register = HttpRegister(
        HttpRegisterSettings(
            url=f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}",
            ca_file=tmp_path / "server.pem",
            terminal="03",
            terminal_key=tmp_path / "terminal.key",
            register_key=tmp_path / "register.pub",
        ),
        alarm=alarms.append,
    )
    with pytest.raises(RegisterUnavailable):
        await register.issue(KEY, request_for(NUMBER, ask("li-xiulan")))
    listening.close()
    assert calls == []
    assert [alarm.kind for alarm in alarms] == [AlarmKind.NOT_TRUSTED]


def expired_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "register")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path


async def test_a_register_that_keeps_failing_is_left_alone(
    far_end: RunFarEnd, alarms: list[Alarm], ask: Ask, request_for: RequestFor
) -> None:
    async with far_end(lambda *_: response(b"", 500, kind="html")) as end:
        settings = end.settings.model_copy(
            update={"breaker": BreakerSettings(failures=2, cooldown=60)}
        )
        register = HttpRegister(settings, alarm=alarms.append)
        await outcome(register.query(ask("li-xiulan")))
        with pytest.raises(RegisterUnavailable):
            await register.issue(KEY, request_for(NUMBER, ask("li-xiulan")))
        assert not await register.ready()
    assert len(end.bodies) == 2


async def test_readiness_is_asked_once_for_a_while(far_end: RunFarEnd, alarms: list[Alarm]) -> None:
    async with far_end(lambda end, _: end.signed(wire.ReadyReply(ready=True))) as end:
        settings = end.settings.model_copy(update={"ready_cache": 60.0})
        register = HttpRegister(settings, alarm=alarms.append)
        assert all(await asyncio.gather(*(register.ready() for _ in range(8))))
    assert len(end.bodies) == 1


async def test_a_withdrawn_question_leaves_the_register_usable(
    server: ReferenceProcess, http_register: HttpRegister, ask: Ask
) -> None:
    server.set_fault("register-timeout-before-send", True)
    asking = asyncio.create_task(http_register.query(ask("li-xiulan")))
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    server.set_fault("register-timeout-before-send", False)
    assert (await http_register.query(ask("li-xiulan"))).homes == ()
