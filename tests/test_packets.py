"""Packets, byte by byte: what is written can be read, and everything else is refused."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.dnscore.transport import make_query
from labsupport.lookups.names import read_question
from labsupport.lookups.packet import IN_WORDS, Packet, packet
from labsupport.packets import NotAPacket, fields, udp_packet
from labsupport.results import Figure, Kind, Result

V4 = st.builds(IPv4Address, st.integers(0, 2**32 - 1)).map(str)
V6 = st.builds(IPv6Address, st.integers(0, 2**128 - 1)).map(str)
ENDS = st.one_of(st.tuples(V4, V4), st.tuples(V6, V6))
PORTS = st.integers(0, 0xFFFF)
OTHER_PORTS = PORTS.filter(lambda port: port != 53)
LABELS = st.binary(min_size=1, max_size=20)
NAMES = st.lists(LABELS, max_size=6).map(lambda labels: dns.name.Name([*labels, b""]))
QUERIES = st.builds(
    lambda name, rdtype, edns, recursion: dns.message.make_query(
        name, rdtype, use_edns=edns, want_dnssec=edns, flags=dns.flags.RD if recursion else 0
    ),
    NAMES,
    st.sampled_from(["A", "AAAA", "MX", "TXT", "DNSKEY", "TYPE65280"]),
    st.booleans(),
    st.booleans(),
)
QUESTION = make_query(dns.name.from_text("www.museum.example."), dns.rdatatype.A, recursion=True)
PACKETS = tuple(
    udp_packet(source, 40000, to_address, 53, QUESTION.to_wire())
    for source, to_address in (
        ("198.18.0.10", "198.18.0.53"),
        ("2001:db8:9600:a::10", "2001:db8:9600::53"),
    )
)


def values(packet: bytes) -> dict[str, str]:
    return {field.name: field.value for field in fields(packet)}


@given(ENDS, PORTS, PORTS, st.one_of(QUERIES.map(lambda q: q.to_wire()), st.binary(max_size=99)))
def test_each_octet_is_in_exactly_one_field(
    ends: tuple[str, str], source_port: int, port: int, payload: bytes
) -> None:
    packet = udp_packet(ends[0], source_port, ends[1], port, payload)
    try:
        read = fields(packet)
    except NotAPacket:
        assert 53 in (source_port, port), "only a letter can be unreadable"
        return
    offset = 0
    for field in read:
        assert (field.offset, field.length) == (offset, len(field.raw))
        offset += field.length
    assert b"".join(field.raw for field in read) == packet


@given(ENDS, OTHER_PORTS, OTHER_PORTS, st.binary(max_size=1300), st.integers(0, 255))
def test_reading_gives_back_what_was_written(
    ends: tuple[str, str], source_port: int, port: int, payload: bytes, hop_limit: int
) -> None:
    packet = udp_packet(ends[0], source_port, ends[1], port, payload, hop_limit)
    read = values(packet)
    assert (ip_address(read["source address"]), ip_address(read["destination address"])) == tuple(
        map(ip_address, ends)
    )
    assert (read["source port"], read["destination port"]) == (str(source_port), str(port))
    assert read["time to live" if packet[0] >> 4 == 4 else "hop limit"] == str(hop_limit)
    assert packet.endswith(payload)
    assert ("payload" in read) == bool(payload)


@given(ENDS, PORTS, QUERIES)
def test_a_question_is_read_as_dnspython_wrote_it(
    ends: tuple[str, str], source_port: int, query: dns.message.Message
) -> None:
    packet = udp_packet(ends[0], source_port, ends[1], 53, query.to_wire())
    read = values(packet)
    asked = query.question[0]
    assert dns.name.from_text(read["name asked"]) == asked.name
    assert read["type asked"] == dns.rdatatype.to_text(asked.rdtype)
    assert int(read["identifier"], 16) == query.id
    assert ("RD" in read["flags"].split()) == bool(query.flags & dns.flags.RD)
    assert ("EDNS: type" in read) == (query.edns >= 0)
    if query.edns >= 0:
        assert int(read["EDNS: largest answer"]) == query.payload
        assert "DO" in read["EDNS: flags"].split()


@given(st.sampled_from(PACKETS), st.integers(0))
def test_one_bit_that_flips_under_way_is_noticed(packet: bytes, place: int) -> None:
    """The checksums cover everything but these fields of IPv6 (RFC 8200 section 8.1)."""
    bit = place % (len(packet) * 8)
    damaged = bytearray(packet)
    damaged[bit // 8] ^= 1 << bit % 8
    uncovered = {"version, traffic class and flow label", "hop limit"}
    if packet[0] >> 4 == 6 and next(
        field for field in fields(packet) if field.offset + field.length > bit // 8
    ).name in (uncovered):
        return
    with pytest.raises(NotAPacket):
        fields(bytes(damaged))


@given(st.binary(max_size=120))
@example(b"")
@example(b"\x45")
@example(b"\x60")
@example(b"\x4f" + bytes(19))
def test_arbitrary_bytes_raise_only_the_named_error(data: bytes) -> None:
    try:
        read = fields(data)
    except NotAPacket:
        return
    assert b"".join(field.raw for field in read) == data


@given(ENDS, st.binary(max_size=90))
def test_an_arbitrary_letter_raises_only_the_named_error(
    ends: tuple[str, str], letter: bytes
) -> None:
    """Here the envelope is right, so that reading comes as far as the letter."""
    header = bytes.fromhex("0001 0100 0001 0000 0000 0001")
    for payload in (letter, header + letter):
        packet = udp_packet(ends[0], 40000, ends[1], 53, payload)
        try:
            read = fields(packet)
        except NotAPacket:
            continue
        assert b"".join(field.raw for field in read) == packet


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b"\x50" + PACKETS[0][1:], "neither IPv4 nor IPv6"),
        (PACKETS[0][:10], "impossible length"),
        (PACKETS[0] + b"\0", "not what its IP header says"),
        (PACKETS[1][:-1], "not what its IP header says"),
        (PACKETS[1][:5], "ends before its payload length"),
    ],
    ids=["version", "cut short", "too long", "too short, IPv6", "cut short, IPv6"],
)
def test_what_is_wrong_is_said(packet: bytes, words: str) -> None:
    with pytest.raises(NotAPacket, match=words):
        fields(packet)


@pytest.mark.parametrize(
    ("source", "port", "to_address", "hop_limit", "length"),
    [
        ("198.18.0.10", 53, "2001:db8::53", 64, 5),
        ("198.18.0.10", 65536, "198.18.0.53", 64, 5),
        ("198.18.0.10", 53, "198.18.0.53", 256, 5),
        ("198.18.0.10", 53, "198.18.0.53", 64, 65508),
        ("museum.example", 53, "198.18.0.53", 64, 5),
    ],
)
def test_a_packet_that_cannot_be(
    source: str, port: int, to_address: str, hop_limit: int, length: int
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        udp_packet(source, 40000, to_address, port, bytes(length), hop_limit)


def test_ipv4_without_an_udp_checksum_is_read() -> None:
    """RFC 768 allows that, for IPv4 only."""
    without = PACKETS[0][:26] + b"\0\0" + PACKETS[0][28:]
    assert values(without)["checksum"] == "0x0000"
    with pytest.raises(NotAPacket, match="checksum"):
        fields(PACKETS[1][:46] + b"\0\0" + PACKETS[1][48:])


# The packet of a question that was asked


def shown(lab: Lab, name: str, type: str = "A") -> Result:
    return packet(lab.evidence.lines, lab._session, *read_question(name, type, lab.say))


@pytest.mark.parametrize("resolver", ["fibra-sur", "2001:db8:9600::53"])
def test_the_packet_is_that_of_the_last_question(resolver: str) -> None:
    lab = Lab("en").at(resolver)
    lab.ask("www.museum.example")
    lab.ask("www.museum.example", "MX")
    lab.wait("1 day")
    lab.ask("www.museum.example")
    result = shown(lab, "www.museum.example")
    assert isinstance(result, Packet)
    request = lab.evidence.lines[-1].request
    assert result.packet.endswith(request.payload)
    read = {field.name: field.value for field in result.fields}
    assert (read["source address"], read["source port"]) == (
        request.source,
        str(request.source_port),
    )
    assert read["destination address"] == request.to_address
    assert (read["name asked"], read["type asked"]) == ("www.museum.example.", "A")
    envelope = 48 if ":" in request.to_address else 28
    assert result.sentence.startswith(
        f"This packet has {envelope + 47} bytes: {envelope} on the envelope, 47 in the letter."
    )


@pytest.mark.parametrize("resolver", ["fibra-sur", "2001:db8:9600::53"])
def test_it_is_said_which_bytes_were_never_sent(resolver: str) -> None:
    lab = Lab("en").at(resolver)
    lab.ask("www.museum.example")
    result = shown(lab, "www.museum.example")
    assert isinstance(result, Packet)
    request = lab.evidence.lines[-1].request
    written = result.packet.removesuffix(request.payload)
    assert len(written) + len(request.payload) == len(result.packet)
    ends = request.source, request.source_port, request.to_address, request.port
    assert udp_packet(*ends, request.payload) == result.packet, "no more was known of the envelope"
    read = {field.name: field.value for field in result.fields}
    assert result.limits[0].startswith("Only the letter was sent as it stands.")
    left = read.get("time to live") or read["hop limit"]
    assert f"({left} routers may hand it on;" in result.limits[0]
    if ":" not in request.to_address:
        assert (read["identification"], read["flags and fragment offset"]) == ("0", "DF")
        assert "in IPv4 identification 0 and DF" in result.limits[0]
    assert len(result.limits) == 3


def test_the_table_and_the_figure_hold_every_byte() -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    result = shown(lab, "www.museum.example")
    assert isinstance(result, Packet)
    rows = result.tabulated().rows
    assert bytes.fromhex(" ".join(str(row[1]) for row in rows)) == result.packet
    figure = result.figure()
    assert isinstance(figure, Figure)
    assert bytes.fromhex(" ".join(str(row[3]) for row in figure.data.rows)) == result.packet
    assert figure.png().startswith(b"\x89PNG")


def test_another_question_or_another_place_has_no_packet_yet() -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    for other, name, type in (
        (lab, "www.museum.example", "AAAA"),
        (lab, "www.corte.gob.test", "A"),
        (lab.at("movil-norte"), "www.museum.example", "A"),
    ):
        result = shown(other, name, type)
        assert result.kind is Kind.NOT_ASKED
        assert f'Run lab.ask("{name}") first' in result.sentence


@given(ENDS, QUERIES)
def test_every_field_of_a_question_has_its_words(
    ends: tuple[str, str], query: dns.message.Message
) -> None:
    for field in fields(udp_packet(ends[0], 40000, ends[1], 53, query.to_wire())):
        assert field.name in IN_WORDS
