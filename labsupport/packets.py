"""A packet, byte by byte: written as it leaves a machine, and read field by field.

IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and the DNS message inside (RFC 1035 section 4.1,
RFC 6891): enough for a question on its way to a resolver.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

import dns.exception
import dns.flags
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from labsupport.exchange import DNS_PORT

Layer = Literal["ip", "udp", "dns", "data"]
Show = Callable[[bytes], str]

UDP = 17
LARGEST = 0xFFFF
DO_NOT_FRAGMENT = 0x4000
USUAL_HOP_LIMIT = 64


class NotAPacket(Exception):
    """These bytes are no whole UDP packet; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """Some bytes of a packet and what they say.

    `layer` is whose header they stand in: "ip", "udp", "dns", or "data" for a payload that is
    not DNS. `offset` and `length` are in octets, from the start of the packet. Numbers that
    share an octet are one field. `value` has numbers, names and the protocol's own
    abbreviations, in no language.
    """

    layer: Layer
    name: str
    offset: int
    length: int
    raw: bytes
    value: str


def udp_packet(
    source: str,
    source_port: int,
    to_address: str,
    port: int,
    payload: bytes,
    hop_limit: int = USUAL_HOP_LIMIT,
) -> bytes:
    """Return the packet that carries `payload`: an IP header, a UDP header, the payload.

    Both addresses are text, of one family. `hop_limit` is the number of routers it may pass.
    Raises ValueError for addresses of two families, a number that does not fit its field, or
    too much payload.

    >>> udp_packet("198.18.0.10", 40000, "198.18.0.53", 53, b"hello").hex(" ", -4)
    '45000021 00004000 4011ae68 c612000a c6120035 9c400035 000d9328 68656c6c 6f'
    """
    sender, receiver = ip_address(source), ip_address(to_address)
    if sender.version != receiver.version:
        raise ValueError("a packet goes between two addresses of one family")
    header_length = 20 if sender.version == 4 else 0  # IPv6 does not count its own header
    length = 8 + len(payload)
    if not (0 <= source_port <= 0xFFFF and 0 <= port <= 0xFFFF and 0 <= hop_limit <= 0xFF):
        raise ValueError("a port has 16 bits, a hop limit 8")
    if header_length + length > LARGEST:
        raise ValueError("one packet cannot carry that much")
    ends = sender.packed + receiver.packed
    unchecked = struct.pack("!HHHH", source_port, port, length, 0) + payload
    # A checksum of 0 means that there is none, so that the other zero is sent (RFC 768).
    sent = checksum(_pseudo_header(ends, length) + unchecked) or 0xFFFF
    datagram = unchecked[:6] + sent.to_bytes(2, "big") + payload
    if sender.version == 6:
        return struct.pack("!IHBB", 6 << 28, length, UDP, hop_limit) + ends + datagram
    start = struct.pack("!BBHHH", 0x45, 0, header_length + length, 0, DO_NOT_FRAGMENT)
    start += struct.pack("!BB", hop_limit, UDP)
    return start + checksum(start + ends).to_bytes(2, "big") + ends + datagram


def fields(packet: bytes) -> tuple[Field, ...]:
    """Read a packet: its fields in order, each octet in exactly one of them.

    Raises NotAPacket for what a receiver would throw away (a checksum that is wrong, a length
    that does not fit), for fragments, and for what is not UDP.

    >>> packet = udp_packet("2001:db8::1", 40000, "2001:db8::53", 123, b"hello")
    >>> [(field.name, field.value) for field in fields(packet)[4:7]]
    [('source address', '2001:db8::1'), ('destination address', '2001:db8::53'), \
('source port', '40000')]
    """
    reader = _Reader(packet)
    ends = _ip(reader)
    ports = _udp(reader, ends)
    if DNS_PORT in ports:
        _dns(reader)
    elif reader.left:
        reader.take("data", "payload", reader.left, _size)
    return tuple(reader.fields)


class _Reader:
    """Takes fields from the front of a packet."""

    def __init__(self, packet: bytes) -> None:
        self.packet = packet
        self.fields: list[Field] = []
        self.offset = 0

    @property
    def left(self) -> int:
        return len(self.packet) - self.offset

    def take(self, layer: Layer, name: str, length: int, show: Show) -> int:
        """Take the next field, and return it as a number."""
        raw = self.packet[self.offset : self.offset + length]
        if len(raw) < length:
            raise NotAPacket(f"it ends before its {name}")
        self.fields.append(Field(layer, name, self.offset, length, raw, show(raw)))
        self.offset += length
        return int.from_bytes(raw, "big")


def _ip(reader: _Reader) -> bytes:
    """Take the IP header; return both addresses, as bytes."""
    version = reader.packet[0] >> 4 if reader.packet else 0
    if version == 4:
        return _ipv4(reader)
    if version == 6:
        return _ipv6(reader)
    raise NotAPacket("it is neither IPv4 nor IPv6")


def _ipv4(reader: _Reader) -> bytes:
    packet = reader.packet
    header_length = (packet[0] & 0xF) * 4
    if not 20 <= header_length <= len(packet):
        raise NotAPacket("its IP header has an impossible length")
    if checksum(packet[:header_length]) != 0:
        raise NotAPacket("the checksum of its IP header is wrong")
    reader.take("ip", "version and header length", 1, lambda raw: f"IPv4, {header_length}")
    reader.take("ip", "type of service", 1, _number)
    if reader.take("ip", "total length", 2, _number) != len(packet):
        raise NotAPacket("its length is not what its IP header says")
    reader.take("ip", "identification", 2, _number)
    # Of the three flags, "do not fragment" says nothing about this packet being a part.
    if reader.take("ip", "flags and fragment offset", 2, _fragment_words) & ~DO_NOT_FRAGMENT:
        raise NotAPacket("it is a fragment of a larger packet")
    reader.take("ip", "time to live", 1, _number)
    protocol = reader.take("ip", "protocol", 1, _protocol_words)
    reader.take("ip", "header checksum", 2, _hexadecimal)
    reader.take("ip", "source address", 4, _address)
    reader.take("ip", "destination address", 4, _address)
    if header_length > 20:
        reader.take("ip", "options", header_length - 20, _hexadecimal)
    if protocol != UDP:
        raise NotAPacket("what it carries is not UDP")
    return packet[12:20]


def _ipv6(reader: _Reader) -> bytes:
    packet = reader.packet
    reader.take("ip", "version, traffic class and flow label", 4, _flow_words)
    if reader.take("ip", "payload length", 2, _number) != len(packet) - 40:
        raise NotAPacket("its length is not what its IP header says")
    protocol = reader.take("ip", "protocol", 1, _protocol_words)
    reader.take("ip", "hop limit", 1, _number)
    reader.take("ip", "source address", 16, _address)
    reader.take("ip", "destination address", 16, _address)
    if protocol != UDP:
        raise NotAPacket("what it carries is not UDP")
    return packet[8:40]


def _udp(reader: _Reader, ends: bytes) -> tuple[int, int]:
    """Take the UDP header; return both ports."""
    datagram = reader.packet[reader.offset :]
    source_port = reader.take("udp", "source port", 2, _number)
    port = reader.take("udp", "destination port", 2, _number)
    if reader.take("udp", "length", 2, _number) != len(datagram):
        raise NotAPacket("its length is not what its UDP header says")
    sent = reader.take("udp", "checksum", 2, _hexadecimal)
    none_sent = sent == 0 and len(ends) == 8  # IPv6 does not allow that (RFC 8200, 8.1)
    if not none_sent and checksum(_pseudo_header(ends, len(datagram)) + datagram) != 0:
        raise NotAPacket("the checksum of its UDP header is wrong")
    return source_port, port


def _dns(reader: _Reader) -> None:
    """Take a DNS message: its header, its question, and the EDNS record of a question."""
    message = reader.packet[reader.offset :]
    reader.take("dns", "identifier", 2, _hexadecimal)
    reader.take("dns", "flags", 2, _flag_words)
    questions = reader.take("dns", "questions", 2, _number)
    counts = [
        reader.take("dns", f"{section} records", 2, _number)
        for section in ("answer", "authority", "additional")
    ]
    if questions:
        try:
            name, length = dns.name.from_wire(message, 12)
        except dns.exception.DNSException as error:
            raise NotAPacket("the name in its question cannot be read") from error
        reader.take("dns", "name asked", length, lambda raw: name.to_text())
        reader.take("dns", "type asked", 2, _type)
        reader.take("dns", "class asked", 2, _class)
    rest = reader.packet[reader.offset :]
    if questions == 1 and counts == [0, 0, 1] and _is_edns(rest):
        reader.take("dns", "EDNS: name", 1, lambda raw: ".")
        reader.take("dns", "EDNS: type", 2, _type)
        reader.take("dns", "EDNS: largest answer", 2, _number)
        reader.take("dns", "EDNS: flags", 4, _edns_words)
        options = reader.take("dns", "EDNS: length of options", 2, _number)
        if options:
            reader.take("dns", "EDNS: options", options, _hexadecimal)
    elif rest:
        reader.take("dns", "further records", len(rest), _size)


def _is_edns(record: bytes) -> bool:
    """Whether these bytes are one OPT record (RFC 6891 section 6.1.2), and nothing else."""
    if len(record) < 11 or record[:3] != b"\0" + dns.rdatatype.OPT.to_bytes(2, "big"):
        return False
    return len(record) == 11 + _int(record[9:11])


def _pseudo_header(ends: bytes, length: int) -> bytes:
    """Return what UDP's checksum counts of the IP header (RFC 768; RFC 8200 section 8.1)."""
    return ends + (
        struct.pack("!BBH", 0, UDP, length) if len(ends) == 8 else struct.pack("!II", length, UDP)
    )


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071); 0 over data that holds its right checksum."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


# How a field's bytes are written


def _int(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _number(raw: bytes) -> str:
    return str(_int(raw))


def _hexadecimal(raw: bytes) -> str:
    return f"0x{raw.hex()}"


def _size(raw: bytes) -> str:
    return str(len(raw))


def _address(raw: bytes) -> str:
    return str(ip_address(raw))


def _type(raw: bytes) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(_int(raw)))


def _class(raw: bytes) -> str:
    return dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(_int(raw)))


def _protocol_words(raw: bytes) -> str:
    return "17 (UDP)" if raw[0] == UDP else str(raw[0])


def _fragment_words(raw: bytes) -> str:
    return "DF" if _int(raw) == DO_NOT_FRAGMENT else _hexadecimal(raw)


def _flow_words(raw: bytes) -> str:
    word = _int(raw)
    return f"IPv6, {word >> 20 & 0xFF}, {word & 0xFFFFF}"


def _flag_words(raw: bytes) -> str:
    word = _int(raw)
    parts = (
        dns.opcode.to_text(dns.opcode.from_flags(word)),
        dns.rcode.to_text(dns.rcode.from_flags(word, 0)),
        dns.flags.to_text(word),
    )
    return " ".join(filter(None, parts))


def _edns_words(raw: bytes) -> str:
    return f"{raw[1]} {dns.flags.edns_to_text(_int(raw))}".strip()
