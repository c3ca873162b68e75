"""`labsupport serve` on loopback: real sockets in front of the lab."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
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
from loopback import SECONDS, Ports, free_port, served, start

from labsupport import Lab
from labsupport.exchange import Outcome, Reply, Request, Reset, Silence
from labsupport.http import HttpRequest, HttpResponse
from labsupport.lookups.ask import Answer, values_of
from labsupport.serve import sockets as serving
from labsupport.serve.sockets import Converse, Deliver, Sockets, whois

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
def ports() -> Iterator[Ports]:
    with served() as (_, ports, _):
        yield ports


@pytest.fixture(scope="module")
def port(ports: Ports) -> int:
    """Where a served lab answers DNS."""
    return ports.dns


def query(name: str = NAME, rdtype: str = "A") -> dns.message.QueryMessage:
    return dns.message.make_query(name, rdtype, want_dnssec=True, payload=1232)


def fetched(port: int, target: str) -> HttpResponse:
    """Ask the web on loopback for one page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    with closing(connection):
        connection.request("GET", target)
        response = connection.getresponse()
        return HttpResponse(response.status, tuple(response.getheaders()), response.read())


def asked(port: int, line: str) -> str:
    """Ask WHOIS on loopback."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall(f"{line}\r\n".encode())
        with client.makefile("rb") as stream:
            return stream.read().decode("latin-1")


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


def test_the_first_lines_show_questions_that_work() -> None:
    with served("--at", "movil-norte") as (_, own, (sentence, first, second, third)):
        assert "Móvil Norte" in sentence
        assert first.endswith(f"dig @127.0.0.1 -p {own.dns} {NAME}")
        assert dns.query.udp(query(), "127.0.0.1", timeout=SECONDS, port=own.dns).answer
        base = f"http://127.0.0.1:{own.web}"
        assert second.endswith(f"rdap --cache-dir= --bs-url={base}/bs museum.example")
        assert fetched(own.web, "/bs/dns.json").status == 200
        assert third.endswith(f"whois -h 127.0.0.1 -p {own.whois} museum.example")
        assert "museum.example" in asked(own.whois, "museum.example").lower()


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
    return Reply(None, 0.0, payload=HttpResponse(200, body=shown + asked.body).to_bytes())


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


LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_a_web_connection_carries_many_requests_however_they_are_cut() -> None:
    chunked = (
        b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    counted = b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ndef"
    whole = chunked + counted + LAST
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    for came in (spoken(whole), spoken(*pieces)):
        assert came.count(b"HTTP/1.1 200") == 3
        for line in (b"http POST /a abc", b"http POST /b def", b"http GET /last "):
            assert line in came


def test_a_head_request_gets_no_body() -> None:
    came = spoken(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", LAST)
    head, _, rest = came.partition(b"\r\n\r\n")
    assert b"content-length: 13" in head.lower()
    assert rest.startswith(b"HTTP/1.1 200")


def test_a_client_that_asks_whether_it_may_send_is_told() -> None:
    ask = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    assert spoken(ask, b"abc", LAST).endswith(b"http GET /last ")

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        with closing(writer):
            writer.write(ask)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
            writer.write(b"abc")
            assert (await reader.readuntil(b"abc")).startswith(b"HTTP/1.1 200")

    run(pages, client, serving.http)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000, b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n" + bytes(1 << 20), b"413"),
    ],
    ids=["words", "TLS", "no host", "length", "head", "body"],
)
def test_what_is_no_http_is_refused_and_the_connection_closed(sent: bytes, status: bytes) -> None:
    came = spoken(sent)
    # Who still sends when it is refused may see the connection cut before it reads.
    assert came.startswith(b"HTTP/1.1 " + status) or (status == b"413" and not came)
    assert came.count(b"HTTP/1.1") <= 1


@pytest.mark.parametrize("target", ["/reset", "/silence"])
def test_a_machine_that_cuts_off_or_says_nothing_gives_no_page(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SECONDS_A_CONNECTION_WAITS", 0.05)
    assert spoken(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) == b""


@pytest.mark.parametrize("speak", [serving.http, whois], ids=["http", "whois"])
@pytest.mark.parametrize("beginning", [b"", b"G", b"GET / HTTP/1.1\r\nHost: "])
def test_an_idle_client_is_closed(
    speak: Callable[[Deliver], Converse], beginning: bytes, monkeypatch: pytest.MonkeyPatch
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


# The lab's web and directories on loopback


def test_the_first_page_says_how_to_ask(ports: Ports) -> None:
    page = fetched(ports.web, "/")
    assert page.status == 200
    assert b"TRAINING" in page.body
    example = page.body.split()[-1].decode()
    assert fetched(ports.web, example.removeprefix(f"http://127.0.0.1:{ports.web}")).status == 200


def test_a_site_of_the_lab_can_be_seen(ports: Ports) -> None:
    page = fetched(ports.web, f"/{NAME}/")
    assert page.status == 200
    assert "Museo de Faros y Navegación" in page.body.decode()
    assert fetched(ports.web, f"/{NAME}/none").status == 404
    moved = fetched(ports.web, f"/{NAME}")
    assert (moved.status, moved.header("Location")) == (308, f"/{NAME}/")


@pytest.mark.parametrize(
    "host", ["no-hay.example", "ns1.alojar.example", "www.a..example", "x" * 70]
)
def test_a_host_without_a_web_server_is_said_to_be_none(host: str, ports: Ports) -> None:
    page = fetched(ports.web, f"/{host}/")
    assert page.status == 502
    assert host in page.body.decode()


@pytest.mark.parametrize("target", ["/a%20b/", "/@x/", "/[::1]/", "*"])
def test_a_path_without_a_host_gets_told_how_to_ask(target: str, ports: Ports) -> None:
    page = fetched(ports.web, target)
    assert page.status == 404
    assert b"Write the host in the path" in page.body


def test_rdap_can_be_followed_from_its_bootstrap_on(ports: Ports) -> None:
    base = f"http://127.0.0.1:{ports.web}/"
    services = json.loads(fetched(ports.web, "/bs/dns.json").body)["services"]
    servers = {suffix: urls for suffixes, urls in services for suffix in suffixes}
    assert all(url.startswith(base) for urls in servers.values() for url in urls)
    (server,) = servers["example"]
    page = fetched(ports.web, "/" + server.removeprefix(base) + "domain/museum.example")
    assert page.status == 200
    assert page.header("Content-Type").startswith("application/rdap+json")
    record = json.loads(page.body)
    assert record["ldhName"].lower() == "museum.example"
    links = {link["rel"]: link["href"] for link in record["links"]}
    assert links["self"].startswith(base)
    there = fetched(ports.web, "/" + links["related"].removeprefix(base))
    assert json.loads(there.body)["ldhName"].lower() == "museum.example"


def test_no_link_leads_where_a_program_here_cannot_go(ports: Ports) -> None:
    page = (
        fetched(ports.web, "/bs/dns.json").body
        + fetched(ports.web, "/rdap.nic.example/domain/museum.example").body
    )
    assert not re.search(rb"https?://[a-z0-9.-]+\.(example|test)", page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("museum.example", "Registrar WHOIS Server: whois.nombres-del-sur.example"),
        ("MUSEUM.EXAMPLE", "Registrar WHOIS Server: whois.nombres-del-sur.example"),
        ("aula-abierta.org.test", "aula-abierta.org.test"),
        ("198.51.100.10", "198.51.100."),
        ("as64500", "64500"),
    ],
)
def test_whois_is_answered_by_whoever_is_responsible(query: str, said: str, ports: Ports) -> None:
    assert said in asked(ports.whois, query)


def test_whois_says_what_nobody_knows(ports: Ports) -> None:
    assert asked(ports.whois, "no-hay.invalid").strip()
    assert asked(ports.whois, "").strip()


def test_it_answers_on_loopback_only(ports: Ports) -> None:
    for number in ports:
        with pytest.raises(OSError, match=r"refused|assign|timed out"):
            socket.create_connection(("127.0.0.2", number), timeout=1).close()


ODD = st.binary(max_size=200) | st.binary(max_size=60).map(
    lambda octets: b"GET /" + octets + b" HTTP/1.1\r\nHost: x\r\n\r\n"
)


@given(st.lists(ODD, min_size=1, max_size=5))
@settings(max_examples=40)
def test_no_octets_stop_the_web_or_whois(ports: Ports, messages: list[bytes]) -> None:
    for number in (ports.web, ports.whois):
        for message in messages:
            with socket.create_connection(("127.0.0.1", number), timeout=SECONDS) as client:
                client.sendall(message + b"\n")
    assert fetched(ports.web, f"/{NAME}/").status == 200
    assert "museum.example" in asked(ports.whois, "museum.example").lower()


# Starting and ending


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_politely_though_somebody_is_connected(number: signal.Signals) -> None:
    with (
        served() as (process, own, _),
        socket.create_connection(("127.0.0.1", own.dns), timeout=SECONDS) as client,
    ):
        client.sendall(with_length(query().to_wire()))
        assert read_answer(client).answer
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        assert process.stdout is not None
        assert process.stdout.read().endswith("The lab is closed.\n")


@pytest.mark.parametrize("option", ["--port", "--web-port", "--whois-port"])
def test_a_port_that_is_taken_is_said_to_be(option: str, port: int) -> None:
    others = {"--port", "--web-port", "--whois-port"} - {option}
    free = [word for other in others for word in (other, str(free_port()))]
    complaint = refused(option, str(port), *free)
    assert f"Port {port} cannot be used: Address already in use." in complaint
    assert f"Choose another one with {option}." in complaint


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
