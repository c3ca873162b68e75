"""`labsupport serve` on loopback: real sockets in front of the lab."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.exchange import Outcome, Reply, Reset, Silence
from labsupport.lookups.ask import Answer, values_of
from labsupport.serve import sockets as serving
from labsupport.serve.sockets import DnsSockets

LABSUPPORT = Path(sys.executable).with_name("labsupport")
SECONDS = 20.0
NAME, BIG = "www.museum.example", "boletin.museum.example"


def free_port() -> int:
    """A port that is free on loopback, for UDP and TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        ):
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            try:
                datagram.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (LABSUPPORT, "serve", *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(*options: str) -> str:
    """Start what cannot be; return what it says."""
    process = start(*options)
    said, complaint = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert said == ""
    assert "Traceback" not in complaint
    return complaint


@contextmanager
def served(port: int, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `labsupport serve`; yield the process and its first line once it answers."""
    process = start("--port", str(port), *options)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        first = process.stdout.readline()
        assert first, process.stderr.read()
        yield process, first
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            complaints = process.stderr.read()
            process.stdout.close()
            process.stderr.close()
    assert complaints == ""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a served lab."""
    number = free_port()
    with served(number):
        yield number


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
    assert isinstance(expected, Answer)
    response, over_tcp = dns.query.udp_with_fallback(
        query(*question), "127.0.0.1", timeout=SECONDS, port=port
    )
    assert over_tcp == (question[0] == BIG)
    assert dns.rcode.to_text(response.rcode()) == expected.code
    assert bool(response.flags & dns.flags.AD) == expected.authenticated
    values = [value for rrset in response.answer for value in values_of(rrset)]
    assert {record.value for record in expected.records} <= set(values)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_answers_on_both_loopback_addresses(address: str, port: int) -> None:
    try:
        socket.create_server((address, 0), family=serving_family(address)).close()
    except OSError:
        pytest.skip(f"this machine has no {address}")
    for ask in (dns.query.udp, dns.query.tcp):
        assert ask(query(), address, timeout=SECONDS, port=port).answer


def serving_family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def test_the_first_line_shows_a_question_that_works() -> None:
    number = free_port()
    with served(number, "--at", "movil-norte") as (_, first):
        assert first.endswith(f"dig @127.0.0.1 -p {number} {NAME}\n")
        assert "Móvil Norte" in first
        assert dns.query.udp(query(), "127.0.0.1", timeout=SECONDS, port=number).answer


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
    deliver: Callable[[str, str, int, bytes], Outcome],
    client: Callable[[int], Coroutine[Any, Any, None]],
) -> None:
    """Serve `deliver` on a free port of loopback while `client` does something there."""

    async def both() -> None:
        number = free_port()
        with closing(DnsSockets()) as opened:
            await opened.open("127.0.0.1", number, deliver)
            async with asyncio.timeout(SECONDS):
                await client(number)

    asyncio.run(both())


def echo(protocol: str, source: str, port: int, message: bytes) -> Outcome:
    return Reply(None, 0.0, payload=message)


async def closed_by_server(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


def test_it_tells_who_asked_and_how() -> None:
    asked = []

    def deliver(protocol: str, source: str, port: int, message: bytes) -> Outcome:
        asked.append((protocol, source, port, message))
        return echo(protocol, source, port, message)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(with_length(b"over TCP"))
        assert await reader.readexactly(10) == with_length(b"over TCP")
        own_port = writer.get_extra_info("sockname")[1]
        writer.close()
        assert asked == [("tcp", "127.0.0.1", own_port, b"over TCP")]

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


def test_one_connection_too_many_is_closed_and_a_place_becomes_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 2)

    async def client(number: int) -> None:
        async def ask() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection("127.0.0.1", number)
            writer.write(with_length(b"?"))
            return reader, writer

        connected = [await ask() for _ in range(2)]
        for reader, _ in connected:
            assert await reader.readexactly(3) == with_length(b"?")
        reader, writer = await ask()
        assert await closed_by_server(reader)
        writer.close()
        for _, writer in connected:
            writer.close()
        while True:  # until the server has noticed that they are gone
            reader, writer = await ask()
            with closing(writer):
                if await reader.read(3) == with_length(b"?"):
                    break

    run(echo, client)


def test_a_reset_ends_the_connection_and_silence_does_not() -> None:
    def deliver(protocol: str, source: str, port: int, message: bytes) -> Outcome:
        if message == b"silence":
            return Silence(None, 0.0)
        if message == b"reset":
            return Reset(None, 0.0)
        return Reply(None, 0.0, payload=message)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(with_length(b"silence") + with_length(b"reply"))
        assert await reader.readexactly(7) == with_length(b"reply")
        writer.write(with_length(b"reset"))
        assert await closed_by_server(reader)
        writer.close()

    run(deliver, client)


# Starting and ending


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_politely_though_somebody_is_connected(number: signal.Signals) -> None:
    own = free_port()
    with (
        served(own) as (process, _),
        socket.create_connection(("127.0.0.1", own), timeout=SECONDS) as client,
    ):
        client.sendall(with_length(query().to_wire()))
        assert read_answer(client).answer
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        assert process.stdout is not None
        assert process.stdout.read().endswith("The lab is closed.\n")


def test_a_port_that_is_taken_is_said_to_be(port: int) -> None:
    assert f"Port {port} cannot be used: Address already in use." in refused("--port", str(port))


@pytest.mark.parametrize("text", ["0", "65536", "-1", "dns", "٥٣"])
def test_a_port_is_a_number(text: str) -> None:
    process = start(f"--port={text}")
    _, complaint = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "a port is a number from 1 to 65535" in complaint


def test_an_unknown_connection_is_answered_with_those_there_are() -> None:
    complaint = refused("--at", "nowhere")
    assert "There is no connection 'nowhere' in this lab." in complaint
    assert "movil-norte" in complaint


@pytest.mark.parametrize(
    ("pretence", "sentence"),
    [
        ("sys.platform = 'win32'", "Only Linux has network namespaces."),
        ("os.geteuid = lambda: 1000", "Only root may make a network namespace."),
        (
            "os.geteuid = lambda: 0; shutil.which = lambda name: None",
            "These programs are missing: ip, nft.",
        ),
    ],
)
def test_a_namespace_needs_linux_root_and_two_programs(pretence: str, sentence: str) -> None:
    if sys.platform != "linux" and "platform" not in pretence:
        pytest.skip("the sentence for other systems comes first")
    code = (
        "import os, shutil, sys; from labsupport.cli import main; import labsupport.world; "
        f"{pretence}; sys.exit(main(['serve', '--namespace', 'lab']))"
    )
    ran = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, timeout=SECONDS
    )
    assert ran.returncode == 1
    assert sentence in ran.stderr
