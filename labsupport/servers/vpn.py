"""The far end of a VPN tunnel, as the network sees it: sealed messages in and out.

What travels inside, the lab sends from this address as messages of their own.
"""

from __future__ import annotations

import secrets

from labsupport.dns.transport import Send
from labsupport.exchange import Clock, Outcome, Reply, Request, Silence

OPERATOR = "Túnel Claro"  # invented
ADDRESS = (
    "198.19.105.77"  # of a machine that it rents from Ultramar Host; invented as well
)
PORT = 51820  # WireGuard's usual one
DATA_MESSAGE = b"\x04\0\0\0"  # how WireGuard begins a message of a tunnel that stands


class VpnEndpoint:
    """Answers each sealed message with one of the same length.

    Nobody without the key can read them, the lab itself included: beyond the first octets
    they are random. To anything else it is silent, as WireGuard is.
    """

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one message of a tunnel."""
        if request.protocol != "udp" or not request.payload.startswith(DATA_MESSAGE):
            return Silence(None, 0.0)
        sealed = secrets.token_bytes(len(request.payload) - len(DATA_MESSAGE))
        return Reply(request.to_address, 0.0, (), DATA_MESSAGE + sealed)
