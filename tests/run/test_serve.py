"""`labsupport serve` on loopback: real sockets in front of the lab."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import SECONDS, free_port, served, start
from said import SAY, says

from labsupport import Lab
from labsupport.answers.ask import AnswerPage
from labsupport.exchange import Outcome, Reply, Request, Reset, Silence
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.lookups.ask import values_of
from labsupport.run.serve import sockets as serving
from labsupport.run.serve.sockets import Converse, Deliver, Sockets, whois

NAME, BIG = "www.museum.example", "boletin.museum.example"


def refused(*options: str) -> str:
    """Start what cannot be; return what it says."""
    process = start(*options)
    said, complaint = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert said == ""
    assert "Traceback" not in complaint
    return complaint


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a served lab answers DNS."""
    with served() as (_, port, _):
        yield port


def query(name: str = NAME, rdtype: str = "A") -> dns.message.QueryMessage:
    return dns.message.make_query(name, rdtype, want_dnssec=True, payload=1232)


def with_length(wire: bytes) -> bytes:
    return len(wire).to_bytes(2, "big") + wire


def read_answer(client: socket.socket) -> dns.message.Message:
    with client.makefile("rb") as stream:
        length = int.from_bytes(stream.read(2), "big")
        return dns.message.from_wire(stream.read(length))


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        yield client


# What a client gets


@pytest.mark.parametrize(
    "question",
    [
        (NAME, "A"),
        (BIG, "TXT"),
        ("tienda.museum.example", "A"),
        ("no-hay.museum.example", "A"),
        ("www.seis.example", "A"),
        ("www.alterado.example", "A"),
        ("www.abandonado.example", "A"),
    ],
    ids=" ".join,
)
def test_a_program_gets_what_lab_ask_gets(question: tuple[str, str], port: int) -> None:
    expected = Lab("en").ask(*question)
    assert isinstance(expected, AnswerPage)
    response, over_tcp = dns.query.udp_with_fallback(
        query(*question), "127.0.0.1", timeout=SECONDS, port=port
    )
    assert over_tcp == (question[0] == BIG)
    assert dns.rcode.to_text(response.rcode()) == expected.code
    assert bool(response.flags & dns.flags.AD) == expected.authenticated
    values = [value for rrset in response.answer for value in values_of(rrset)]
    assert {record.value for record in expected.records} <= set(values)


def test_the_first_lines_show_a_question_that_works() -> None:
    with served("--at", "movil-norte") as (_, own, (sentence, command)):
        assert "Móvil Norte" in sentence
        assert command.endswith(f"dig @127.0.0.1 -p {own} {NAME}")
        assert dns.query.udp(query(), "127.0.0.1", timeout=SECONDS, port=own).answer


def test_one_connection_carries_many_questions_however_they_are_cut(
    connection: socket.socket,
) -> None:
    names = [NAME, BIG, "museum.example", "no-hay.museum.example"]
    stream = b"".join(with_length(query(name, "TXT").to_wire()) for name in names)
    for octet in stream[:5]:
        connection.sendall(bytes([octet]))
    connection.sendall(stream[5:])
    with connection.makefile("rb") as answers:
        for name in names:
            length = int.from_bytes(answers.read(2), "big")
            response = dns.message.from_wire(answers.read(length))
            assert response.question[0].name.to_text() == f"{name}."


# What a client may do to it


MUTATED = st.builds(
    lambda wire, edits: bytes(edits.get(n, octet) for n, octet in enumerate(wire)),
    st.just(query().to_wire()),
    st.dictionaries(st.integers(0, 60), st.integers(0, 255), max_size=8),
)


@given(st.lists(st.binary(max_size=200) | MUTATED, min_size=1, max_size=20))
@settings(max_examples=40)
def test_no_message_stops_it(port: int, messages: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        for message in messages:
            client.send(message)
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        for message in messages:
            client.sendall(with_length(message))
        client.sendall(b"\xff")
    assert dns.query.udp(query(), "127.0.0.1", timeout=SECONDS, port=port).answer
    assert dns.query.tcp(query(), "127.0.0.1", timeout=SECONDS, port=port).answer


def test_the_largest_message_is_read_to_its_end(connection: socket.socket) -> None:
    connection.sendall(with_length(bytes(65535)))
    connection.sendall(with_length(query().to_wire()))
    assert read_answer(connection).rcode() == dns.rcode.FORMERR


# The sockets alone, in front of something simpler than the lab


def run(
    deliver: Deliver,
    client: Callable[[int], Coroutine[Any, Any, None]],
    speak: Callable[[Deliver], Converse] | None = None,
) -> None:
    """Serve `deliver` on a free port of loopback while `client` does something there.

    Without `speak` it is served as DNS.
    """

    async def both() -> None:
        number = free_port()
        with closing(Sockets()) as opened:
            if speak is None:
                await opened.open_dns("127.0.0.1", number, deliver)
            else:
                await opened.open_tcp("127.0.0.1", number, speak(deliver))
            async with asyncio.timeout(SECONDS):
                await client(number)

    asyncio.run(both())


def echo(request: Request) -> Outcome:
    return Reply(None, 0.0, payload=request.payload)


async def closed_by_server(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


def test_it_tells_who_asked_and_how() -> None:
    arrived = []

    def deliver(request: Request) -> Outcome:
        arrived.append(request)
        return echo(request)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(with_length(b"over TCP"))
        assert await reader.readexactly(10) == with_length(b"over TCP")
        own_port = writer.get_extra_info("sockname")[1]
        writer.close()
        there = ("127.0.0.1", number, "tcp", None, b"over TCP")
        assert arrived == [Request("127.0.0.1", own_port, *there)]

    run(deliver, client)


def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SECONDS_A_CONNECTION_WAITS", 0.05)

    async def client(number: int) -> None:
        for beginning in (b"", b"\x00", b"\x00\x0chalf"):
            reader, writer = await asyncio.open_connection("127.0.0.1", number)
            writer.write(beginning)
            assert await closed_by_server(reader)
            writer.close()

    run(echo, client)


def test_a_reset_ends_the_connection_and_silence_does_not() -> None:
    def deliver(request: Request) -> Outcome:
        if request.payload == b"silence":
            return Silence(None, 0.0)
        if request.payload == b"reset":
            return Reset(None, 0.0)
        return echo(request)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(with_length(b"silence") + with_length(b"reply"))
        assert await reader.readexactly(7) == with_length(b"reply")
        writer.write(with_length(b"reset"))
        assert await closed_by_server(reader)
        writer.close()

    run(deliver, client)


# HTTP and WHOIS, in front of something simpler


def pages(request: Request) -> Outcome:
    """Answer with the body that came, and with what was asked of whom."""
    asked = HttpRequest.from_bytes(request.payload)
    if asked.target == "/reset":
        return Reset(None, 0.0)
    if asked.target == "/silence":
        return Silence(None, 0.0)
    shown = f"{request.protocol} {asked.method} {asked.target} ".encode()
    return Reply(
        None, 0.0, payload=HttpResponse(200, body=shown + asked.body).to_bytes()
    )


def spoken(*stream: bytes) -> bytes:
    """Send HTTP in pieces; return all that comes back until the connection is closed."""
    came = []

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        with closing(writer):
            for piece in stream:
                writer.write(piece)
                await asyncio.sleep(0)
            try:
                while data := await reader.read(4096):
                    came.append(data)
            except ConnectionResetError:
                pass

    run(pages, client, serving.http)
    return b"".join(came)


@pytest.mark.parametrize(
    "framed",
    [
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"Content-Length: 3\r\n\r\nabc",
    ],
    ids=["chunked", "counted"],
)
def test_a_web_request_is_answered_however_it_is_cut(framed: bytes) -> None:
    whole = b"POST /a HTTP/1.1\r\nHost: x\r\n" + framed
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    for came in (spoken(whole), spoken(*pieces)):
        assert came.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in came.lower()
        assert came.endswith(b"http POST /a abc")


def test_a_head_request_gets_no_body() -> None:
    head, _, rest = spoken(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n").partition(
        b"\r\n\r\n"
    )
    assert b"content-length: 13" in head.lower()
    assert rest == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"
        + bytes(1 << 20),
    ],
    ids=["words", "TLS", "no host", "length", "head", "body"],
)
def test_at_what_is_no_http_the_connection_is_closed(sent: bytes) -> None:
    assert spoken(sent) == b""


@pytest.mark.parametrize("target", ["/reset", "/silence"])
def test_a_machine_that_cuts_off_or_says_nothing_gives_no_page(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SECONDS_A_CONNECTION_WAITS", 0.05)
    assert spoken(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) == b""


@pytest.mark.parametrize("speak", [serving.http, whois], ids=["http", "whois"])
@pytest.mark.parametrize("beginning", [b"", b"G", b"GET / HTTP/1.1\r\nHost: "])
def test_an_idle_client_is_closed(
    speak: Callable[[Deliver], Converse],
    beginning: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "SECONDS_A_CONNECTION_WAITS", 0.05)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        with closing(writer):
            writer.write(beginning)
            assert await closed_by_server(reader)

    run(pages, client, speak)


def test_a_whois_question_is_one_line_and_its_answer_ends_the_connection() -> None:
    async def client(number: int) -> None:
        for line in (b"museum.example\r\n", b"museum.example\n", b"\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", number)
            with closing(writer):
                for octet in line:
                    writer.write(bytes([octet]))
                assert await reader.read() == line.rstrip() + b"\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        with closing(writer):
            writer.write(bytes(100_000) + b"\n")
            assert await closed_by_server(reader)

    run(echo, client, whois)


def test_it_answers_on_loopback_only(port: int) -> None:
    with pytest.raises(OSError, match=r"refused|assign|timed out"):
        socket.create_connection(("127.0.0.2", port), timeout=1).close()


# Starting and ending


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_politely_though_somebody_is_connected(number: signal.Signals) -> None:
    with (
        served() as (process, own, _),
        socket.create_connection(("127.0.0.1", own), timeout=SECONDS) as client,
    ):
        client.sendall(with_length(query().to_wire()))
        assert read_answer(client).answer
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        assert process.stdout is not None
        assert process.stdout.read().endswith(SAY("serve.the_lab_is_closed") + "\n")


def test_a_port_that_is_taken_is_said_to_be(port: int) -> None:
    complaint = refused("--port", str(port))
    reason = SAY("reasons.in_use")
    assert SAY("serve.port_not_usable", port=str(port), reason=reason) in complaint


def test_an_unknown_connection_is_answered_with_those_there_are() -> None:
    complaint = refused("--at", "nowhere")
    assert says(complaint, "serve.no_such_connection", where="'nowhere'")
    assert "movil-norte" in complaint


@pytest.mark.parametrize(
    ("pretence", "sentence"),
    [
        ("sys.platform = 'win32'", "Only Linux has network namespaces."),
        ("os.geteuid = lambda: 1000", "Only root may make a network namespace."),
        (
            "os.geteuid = lambda: 0; shutil.which = lambda name: None",
            "These programs are missing: ip and nft.",
        ),
    ],
)
def test_a_namespace_needs_linux_root_and_two_programs(
    pretence: str, sentence: str
) -> None:
    if sys.platform != "linux" and "platform" not in pretence:
        pytest.skip("the sentence for other systems comes first")
    code = (
        "import os, shutil, sys; from labsupport.run.cli import main; import labsupport.world; "
        f"{pretence}; sys.exit(main(['serve', '--namespace', 'lab']))"
    )
    ran = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, timeout=SECONDS
    )
    assert ran.returncode == 1
    assert sentence in ran.stderr
