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
import dns.transaction
import dns.zone
from dns.dnssec import _make_rrsig_signature_data
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rdtypes.util import Bitmap

from labsupport.signatures import sign_p256
from labsupport.world import tables, zone_text

DS, NS, NSEC, SOA = map(dns.rdatatype.from_text, ("DS", "NS", "NSEC", "SOA"))
IN = dns.rdataclass.IN
INCEPTION = "20240101000000"
EXPIRATION = "20370101000000"
"""Before 2038: later dates do not fit the signed 32 bits that some validators count with."""


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


class Signer:
    """Signs for one zone with its key: ECDSA on P-256 with SHA-256 (RFC 6605).

    The signatures of algorithm 253 begin with the algorithm's name (RFC 4034 appendix A.1.1).
    Whoever does not know that name cannot check anything.
    """

    def __init__(self, zone: str) -> None:
        self.key = public_key(zone)
        lines = tables.read_text(f"{key_path(zone)}.private").splitlines()
        secret = next(
            line for line in lines if line.startswith("PrivateKey: ")
        ).split()[1]
        self._secret = int.from_bytes(base64.b64decode(secret))
        self._zone = dns.name.from_text(zone)
        length = 0
        if self.key.algorithm == Algorithm.PRIVATEDNS:
            _, length = dns.name.from_wire(self.key.key, 0)
        self._prefix = self.key.key[:length]
        story = tables.signing_stories().get(zone, {})
        expiration = story.get("expiration", EXPIRATION)
        inception = story.get("inception", INCEPTION)
        self._times = f"{expiration} {inception}"

    def __call__(self, rrset: dns.rrset.RRset) -> dns.rdata.Rdata:
        """Return the signature of a set (RFC 4034 section 3.1.8.1)."""
        kind = dns.rdatatype.to_text(rrset.rdtype)
        labels = len(rrset.name) - 1
        if rrset.name.is_wild():
            labels -= 1
        what = f"{kind} {self.key.algorithm:d} {labels} {rrset.ttl}"
        text = f"{what} {self._times} {self.key.key_id()} {self._zone} AA=="
        unsigned = dns.rdata.from_text(IN, dns.rdatatype.RRSIG, text)
        assert isinstance(unsigned, RRSIG)
        data = _make_rrsig_signature_data(rrset, unsigned)
        return unsigned.replace(signature=self._prefix + sign_p256(self._secret, data))


def signed(text: str, name: str) -> dns.zone.Zone:
    """Return the zone `name`, whose master-file text is `text`, signed with its key and NSEC.

    What its story does to the signatures is done.
    """
    origin = dns.name.from_text(name)
    zone = dns.zone.from_text(text, origin=origin, relativize=False)
    signer = Signer(name)
    keys = zone.find_rdataset(origin, dns.rdatatype.DNSKEY, create=True)
    keys.add(signer.key, zone.find_rdataset(origin, SOA).ttl)

    def sign(transaction: dns.transaction.Transaction, rrset: dns.rrset.RRset) -> None:
        transaction.add(rrset.name, rrset.ttl, signer(rrset))

    dns.dnssec.sign_zone(zone, rrset_signer=sign)
    story = tables.signing_stories().get(name, {})
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
    twin = _Twin(zone, name)
    twin.raise_serial(dns.name.from_text(name))
    ttl = next(
        zone.find_rdataset(line.split()[0], NS).ttl for line in before if " NS " in line
    )
    records: dict[str, list[str]] = {}
    for line in now:
        owner, record = line.split(" ", 1)
        records.setdefault(owner, []).append(f"{ttl} IN {record}")
    changed = set(before) ^ set(now)
    for owner in sorted({line.split()[0] for line in changed}):
        node = zone_text.node(records.get(owner, ()))
        twin.replace(dns.name.from_text(owner), node, ttl)
    return twin.zone


class _Twin:
    """A copy of the signed zone `name`; what is replaced in it is signed."""

    def __init__(self, zone: dns.zone.Zone, name: str) -> None:
        self.zone = zone_text.copy(zone)
        self._sign = Signer(name)

    def raise_serial(self, origin: dns.name.Name) -> None:
        """Say that the zone has changed."""
        soa = self.zone.find_rdataset(origin, SOA)
        self._put(origin, soa[0].replace(serial=soa[0].serial + 1), ttl=soa.ttl)

    def replace(self, owner: dns.name.Name, node: dns.node.Node, ttl: int) -> None:
        """Put a delegation or an address at its name, or take it away where `node` is empty."""
        nsec = self.zone.get_rdataset(owner, NSEC)
        self.zone.nodes.pop(owner, None)
        if node.rdatasets:
            self.zone.nodes[owner] = node
        if nsec is None:  # the address of a name server
            return
        if not node.rdatasets:
            self._close_gap(owner, nsec)
            return
        if ds := node.get_rdataset(IN, DS):
            self._put(owner, *ds, ttl=ttl)
        types = [rdataset.rdtype for rdataset in self.zone.nodes[owner].rdatasets]
        windows = Bitmap.from_rdtypes([NSEC, dns.rdatatype.RRSIG, *types]).windows
        self._put(owner, nsec[0].replace(windows=windows), ttl=nsec.ttl)

    def _close_gap(self, owner: dns.name.Name, nsec: dns.rdataset.Rdataset) -> None:
        """Have the NSEC before a name that is gone lead to the one after it."""
        earlier = [name for name in self.zone.nodes if name < owner]
        for name in sorted(earlier, reverse=True):
            if own := self.zone.get_rdataset(name, NSEC):
                self._put(name, own[0].replace(next=nsec[0].next), ttl=nsec.ttl)
                return

    def _put(self, owner: dns.name.Name, *rdatas: dns.rdata.Rdata, ttl: int) -> None:
        rrset = dns.rrset.from_rdata_list(owner, ttl, rdatas)
        node = copy(self.zone.nodes[owner])
        node.rdatasets = list(node.rdatasets)
        node.replace_rdataset(rrset.to_rdataset())
        node.replace_rdataset(dns.rdataset.from_rdata(ttl, self._sign(rrset)))
        self.zone.nodes[owner] = node


def to_text(zone: dns.zone.Zone) -> str:
    """Return a zone as text, one record a line, the SOA first, in canonical order."""
    lines: list[str] = []
    for name in sorted(zone.nodes):
        for rdataset in sorted(zone.nodes[name], key=_soa_first):
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            start = f"{name} {rdataset.ttl} IN {kind}"
            lines += [f"{start} {rdata.to_text()}\n" for rdata in sorted(rdataset)]
    return "".join(lines)


def _soa_first(rdataset: dns.rdataset.Rdataset) -> tuple[bool, int, int]:
    return rdataset.rdtype != dns.rdatatype.SOA, rdataset.rdtype, rdataset.covers
