"""A printer that answers what it should not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from drivers.document_printer.contract import JobState
from drivers.document_printer.ipp import MAX_MESSAGE, Group, Message, Tag, decode, encode
from drivers.document_printer.ipp_printer import DeviceJob, IppPrinter
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady, ProtocolError

Answer = Callable[[Message], bytes]


def http(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


@contextmanager
def printer_at(listener: socket.socket, answer: Answer) -> Iterator[None]:
    """Answer each request with what ``answer`` makes of it, then hang up."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
                    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                    while len(body) < length:
                        body += connection.recv(65536)
                    connection.sendall(answer(decode(body)))

    listener.listen()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def unix_printer(tmp_path: Path, answer: Answer) -> Iterator[IppPrinter]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(tmp_path / "p.sock"))
    with printer_at(listener, answer):
        yield IppPrinter(f"unix://{tmp_path}/p.sock", timeout_s=0.5)


def job_group(**numbers: int) -> Group:
    group = Group(Tag.JOB_ATTRIBUTES)
    group.put_strings("job-name", Tag.NAME, "cert:1")
    for name, number in numbers.items():
        group.put_integers(name.replace("_", "-"), Tag.INTEGER, number)
    return group


def jobs_answer(*jobs: Group) -> Answer:
    def answer(question: Message) -> bytes:
        wanted = question.groups[0].string("which-jobs") == "completed"
        return http(encode(Message(0, question.request_id, list(jobs) if wanted else [])))

    return answer


HOSTILE: dict[str, Answer] = {
    "hangs up": lambda _: b"",
    "half a status line": lambda _: b"HTTP/1.",
    "no http": lambda _: b"\0\1\2\3" * 50,
    "a line without end": lambda _: b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
    "server error": lambda _: http(b"oops", "500 Internal Server Error"),
    "html": lambda _: http(b"<html>login</html>"),
    "empty": lambda _: http(b""),
    "cut": lambda q: http(encode(Message(0, q.request_id, [job_group(job_id=1)]))[:-9]),
    "promised more": lambda q: http(encode(Message(0, q.request_id)))[:-3],
    "oversized": lambda _: http(b"\2\0" + b"\0" * MAX_MESSAGE),
    "another request": lambda q: http(encode(Message(0, q.request_id + 1))),
    "refused": lambda q: http(encode(Message(0x0400, q.request_id))),
    "bad chunks": lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_answer_that_is_none_is_a_typed_error(tmp_path: Path, kind: str) -> None:
    with (
        unix_printer(tmp_path, HOSTILE[kind]) as printer,
        pytest.raises((DeviceNotReady, ProtocolError)) as caught,
    ):
        printer.describe()

    assert caught.value.code in {"printer-offline", "ipp-malformed", "ipp-refused"}


def test_silence_ends_at_the_deadline(tmp_path: Path) -> None:
    released = threading.Event()

    def wait(_: Message) -> bytes:
        released.wait(5)
        return b""

    with unix_printer(tmp_path, wait) as printer:
        with pytest.raises(DeviceNotReady) as caught:
            printer.describe()
        released.set()

    assert caught.value.code == "printer-offline"


def test_jobs_of_one_name_are_all_reported(tmp_path: Path) -> None:
    once = job_group(job_id=4, job_state=9, job_impressions_completed=1)
    again = job_group(job_id=5, job_state=8)
    other = job_group(job_id=6, job_state=9)
    other.put_strings("job-name", Tag.NAME, "cert:2")

    with unix_printer(tmp_path, jobs_answer(once, again, other)) as printer:
        assert printer.jobs_named("cert:1") == [
            DeviceJob(4, JobState.COMPLETED, 1),
            DeviceJob(5, JobState.ABORTED, None),
        ]


@pytest.mark.parametrize(
    "job", [job_group(job_state=9), job_group(job_id=4), job_group(job_id=4, job_state=77)]
)
def test_a_job_without_id_or_known_state_is_refused(tmp_path: Path, job: Group) -> None:
    with (
        unix_printer(tmp_path, jobs_answer(job)) as printer,
        pytest.raises(ProtocolError, match="without id or state"),
    ):
        printer.jobs_named("cert:1")


def test_a_printer_on_the_network_is_asked_at_its_address() -> None:
    asked: list[str] = []

    def answer(question: Message) -> bytes:
        asked.append(question.groups[0].string("printer-uri"))
        group = Group(Tag.PRINTER_ATTRIBUTES)
        group.put_strings("printer-uuid", Tag.URI, "urn:uuid:1")
        return http(encode(Message(0, question.request_id, [group])))

    listener = socket.create_server(("127.0.0.1", 0))
    uri = f"ipp://127.0.0.1:{listener.getsockname()[1]}/ipp/print"
    with printer_at(listener, answer):
        description = IppPrinter(uri, timeout_s=2).describe()

    assert description.string("printer-uuid") == "urn:uuid:1"
    assert asked == [uri]


@pytest.mark.parametrize(
    "uri",
    ["", "http://host/", "ipp:", "unix:", "/dev/usb/lp0", "ipp://host:99999/ipp", "ipp://h:x"],
)
def test_an_address_of_another_kind_is_refused(uri: str) -> None:
    with pytest.raises(DeviceError) as caught:
        IppPrinter(uri, timeout_s=1)

    assert isinstance(caught.value, CommandRejected)
    assert caught.value.code == "printer-uri-invalid"
