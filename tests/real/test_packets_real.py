"""tshark reads the lab's packets as the course does, and finds their checksums good."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import dns.message
import dns.name
import dns.rdatatype
import pytest

from labsupport.dnscore.transport import make_query
from labsupport.packets import Field, fields, udp_packet

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="not installed: tshark")

RAW_IP = 101  # LINKTYPE_RAW: the packet begins with its IP header
NAMES = ("www.museum.example.", "banca.bancodelfaro.example.", "xn--bncodelfaro-yij.example.", ".")
ENDS = (
    ("198.18.0.10", "198.18.0.53"),
    ("100.64.7.21", "198.18.129.53"),
    ("2001:db8:9600:a::10", "2001:db8:9600::53"),
)
QUESTIONS = [
    udp_packet(source, 40000 + number, to_address, 53, query.to_wire(), 64 - number)
    for number, name in enumerate(NAMES)
    for source, to_address in ENDS
    for query in (
        make_query(dns.name.from_text(name), dns.rdatatype.AAAA, recursion=True),
        dns.message.make_query(name, "MX"),
    )
]

# The course's name of each field; tshark's of the numbers in it, and how many bits of the field
# stand to the right of each number, and in it. One that fills the field needs neither.
TSHARK: dict[str, dict[str, tuple[int, int] | None]] = {
    "version and header length": {"ip.version": (4, 4), "ip.hdr_len": (0, 4)},
    "type of service": {"ip.dsfield": None},
    "total length": {"ip.len": None},
    "identification": {"ip.id": None},
    "flags and fragment offset": {"ip.flags": (13, 3), "ip.frag_offset": (0, 13)},
    "protocol": {"ip.proto": None, "ipv6.nxt": None},
    "header checksum": {"ip.checksum": None},
    "version, traffic class and flow label": {
        "ipv6.version": (28, 4),
        "ipv6.tclass": (20, 8),
        "ipv6.flow": (0, 20),
    },
    "payload length": {"ipv6.plen": None},
    "time to live": {"ip.ttl": None},
    "hop limit": {"ipv6.hlim": None},
    "source address": {"ip.src": None, "ipv6.src": None},
    "destination address": {"ip.dst": None, "ipv6.dst": None},
    "source port": {"udp.srcport": None},
    "destination port": {"udp.dstport": None},
    "length": {"udp.length": None},
    "checksum": {"udp.checksum": None},
    "identifier": {"dns.id": None},
    "flags": {"dns.flags": None},
    "questions": {"dns.count.queries": None},
    "answer records": {"dns.count.answers": None},
    "authority records": {"dns.count.auth_rr": None},
    "additional records": {"dns.count.add_rr": None},
    "name asked": {"dns.qry.name": None},
    "type asked": {"dns.qry.type": None},
    "class asked": {"dns.qry.class": None},
    "EDNS: name": {"dns.resp.name": None},
    "EDNS: type": {"dns.resp.type": None},
    "EDNS: largest answer": {"dns.rr.udp_payload_size": None},
    "EDNS: flags": {
        "dns.resp.ext_rcode": (24, 8),
        "dns.resp.edns0_version": (16, 8),
        "dns.resp.z": (0, 16),
    },
    "EDNS: length of options": {"dns.resp.len": None},
}
GOOD = "1"  # of tshark's ip.checksum.status


def capture(packets: Iterable[bytes]) -> bytes:
    """Return packets as a capture file (draft-ietf-opsawg-pcap), all of the same moment."""
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW_IP)
    return header + b"".join(
        struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet for packet in packets
    )


def dissected(packets: Iterable[bytes], folder: Path) -> list[dict[str, ElementTree.Element]]:
    """Return what tshark reads: of each packet, each field by its name; the first of a name."""
    file = folder / "packets.pcap"
    file.write_bytes(capture(packets))
    command = ["tshark", "-n", "-r", str(file), "-T", "pdml"]
    command += ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [
        {field.attrib["name"]: field for field in reversed(list(packet.iter("field")))}
        for packet in ElementTree.fromstring(done.stdout).iter("packet")
    ]


def expected(field: Field, bits: tuple[int, int] | None) -> str | int:
    """Return what tshark should show: an address or a name as text, a number."""
    if field.name in ("source address", "destination address"):
        return field.value
    if field.name in ("name asked", "EDNS: name"):
        return field.value.removesuffix(".") or "<Root>"
    number = int.from_bytes(field.raw, "big")
    if bits is None:
        return number
    shift, size = bits
    number = number >> shift & (1 << size) - 1
    return number * 4 if field.name == "version and header length" and shift == 0 else number


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, ElementTree.Element]]:
    return dissected(QUESTIONS, tmp_path_factory.mktemp("capture"))


def test_tshark_agrees_on_every_field(theirs: list[dict[str, ElementTree.Element]]) -> None:
    assert len(theirs) == len(QUESTIONS)
    met = set()
    for packet, seen in zip(QUESTIONS, theirs, strict=True):
        for field in fields(packet):
            numbers = {name: bits for name, bits in TSHARK[field.name].items() if name in seen}
            assert numbers, field
            for name, bits in numbers.items():
                met.add(name)
                position, size = (int(seen[name].attrib[key]) for key in ("pos", "size"))
                if bits is None:
                    assert (position, size) == (field.offset, field.length), name
                assert field.offset <= position, name
                assert position + size <= field.offset + field.length, name
                wanted, shown = expected(field, bits), seen[name].attrib["show"]
                assert wanted == (int(shown, 0) if isinstance(wanted, int) else shown), name
    assert met == {name for names in TSHARK.values() for name in names}, "each was met"


def test_tshark_finds_every_checksum_good(theirs: list[dict[str, ElementTree.Element]]) -> None:
    for seen in theirs:
        assert seen["udp.checksum.status"].attrib["show"] == GOOD
        assert "ipv6.version" in seen or seen["ip.checksum.status"].attrib["show"] == GOOD


def test_tshark_would_find_a_wrong_checksum(tmp_path: Path) -> None:
    wrong = [packet[:-1] + bytes([packet[-1] ^ 1]) for packet in QUESTIONS]
    for seen in dissected(wrong, tmp_path):
        assert seen["udp.checksum.status"].attrib["show"] != GOOD
