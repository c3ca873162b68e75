"""Composes and signs the zones of the lab: python -m labsupport.world.build

Writes data/world/signed: a zone for each key in data/world/keys, and ds.txt with the DS records of
those keys. The keys are fixed and signatures deterministic, so that building again changes nothing
unless the world did. The zones with NSEC are signed by dnspython; the one with NSEC3, which
dnspython cannot make, by BIND's dnssec-signzone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import dns.dnssec
import dns.name
import dns.zone
from dns.dnssectypes import Algorithm

from labsupport.world import World, tables
from labsupport.world.compose import file_name, zone_file
from labsupport.world.signing import EXPIRATION, INCEPTION, key_path, public_key, signed, to_text

HEADER = "; Made by python -m labsupport.world.build. Change the sources instead.\n"


def key_names() -> list[str]:
    """Return the zones that have a key, hence are signed."""
    return sorted(
        "." if file.name == "root.key" else file.name.removesuffix(".key")
        for file in tables.folder().joinpath("keys").iterdir()
        if file.name.endswith(".key")
    )


def ds_records() -> str:
    """Return the DS record of every key, SHA-256, as lines of a master file."""
    lines = (
        f"{dns.name.from_text(zone)} IN DS "
        f"{dns.dnssec.make_ds(dns.name.from_text(zone), public_key(zone), 'SHA256')}\n"
        for zone in key_names()
    )
    return HEADER + "".join(lines)


def signed_with_nsec(world: World, name: str) -> str:
    """Return a zone signed by dnspython, as a file."""
    return HEADER + to_text(signed(zone_file(world, name), name))


def signed_with_nsec3(world: World, name: str) -> str:
    """Return a zone signed by dnssec-signzone: NSEC3 without salt or extra iterations.

    Raises FileNotFoundError where BIND's tools are not installed.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        keys = {
            ending: tables.read_text(f"{key_path(name)}.{ending}") for ending in ("key", "private")
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
        made = folder.joinpath("signed").read_text(encoding="utf-8")
    zone = dns.zone.from_text(made, origin=dns.name.from_text(name), relativize=False)
    return HEADER + to_text(zone)


def main() -> None:
    """Compose and sign every zone that has a key."""
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
