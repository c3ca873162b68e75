"""Signs zones of the lab with its fixed keys, which are nobody's secret.

ECDSA signatures are deterministic here (RFC 6979): to sign again changes nothing unless the
zone did. So an order that changes a zone finds it signed by the same key.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from copy import copy

import dns.dnssec
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssecalgs.base import GenericPrivateKey
from dns.dnssecalgs.ecdsa import PrivateECDSAP256SHA256
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.util import Bitmap

from labsupport.world import tables, zone_text

DS, NS, NSEC, RRSIG, SOA = map(dns.rdatatype.from_text, ("DS", "NS", "NSEC", "RRSIG", "SOA"))
IN = dns.rdataclass.IN
INCEPTION = "20240101000000"
EXPIRATION = "20370101000000"
"""Before 2038: later dates do not fit the signed 32 bits that some validators count with."""


class PrivateAlgorithm(PrivateECDSAP256SHA256):
    """Signs with algorithm 253, whose signatures begin with the algorithm's name.

    RFC 4034, appendix A.1.1. Whoever does not know that name cannot check anything.
    """

    prefix: bytes

    def sign(self, data: bytes, verify: bool = False, deterministic: bool = True) -> bytes:
        """Return the name of the algorithm, then the signature."""
        return self.prefix + super().sign(data, verify, deterministic)


def key_path(zone: str) -> str:
    """Return where the files of a zone's key lie below data/world, without their endings."""
    return "keys/" + ("root" if zone == "." else zone)


def public_key(zone: str) -> DNSKEY:
    """Return a zone's DNSKEY, from the file that BIND's dnssec-keygen wrote."""
    lines = tables.read_text(f"{key_path(zone)}.key").splitlines()
    text = next(line for line in lines if not line.startswith(";")).split(" DNSKEY ")[1]
    key = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DNSKEY, text)
    assert isinstance(key, DNSKEY)
    return key


def private_key(zone: str) -> GenericPrivateKey:
    """Return a zone's ECDSA key, from the file that BIND's dnssec-keygen wrote."""
    lines = tables.read_text(f"{key_path(zone)}.private").splitlines()
    secret = next(line for line in lines if line.startswith("PrivateKey: ")).split()[1]
    number = int.from_bytes(base64.b64decode(secret), "big")
    key = ec.derive_private_key(number, ec.SECP256R1())
    public = public_key(zone)
    if public.algorithm != Algorithm.PRIVATEDNS:
        return PrivateECDSAP256SHA256(key)
    private = PrivateAlgorithm(key)
    _, length = dns.name.from_wire(public.key, 0)
    private.prefix = public.key[:length]
    return private


def signed(text: str, name: str) -> dns.zone.Zone:
    """Return the zone `name`, whose master-file text is `text`, signed with its key and NSEC.

    What its story does to the signatures is done.
    """
    zone = dns.zone.from_text(text, origin=dns.name.from_text(name), relativize=False)
    story = tables.signing_stories().get(name, {})
    dns.dnssec.sign_zone(
        zone,
        keys=[(private_key(name), public_key(name))],
        inception=story.get("inception", INCEPTION),
        expiration=story.get("expiration", EXPIRATION),
        deterministic=True,
    )
    for change in story.get("changed_after_signing", ()):
        owner, kind, data = change.split(" ", 2)
        ttl = zone.find_rdataset(owner, kind).ttl
        zone.replace_rdataset(owner, dns.rdataset.from_text("IN", kind, ttl, data))
    return zone


def signed_again(
    zone: dns.zone.Zone, name: str, before: Collection[str], now: Collection[str]
) -> dns.zone.Zone:
    """Return the signed zone `name` with fewer or other delegations; only changes are signed.

    `before` and `now` are its delegations with their glue, as lines of a master file.
    """
    origin = dns.name.from_text(name)
    twin = zone_text.copy(zone)
    nodes, private, public = twin.nodes, private_key(name), public_key(name)
    story = tables.signing_stories().get(name, {})

    def put(owner: dns.name.Name, node: dns.node.Node, *rdatas: dns.rdata.Rdata, ttl: int) -> None:
        rrset = dns.rrset.from_rdata_list(owner, ttl, rdatas)
        signature = dns.dnssec.sign(
            rrset,
            private,
            origin,
            public,
            story.get("inception", INCEPTION),
            story.get("expiration", EXPIRATION),
            deterministic=True,
        )
        nodes[owner] = copy(node)
        nodes[owner].rdatasets = list(node.rdatasets)
        for rdataset in (rrset.to_rdataset(), dns.rdataset.from_rdata(ttl, signature)):
            nodes[owner].replace_rdataset(rdataset)

    soa = zone.find_rdataset(origin, SOA)
    put(origin, nodes[origin], soa[0].replace(serial=soa[0].serial + 1), ttl=soa.ttl)
    ttl = next(zone.find_rdataset(line.split()[0], NS).ttl for line in before if " NS " in line)
    for owner in sorted({line.split()[0] for line in {*before} ^ {*now}}):
        own = dns.name.from_text(owner)
        old = twin.get_rdataset(own, NSEC)
        lines = [line.split(" ", 1) for line in now]
        node = zone_text.node(f"{ttl} IN {rest}" for other, rest in lines if other == owner)
        nodes.pop(own, None)
        if node.rdatasets:
            nodes[own] = node
        if old is None:  # the address of a name server
            continue
        if ds := node.get_rdataset(IN, DS):
            put(own, node, *ds, ttl=ttl)
        if node.rdatasets:
            types = [NSEC, RRSIG, *(rdataset.rdtype for rdataset in nodes[own].rdatasets)]
            windows = Bitmap.from_rdtypes(types).windows
            put(own, nodes[own], old[0].replace(windows=windows), ttl=old.ttl)
            continue
        earlier = sorted((one for one in nodes if one < own), reverse=True)
        at = next(one for one in earlier if twin.get_rdataset(one, NSEC))
        following = twin.find_rdataset(at, NSEC)[0].replace(next=old[0].next)
        put(at, nodes[at], following, ttl=old.ttl)
    return twin


def to_text(zone: dns.zone.Zone) -> str:
    """Return a zone as text, one record a line, the SOA first, in canonical order."""
    lines: list[str] = []
    for name in sorted(zone.nodes):
        for rdataset in sorted(zone.nodes[name], key=_soa_first):
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            lines.extend(
                f"{name} {rdataset.ttl} IN {kind} {rdata.to_text()}\n" for rdata in sorted(rdataset)
            )
    return "".join(lines)


def _soa_first(rdataset: dns.rdataset.Rdataset) -> tuple[bool, int, int]:
    return rdataset.rdtype != dns.rdatatype.SOA, rdataset.rdtype, rdataset.covers
