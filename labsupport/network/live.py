"""The real Internet, or any that this machine's sockets reach: every request is really sent."""

from __future__ import annotations

import copy
import errno
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, TypeVar

import h2.config
import h2.exceptions
import h11
import httpcore2

from labsupport import exchange
from labsupport.bounds import (
    LARGEST_DNS_MESSAGE,
    LARGEST_HEAD,
    LARGEST_MESSAGE,
    LARGEST_WHOIS_ANSWER,
    LONGEST_EXCHANGE,
    ONE_READ,
)
from labsupport.dns.transport import may_answer
from labsupport.exchange import (
    WHOIS_PORT,
    Endpoint,
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
)
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.formats.certificates import Trust, judge
from labsupport.language import Language
from labsupport.network.traceroute import MOST_HOPS, NoTool, Probes
from labsupport.reasons import reason_of

SENDINGS = 3  # of a packet that may be lost, until its time is over
# Packets that are not believed are evidence, and could be very many.
MOST_IGNORED = 20
# What a system says when it, or a router, knows no way there, or may not take it.
NO_WAY = {
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.ENETDOWN,
    errno.EADDRNOTAVAIL,
    errno.EACCES,
    errno.EPERM,
}
# What concerns one connection and not the message that it carried (RFC 9112 section 7.6).
OF_THE_CONNECTION = {"transfer-encoding", "connection", "keep-alive"}
Ending = TypeVar("Ending", bound=Outcome)


# Not globally reachable, or not one machine's, by IANA's registries of special-purpose addresses
# (RFC 6890 and those that the registries name; read in November 2026), multicast, and what is
# kept for the future. Python's own list depends on its version.
SPECIAL_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only this block is given out (RFC 4291 section 2.4, IANA); within it are exceptions:
# protocol assignments with Teredo, documentation, 6to4, documentation again.
GLOBAL_IPV6 = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def is_special(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is not one of a machine on the public Internet.

    >>> is_special(ip_address("169.254.169.254")), is_special(ip_address("::ffff:10.0.0.1"))
    (True, True)
    >>> is_special(ip_address("193.0.14.129")), is_special(ip_address("2001:7fd::1"))
    (False, False)
    """
    if isinstance(address, IPv4Address):
        return any(address in block for block in SPECIAL_IPV4)
    if address.scope_id is not None or address not in GLOBAL_IPV6:
        return True
    return any(address in block for block in SPECIAL_IPV6)


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides where a request may go.

    What another server names (a redirect, a referral, a link, a name server's address) may lead
    anywhere, into the participant's own network too. So each address is looked at where a
    connection is made to it, and not before: a name can change its address in between.

    `endpoints` are addresses with a port and a protocol that may be asked whatever they are: the
    resolvers that a connection was given are mostly in its own network. `allowed` are special
    prefixes that may be reached all the same: a test has its own.

    >>> guard = Guard([("192.168.1.1", 53, "udp")])
    >>> guard.permits("192.168.1.1", 53, "udp"), guard.permits("192.168.1.1", 53, "https")
    (True, False)
    """

    endpoints: Collection[Endpoint] = ()
    allowed: Collection[str] = ()

    def permits(self, address: str, port: int, protocol: str) -> bool:
        """Say whether a request may go to a port at an address; what is no address may not."""
        if (address, port, protocol) in self.endpoints:
            return True
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if not is_special(ip):
            return True
        return any(ip in ip_network(prefix) for prefix in self.allowed)


class TooMuch(Exception):
    """The other side sent more than it may."""


# What says that the other side breaks the rules of HTTP. ValueError: its status is no number.
BROKEN_RULES = (
    httpcore2.ProtocolError, h2.exceptions.H2Error, h11.ProtocolError, ValueError,
)  # fmt: skip


class Http2Connection(httpcore2.HTTP2Connection):
    """Takes no answer that RFC 9113 section 8.1.1 calls malformed, such as one without a status."""

    CONFIG = h2.config.H2Configuration()


class TcpConnection(httpcore2.NetworkStream):
    """A connection to a port at an address, which speaks TLS after `encrypt`.

    `patience` is how many seconds may pass without anything happening, `most` how many octets
    are read. Raises OSError, of which TimeoutError is one, and TooMuch.
    """

    def __init__(self, address: str, port: int, patience: float, most: int) -> None:
        self._patience = patience
        self._deadline = time.monotonic() + LONGEST_EXCHANGE
        self._left = most
        self.received = 0  # octets, of what was encrypted if anything was
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._wait()
            self._socket.connect((address, port))
            self.source_port: int = self._socket.getsockname()[1]
        except BaseException:
            self._socket.close()
            raise

    def encrypt(
        self, server_name: str | None, protocols: Iterable[str]
    ) -> tuple[bytes, ...]:
        """Shake hands, and return the certificates that were shown, in DER, leaf first.

        They are not judged: whoever calls must do so before anything is sent. `protocols` are
        those to offer for what follows (ALPN, RFC 7301). Raises ssl.SSLError as well.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if offered := list(protocols):
            context.set_alpn_protocols(offered)
        self._wait()
        # An end that anybody on the way can make is none (RFC 9112 section 9.8).
        self._socket = context.wrap_socket(
            self._socket, server_hostname=server_name, suppress_ragged_eofs=False
        )
        return _shown(self._socket)

    @property
    def chosen(self) -> str:
        """The protocol that the other side chose of those offered, "" for none."""
        if not isinstance(self._socket, ssl.SSLSocket):
            return ""
        return self._socket.selected_alpn_protocol() or ""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what came, at most `max_bytes`; nothing at the end. `timeout` changes nothing."""
        self._wait()
        data = self._socket.recv(max_bytes)
        self.received += len(data)
        self._left -= len(data)
        if self._left < 0:
            raise TooMuch
        return data

    def read_exactly(self, count: int) -> bytes:
        """Return `count` octets; raise ConnectionResetError when fewer come."""
        data = b""
        while len(data) < count:
            more = self.read(count - len(data))
            if not more:
                raise ConnectionResetError
            data += more
        return data

    def allow(self, more: int) -> None:
        """Let so many more octets be read."""
        self._left += more

    def read_all(self) -> bytes:
        """Return everything until the other side ends."""
        pieces = []
        while piece := self.read(ONE_READ):
            pieces.append(piece)
        return b"".join(pieces)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send everything in `buffer`. `timeout` changes nothing."""
        self._wait()
        self._socket.sendall(buffer)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _wait(self) -> None:
        """Give the next step its time; raise TimeoutError when there is none left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(self._patience, left))


def _shown(encrypted: Any) -> tuple[bytes, ...]:
    """The certificates of a handshake. Before Python 3.13 only the object within has them all."""
    if hasattr(encrypted, "get_unverified_chain"):
        return tuple(encrypted.get_unverified_chain())
    chain = encrypted._sslobj.get_unverified_chain() or ()
    return tuple(ssl.PEM_cert_to_DER_cert(shown.public_bytes()) for shown in chain)


class SystemClock:
    """This computer's clock."""

    def now(self) -> float:
        """Return seconds since 1970-01-01 00:00 UTC."""
        return time.time()


class LiveNetwork:
    """Sends requests from this machine, each on a socket of its own.

    `guard` says where they may go, `authorities` are the certificate authorities that are
    trusted, as PEM. A certificate that is not trusted ends an exchange before anything is asked.
    `covers` says which names can be asked about. `say` is the language in which it says why
    something was not sent.

    >>> network = LiveNetwork(Guard(), b"", Language.load("en"))
    >>> asked = Request("", 0, "10.0.0.1", 43, "tcp", None, b"museum.example\\r\\n")
    >>> print(network.send(asked).reason)
    10.0.0.1 is not an address of the public Internet, so nothing was sent there.
    """

    def __init__(
        self,
        guard: Guard,
        authorities: bytes,
        say: Language,
        covers: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self.clock = SystemClock()
        self.covers = covers
        self._guard = guard
        self._probes = Probes()
        self._authorities = authorities
        self.say = say

    def also_to(self, endpoint: Endpoint) -> LiveNetwork:
        """Return the same network, in which what a person chose may be asked as well."""
        twin = copy.copy(self)
        twin._guard = replace(self._guard, endpoints={*self._guard.endpoints, endpoint})
        return twin

    def send(self, request: Request) -> Outcome:
        """Deliver `request`, unless it may not go there, and return what became of it."""
        carriers = {
            "udp": self._udp,
            "tcp": self._whois if request.port == WHOIS_PORT else self._dns_stream,
            "http": self._http,
            "https": self._http,
            "icmp": self._probe,
        }
        carry = carriers.get(request.protocol)
        if carry is None:
            reason = self.say("live.nothing_can_sent_way", way=request.protocol)
            return NotSent(None, 0.0, (), reason)
        if not self._guard.permits(request.to_address, request.port, request.protocol):
            reason = self.say("live.no_public_address", address=request.to_address)
            return NotSent(None, 0.0, (), reason)
        return carry(_Attempt(request))

    def _udp(self, attempt: _Attempt) -> Outcome:
        """Send one DNS question in a packet; wait for what answers this very question.

        A packet may be lost: it is sent again, the same, as often as stub resolvers do.
        """
        request = attempt.request
        family = socket.AF_INET6 if ":" in request.to_address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as own:
                own.connect((request.to_address, request.port))
                attempt.source_port = own.getsockname()[1]
                for sending in range(1, SENDINGS + 1):
                    own.send(request.payload)
                    until = request.timeout * sending / SENDINGS
                    data = self._awaited(own, attempt, until)
                    if data is not None:
                        return attempt.reply(data)
        # the machine's own word that nobody listens there
        except ConnectionRefusedError:
            return attempt.ended(exchange.Unreachable, request.to_address)
        except OSError as problem:
            return self._broken(attempt, problem)
        return attempt.ended(Silence, None)

    def _awaited(
        self, own: socket.socket, attempt: _Attempt, until: float
    ) -> bytes | None:
        """Wait for an answer for so many seconds since the attempt began; None without one."""
        while (left := until - attempt.elapsed) > 0:
            own.settimeout(left)
            try:
                data = own.recv(LARGEST_DNS_MESSAGE)
            except TimeoutError:
                return None
            if may_answer(attempt.request.payload, data):
                return data
            if len(attempt.ignored) < MOST_IGNORED:
                attempt.ignored.append(data)
        return None

    def _dns_stream(self, attempt: _Attempt) -> Outcome:
        """Ask one DNS question over TCP (RFC 7766)."""

        def ask(connection: TcpConnection) -> Outcome:
            payload = attempt.request.payload
            connection.write(len(payload).to_bytes(2, "big") + payload)
            length = int.from_bytes(connection.read_exactly(2), "big")
            return attempt.reply(connection.read_exactly(length))

        return self._connected(attempt, 2 + LARGEST_DNS_MESSAGE, ask)

    def _whois(self, attempt: _Attempt) -> Outcome:
        """Send one line and take the text that comes until the end (RFC 3912)."""

        def ask(connection: TcpConnection) -> Outcome:
            connection.write(attempt.request.payload)
            return attempt.reply(connection.read_all())

        return self._connected(attempt, LARGEST_WHOIS_ANSWER, ask)

    def _http(self, attempt: _Attempt) -> Outcome:
        """Carry one HTTP message over HTTP/1.1, or over HTTP/2 where the server takes it."""
        request = attempt.request
        asked = HttpRequest.from_bytes(request.payload)
        host = asked.header("Host") or request.to_address
        url = httpcore2.URL(
            scheme=request.protocol, host=host, port=request.port, target=asked.target
        )
        own = [(key.encode(), value.encode("latin-1")) for key, value in asked.headers]
        message = httpcore2.Request(asked.method, url, headers=own, content=asked.body)

        def ask(connection: TcpConnection) -> Outcome:
            speaks_http2 = connection.chosen == "h2"
            kind = Http2Connection if speaks_http2 else httpcore2.HTTP11Connection
            with kind(url.origin, connection) as speaker:
                answer = speaker.handle_request(message)
                pieces = []
                size = 0
                for piece in answer.iter_stream():
                    connection.allow(len(piece))
                    pieces.append(piece)
                    size += len(piece)
                    if size > LARGEST_MESSAGE:
                        raise TooMuch
            headers = []
            for key, value in answer.headers:
                if key.decode("latin-1").lower() not in OF_THE_CONNECTION:
                    headers.append((key.decode("latin-1"), value.decode("latin-1")))
            response = HttpResponse(answer.status, tuple(headers), b"".join(pieces))
            return attempt.reply(response.to_bytes())

        return self._connected(
            attempt, LARGEST_HEAD + ONE_READ, ask, ("h2", "http/1.1")
        )

    def _probe(self, attempt: _Attempt) -> Outcome:
        """Say who answers where the hop limit ends, from one run of the system's tool."""
        request = attempt.request
        try:
            hops = self._probes.way(request.to_address)
        except NoTool:
            return NotSent(None, 0.0, (), self.say("live.no_tool"))
        except OSError as problem:
            return self._broken(attempt, problem)
        hop = hops.get(request.hop_limit or MOST_HOPS)
        if hop is None:
            return Silence(None, request.timeout)
        if hop.address == request.to_address:
            return Reply(hop.address, hop.seconds, payload=request.payload)
        return exchange.Unreachable(hop.address, hop.seconds)

    def _connected(
        self,
        attempt: _Attempt,
        most: int,
        ask: Callable[[TcpConnection], Outcome],
        protocols: tuple[str, ...] = (),
    ) -> Outcome:
        """Connect, over TLS where the request wants it, and ask; say what went wrong."""
        request = attempt.request
        connection = None
        try:
            connection = TcpConnection(
                request.to_address, request.port, request.timeout, most
            )
            with closing(connection):
                attempt.source_port = connection.source_port
                if request.protocol == "https":
                    attempt.certificates = connection.encrypt(
                        request.server_name, protocols
                    )
                    name = request.server_name or request.to_address
                    trust = judge(
                        attempt.certificates, name, self._authorities, self.clock.now()
                    )
                    if trust is not Trust.TRUSTED:
                        return attempt.failed_tls(trust.value)
                return ask(connection)
        except (TooMuch, OSError, *BROKEN_RULES) as problem:
            return self._failed(attempt, connection, problem)

    def _failed(
        self, attempt: _Attempt, connection: TcpConnection | None, problem: Exception
    ) -> Outcome:
        """Say what went wrong."""
        received = connection is not None and connection.received > 0
        if isinstance(problem, TooMuch):
            return attempt.unusable(self.say("live.sent_far_more_than"))
        if isinstance(problem, TimeoutError):
            if not received:
                return attempt.ended(Silence, None)
            return attempt.unusable(self.say("live.began_answer_did_not"))
        reset = attempt.ended(Reset, attempt.request.to_address)
        if isinstance(problem, ssl.SSLEOFError) and not received:
            return reset
        if isinstance(problem, ssl.SSLError) and not attempt.certificates:
            return attempt.failed_tls((problem.reason or "").lower().replace("_", " "))
        if not isinstance(problem, OSError):
            if connection is not None and not received:
                return reset
            return attempt.unusable(self.say("live.what_came_breaks_rules"))
        if received:
            return attempt.unusable(self.say("live.broke_off_middle_answer"))
        return (
            reset
            if isinstance(problem, ssl.SSLError)
            else self._broken(attempt, problem)
        )

    def _broken(self, attempt: _Attempt, problem: OSError) -> Outcome:
        if problem.errno in NO_WAY:
            return attempt.ended(exchange.Unreachable, None)
        if isinstance(problem, ConnectionError):
            return attempt.ended(Reset, attempt.request.to_address)
        why = reason_of(problem, self.say)
        reason = self.say("live.computer_could_not_send", reason=why)
        return NotSent(None, attempt.elapsed, (), reason)


class _Attempt:
    """One request on its way, and what is known of it so far."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.source_port = 0
        self.ignored: list[bytes] = []
        self.certificates: tuple[bytes, ...] = ()
        self._began = time.perf_counter()

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._began

    def ended(self, kind: type[Ending], by: str | None, **more: Any) -> Ending:
        return kind(
            by, self.elapsed, tuple(self.ignored), source_port=self.source_port, **more
        )

    def reply(self, payload: bytes) -> Reply:
        shown = self.certificates
        return self.ended(
            Reply, self.request.to_address, payload=payload, certificates=shown
        )

    def unusable(self, reason: str) -> exchange.Unusable:
        return self.ended(exchange.Unusable, self.request.to_address, reason=reason)

    def failed_tls(self, reason: str) -> exchange.TlsFailure:
        shown = self.certificates
        by = self.request.to_address
        return self.ended(exchange.TlsFailure, by, reason=reason, certificates=shown)
