"""Signs zones of the lab with its fixed keys, which are nobody's secret.

ECDSA signatures are deterministic here (RFC 6979): a zone is signed when it is first needed, and
is the same every time.
"""

from __future__ import annotations

import base64

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssecalgs.base import GenericPrivateKey
from dns.dnssecalgs.ecdsa import PrivateECDSAP256SHA256
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from labsupport.world import tables

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


def ds_records() -> dict[str, str]:
    """Return the DS record of each zone that has a key, hence is signed."""
    files = tables.folder().joinpath("keys").iterdir()
    names = sorted(one.name.removesuffix(".key") for one in files if one.name.endswith(".key"))
    zones = ["." if name == "root" else name for name in names]
    return {
        zone: str(dns.dnssec.make_ds(dns.name.from_text(zone), public_key(zone), "SHA256"))
        for zone in zones
    }


def signed(text: str, name: str) -> dns.zone.Zone:
    """Return the zone `name`, whose master-file text is `text`, signed with its key and NSEC.

    What its story does to the signatures is done. The zone with NSEC3, which dnspython cannot
    make, is stored as BIND signed it. Everything is in canonical order.
    """
    origin = dns.name.from_text(name)
    stored = tables.folder().joinpath("signed", f"{name}.zone")
    if stored.is_file():
        text = stored.read_text(encoding="utf-8")
        return dns.zone.from_text(text, origin=origin, relativize=False)
    zone = dns.zone.from_text(text, origin=origin, relativize=False)
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
    for node in zone.nodes.values():
        node.rdatasets.sort(key=_soa_first)
        for rdataset in node:
            rdataset.items = dict.fromkeys(sorted(rdataset))
    return zone


def to_text(zone: dns.zone.Zone) -> str:
    """Return a signed zone as text, one record a line, the SOA first, in canonical order."""
    return "".join(
        f"{name} {rdataset.ttl} IN {dns.rdatatype.to_text(rdataset.rdtype)} {rdata}\n"
        for name in sorted(zone.nodes)
        for rdataset in zone.nodes[name]
        for rdata in rdataset
    )


def _soa_first(rdataset: dns.rdataset.Rdataset) -> tuple[bool, int, int]:
    return rdataset.rdtype != dns.rdatatype.SOA, rdataset.rdtype, rdataset.covers
