"""The routers of the lab's namespace: what they make of packets."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.exchange import Reply, Silence, Unreachable
from labsupport.run.serve.namespace import answer, checksum, probe

MUSEUM = {
    4: ("198.18.0.10", "198.51.100.10"),
    6: ("2001:db8:9600::10", "2001:db8:501::10"),
}


def udp_packet(source: str, to: str, payload: bytes, hop_limit: int) -> bytes:
    """Return a probe of traceroute, without checksums."""
    ends = ip_address(source).packed + ip_address(to).packed
    datagram = struct.pack("!HHHH", 40000, 33434, 8 + len(payload), 0) + payload
    if len(ends) == 32:
        return (
            struct.pack("!IHBB", 6 << 28, len(datagram), 17, hop_limit)
            + ends
            + datagram
        )
    start = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(datagram), 0, hop_limit, 17, 0)
    return start + ends + datagram


@given(st.binary(max_size=80), st.sampled_from([b"", b"\x45", b"\x60"]))
def test_any_packet_may_come(data: bytes, start: bytes) -> None:
    probe(start + data)


@pytest.mark.parametrize("version", [4, 6])
def test_the_answer_quotes_the_probe_and_its_checksums_hold(version: int) -> None:
    source, to = MUSEUM[version]
    packet = udp_packet(source, to, b"x" * 600, 2)
    request = probe(packet)
    assert request is not None
    assert (request.source, request.to_address, request.hop_limit) == (source, to, 2)
    told = answer(packet, Unreachable(to, 0.1))
    assert told is not None
    assert packet[:500] in told
    if version == 4:
        assert checksum(told[:20]) == checksum(told[20:]) == 0
        assert told[20:22] == bytes([11, 0])
    else:
        pseudo = told[8:40] + len(told[40:]).to_bytes(4, "big") + bytes([0, 0, 0, 58])
        assert checksum(pseudo + told[40:]) == 0
        assert told[40:42] == bytes([3, 0])
    assert answer(packet, Silence(None, 1.0)) is None
    assert answer(packet, Reply(to, 0.1)) != told
