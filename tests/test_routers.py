"""The routers of the lab's namespace: what they make of packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.exchange import Reply, Silence, Unreachable
from labsupport.packets import checksum, udp_packet
from labsupport.serve.routers import answer, probe

MUSEUM = {4: ("198.18.0.10", "198.51.100.10"), 6: ("2001:db8:9600::10", "2001:db8:501::10")}


@given(st.binary(max_size=80), st.sampled_from([b"", b"\x45", b"\x60"]))
def test_any_packet_may_come(data: bytes, start: bytes) -> None:
    probe(start + data)


@pytest.mark.parametrize("version", [4, 6])
def test_the_answer_quotes_the_probe_and_its_checksums_hold(version: int) -> None:
    source, to = MUSEUM[version]
    packet = udp_packet(source, 40000, to, 33434, b"x" * 600, 2)
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
