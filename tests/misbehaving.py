"""Servers on loopback that do what a test tells them to, however wrong."""

from __future__ import annotations

import select
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from labsupport.world import World

HERE = "127.0.0.1"
PATIENCE = 5.0
AUTHORITY = World.load().certificate_authority
Behaviour = Callable[[socket.socket], None]


@contextmanager
def tcp(behave: Behaviour) -> Iterator[int]:
    """Run `behave` on each connection; yield the port. Each is closed when it returns."""
    with (
        socket.create_server((HERE, 0)) as listening,
        _in_thread(listening, lambda: _accept(listening, behave)),
    ):
        yield listening.getsockname()[1]


@contextmanager
def udp(answers: Callable[[bytes], list[bytes]]) -> Iterator[int]:
    """Send back the packets that `answers` makes of each packet; yield the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((HERE, 0))

        def serve() -> None:
            data, client = own.recvfrom(65535)
            for answer in answers(data):
                own.sendto(answer, client)

        with _in_thread(own, serve):
            yield own.getsockname()[1]


def saying(text: bytes) -> Behaviour:
    """Return what reads a request and answers with `text`."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65535)
        connection.sendall(text)

    return behave


def encrypted(
    behave: Behaviour, chain: tuple[bytes, ...], key: bytes, protocol: str = "http/1.1"
) -> Behaviour:
    """Return what shakes hands with the certificates `chain` (DER) before it behaves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols([protocol])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "chain.pem")
        file.write_bytes("".join(map(ssl.DER_cert_to_PEM_cert, chain)).encode() + key)
        context.load_cert_chain(file)

    def shake(connection: socket.socket) -> None:
        with (
            suppress(ssl.SSLError),
            context.wrap_socket(connection, server_side=True) as inside,
        ):
            behave(inside)

    return shake


def over_http2(
    headers: list[tuple[str, str]], body: bytes, asked: list[dict[str, str]]
) -> Behaviour:
    """Return what answers one request over HTTP/2 (RFC 9113); its headers go into `asked`.

    `headers` are sent as they are, the status among them, whatever the rules say.
    """
    config = h2.config.H2Configuration(
        client_side=False,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
    )

    def behave(connection: socket.socket) -> None:
        state = h2.connection.H2Connection(config)
        state.initiate_connection()
        connection.sendall(state.data_to_send())
        while data := connection.recv(65535):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    asked.append({k.decode(): v.decode() for k, v in event.headers})
                if isinstance(event, h2.events.StreamEnded):
                    state.send_headers(event.stream_id, headers)
                    state.send_data(event.stream_id, body, end_stream=True)
            connection.sendall(state.data_to_send())

    return behave


def _accept(listening: socket.socket, behave: Behaviour) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.settimeout(PATIENCE)
        behave(connection)


@contextmanager
def _in_thread(own: socket.socket, step: Callable[[], None]) -> Iterator[None]:
    """Do `step` whenever something comes to a socket, until the block is left."""
    staying, leaving = socket.socketpair()

    def run() -> None:
        while staying not in select.select([own, staying], [], [])[0]:
            step()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        leaving.close()
        thread.join()
        staying.close()
