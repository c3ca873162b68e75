"""Composes and signs the zones of the lab, draws its log: python -m labsupport.world.build

Writes data/world/movil-norte-log.csv, which labsupport/world/subscribers.py draws, and
data/world/signed: a zone for each key in data/world/keys, and ds.txt with the DS records of
those keys. The keys are fixed and signatures deterministic, so that building
again changes nothing unless the world did. The zones with NSEC are signed by dnspython;
the one with NSEC3, which dnspython cannot make, by BIND's dnssec-signzone.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from pathlib import Path

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

from labsupport.world import World, subscribers, tables
from labsupport.world.compose import file_name, zone_file

INCEPTION = "20240101000000"
EXPIRATION = "20370101000000"
"""Before 2038: later dates do not fit the signed 32 bits that some validators count with."""

HEADER = "; Made by python -m labsupport.world.build. Change the sources instead.\n"


class PrivateAlgorithm(PrivateECDSAP256SHA256):
    """Signs with algorithm 253, whose signatures begin with the algorithm's name.

    RFC 4034, appendix A.1.1. Whoever does not know that name cannot check anything.
    """

    prefix: bytes

    def sign(self, data: bytes, verify: bool = False, deterministic: bool = True) -> bytes:
        """Return the name of the algorithm, then the signature."""
        return self.prefix + super().sign(data, verify, deterministic)


def key_names() -> list[str]:
    """Return the zones that have a key, hence are signed."""
    return sorted(
        "." if file.name == "root.key" else file.name.removesuffix(".key")
        for file in tables.folder().joinpath("keys").iterdir()
        if file.name.endswith(".key")
    )


def _key_path(zone: str) -> str:
    return "keys/" + ("root" if zone == "." else zone)


def public_key(zone: str) -> DNSKEY:
    """Return a zone's DNSKEY, from the file that BIND's dnssec-keygen wrote."""
    lines = tables.read_text(f"{_key_path(zone)}.key").splitlines()
    text = next(line for line in lines if not line.startswith(";")).split(" DNSKEY ")[1]
    key = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DNSKEY, text)
    assert isinstance(key, DNSKEY)
    return key


def private_key(zone: str) -> GenericPrivateKey:
    """Return a zone's ECDSA key, from the file that BIND's dnssec-keygen wrote."""
    lines = tables.read_text(f"{_key_path(zone)}.private").splitlines()
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


def ds_records() -> str:
    """Return the DS record of every key, SHA-256, as lines of a master file."""
    lines = (
        f"{dns.name.from_text(zone)} IN DS "
        f"{dns.dnssec.make_ds(dns.name.from_text(zone), public_key(zone), 'SHA256')}\n"
        for zone in key_names()
    )
    return HEADER + "".join(lines)


def to_text(zone: dns.zone.Zone) -> str:
    """Return a zone as text, one record a line, the SOA first, in canonical order."""
    lines: list[str] = []
    for name in sorted(zone.nodes):
        for rdataset in sorted(zone.nodes[name], key=_soa_first):
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            lines.extend(
                f"{name} {rdataset.ttl} IN {kind} {rdata.to_text()}\n" for rdata in sorted(rdataset)
            )
    return HEADER + "".join(lines)


def _soa_first(rdataset: dns.rdataset.Rdataset) -> tuple[bool, int, int]:
    return rdataset.rdtype != dns.rdatatype.SOA, rdataset.rdtype, rdataset.covers


def signed_with_nsec(world: World, name: str) -> str:
    """Return a zone signed by dnspython, with what its story does to it."""
    zone = dns.zone.from_text(
        zone_file(world, name), origin=dns.name.from_text(name), relativize=False
    )
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
    return to_text(zone)


def signed_with_nsec3(world: World, name: str) -> str:
    """Return a zone signed by dnssec-signzone: NSEC3 without salt or extra iterations.

    Raises FileNotFoundError where BIND's tools are not installed.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        keys = {
            ending: tables.read_text(f"{_key_path(name)}.{ending}") for ending in ("key", "private")
        }
        for ending, text in keys.items():
            folder.joinpath(f"{name}.{ending}").write_text(text, encoding="utf-8")
        unsigned = zone_file(world, name) + keys["key"]
        folder.joinpath("unsigned").write_text(unsigned, encoding="utf-8")
        options = f"-q -z -o {name} -s {INCEPTION} -e {EXPIRATION} -3 - -H 0 -N keep -O full"
        subprocess.run(
            ["dnssec-signzone", *options.split(), "-f", "signed", "unsigned", name],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
        signed = folder.joinpath("signed").read_text(encoding="utf-8")
    return to_text(dns.zone.from_text(signed, origin=dns.name.from_text(name), relativize=False))


def main() -> None:
    """Write the log of a shared address; compose and sign every zone that has a key."""
    log = Path(str(tables.folder().joinpath(subscribers.FILE)))
    log.write_text(subscribers.written(), encoding="utf-8")
    print(f"drew {subscribers.FILE}")
    folder = Path(str(tables.folder().joinpath("signed")))
    folder.joinpath("ds.txt").write_text(ds_records(), encoding="utf-8")
    world = World.load()
    for name in key_names():
        nsec3 = public_key(name).algorithm == Algorithm.RSASHA256
        try:
            text = (signed_with_nsec3 if nsec3 else signed_with_nsec)(world, name)
        except FileNotFoundError:
            sys.exit(f"{name} is signed by dnssec-signzone: install Debian's bind9-utils first.")
        folder.joinpath(file_name(name)).write_text(text, encoding="utf-8")
        print(f"signed {name}")


if __name__ == "__main__":
    main()
