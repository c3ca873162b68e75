"""dnspython's own resolver over the waist: for whoever knows dnspython and wants to go on in it."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.nameserver

from labsupport.dnscore.transport import ask_once, read_response
from labsupport.exchange import DNS_PORT, Network, Reply, Reset, Silence, Unreachable


class NetworkNameserver(dns.nameserver.Nameserver):
    """A name server that dnspython asks through a network of ours.

    `source` is the asking address, `address` the server's.

    >>> import dns.resolver
    >>> from labsupport.network.offline import OfflineNetwork
    >>> from labsupport.world import World
    >>> network = OfflineNetwork(World.load())
    >>> resolver = dns.resolver.Resolver(configure=False)
    >>> resolver.nameservers = [NetworkNameserver(network, "198.18.0.10", "198.18.0.53")]
    >>> resolver.resolve("www.museum.example", "A")[0].address
    '198.51.100.10'
    """

    def __init__(self, network: Network, source: str, address: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._network = network
        self._source = source
        self._address = address

    def __str__(self) -> str:
        return self._address

    def kind(self) -> str:
        """Name the kind of name server for dnspython's error messages."""
        return "network"

    def is_always_max_size(self) -> bool:
        """Say that answers can be cut off, and be asked for again over TCP."""
        return False

    def answer_nameserver(self) -> str:
        """Return the address that answers came from."""
        return self._address

    def answer_port(self) -> int:
        """Return the port that answers came from."""
        return DNS_PORT

    def query(
        self,
        request: dns.message.QueryMessage,
        timeout: float,
        source: str | None,
        source_port: int,
        max_size: bool,
        one_rr_per_rrset: bool = False,
        ignore_trailing: bool = False,
    ) -> dns.message.Message:
        """Ask `request`; raise dnspython's exceptions for silence, refusal and garbage."""
        outcome = ask_once(
            self._network.send,
            request.to_wire(),
            source=source or self._source,
            to_address=self._address,
            protocol="tcp" if max_size else "udp",
            timeout=timeout,
        )
        if isinstance(outcome, Silence):
            raise dns.exception.Timeout(timeout=timeout)  # type: ignore[no-untyped-call]
        if isinstance(outcome, Unreachable | Reset):
            raise OSError(type(outcome).__name__)
        response = read_response(request, outcome.payload) if isinstance(outcome, Reply) else None
        if response is None:
            raise dns.exception.FormError
        if response.flags & dns.flags.TC and not max_size:
            raise dns.message.Truncated(message=response)  # type: ignore[no-untyped-call]
        return response
