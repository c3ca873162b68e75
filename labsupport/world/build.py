"""Composes and signs the zones of the lab: `python -m labsupport.world.build`.

Writes data/world/signed: a zone for each key in data/world/keys, and ds.txt with the DS records of
those keys. Where a fact has changed, data/world/version.toml gets the next version of the world.

The keys are fixed and signatures deterministic, so that building again changes nothing unless the
world did. The zones with NSEC are signed by dnspython; the one with NSEC3, which dnspython cannot
make, by BIND's dnssec-signzone.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from pathlib import Path

import dns.dnssec
import dns.name
import dns.zone
from dns.dnssectypes import Algorithm

from labsupport.world import World, tables
from labsupport.world.compose import file_name, zone_file
from labsupport.world.signing import (
    EXPIRATION,
    INCEPTION,
    key_path,
    public_key,
    signed,
    to_text,
)

HEADER = "; Made by python -m labsupport.world.build. Change the sources instead.\n"
VERSION_HEADER = """\
# Which version of the lab's world this is: the year, and a number within it. Records and papers
# name it. The digest is that of all facts that can change an answer. When one has changed,
# python -m labsupport.world.build writes both.
"""


def key_names() -> list[str]:
    """Return the zones that have a key, hence are signed."""
    return sorted(
        "." if file.name == "root.key" else file.name.removesuffix(".key")
        for file in tables.folder().joinpath("keys").iterdir()
        if file.name.endswith(".key")
    )


def ds_records() -> str:
    """Return the DS record of every key, SHA-256, as lines of a master file."""
    text = HEADER
    for zone in key_names():
        name = dns.name.from_text(zone)
        ds = dns.dnssec.make_ds(name, public_key(zone), "SHA256")
        text += f"{name} IN DS {ds}\n"
    return text


def signed_with_nsec(world: World, name: str) -> str:
    """Return a zone signed by dnspython, as a file."""
    return HEADER + to_text(signed(zone_file(world, name), name))


def signed_with_nsec3(world: World, name: str) -> str:
    """Return a zone signed by dnssec-signzone: NSEC3 without salt or extra iterations.

    Raises FileNotFoundError where BIND's tools are not installed.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        key = tables.read_text(f"{key_path(name)}.key")
        private = tables.read_text(f"{key_path(name)}.private")
        folder.joinpath(f"{name}.key").write_text(key, encoding="utf-8")
        folder.joinpath(f"{name}.private").write_text(private, encoding="utf-8")
        unsigned = zone_file(world, name) + key
        folder.joinpath("unsigned").write_text(unsigned, encoding="utf-8")
        options = (
            f"-q -z -o {name} -s {INCEPTION} -e {EXPIRATION} -3 - -H 0 -N keep -O full"
        )
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


def digest(world: World) -> str:
    """Return the SHA-256 of all facts of the lab that can change an answer.

    Comments and layout have no part in it.
    """
    facts = hashlib.sha256()
    for zone in world.zone_names:
        facts.update(f"{zone}\n{to_text(world.zone(zone))}".encode())
    for path, file in _files(tables.folder(), ""):
        if path.startswith(("signed/", "zones/")) or path == tables.VERSION:
            continue
        facts.update(f"{path}\n".encode())
        if path.endswith(".toml"):
            table = tables.read_toml(path)
            facts.update(json.dumps(table, default=str, sort_keys=True).encode())
        elif path.endswith(".csv"):
            facts.update(json.dumps(list(tables.rows(path)), sort_keys=True).encode())
        else:
            facts.update(file.read_bytes())
    return facts.hexdigest()


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{path}{entry.name}/")
        else:
            yield f"{path}{entry.name}", entry


def next_version(version: str, year: int) -> str:
    """Return the version of the world that comes after one.

    >>> next_version("2026.4", 2026), next_version("2026.4", 2027)
    ('2026.5', '2027.1')
    """
    of_year, number = map(int, version.split("."))
    return f"{year}.{number + 1 if of_year == year else 1}"


def _write_version(world: World) -> None:
    """Give the world its next version where a fact has changed since the last one."""
    now = digest(world)
    if now != tables.read_toml(tables.VERSION)["digest"]:
        version = next_version(world.version, datetime.now(UTC).year)
        text = f'{VERSION_HEADER}version = "{version}"\ndigest = "{now}"\n'
        Path(str(tables.folder().joinpath(tables.VERSION))).write_text(
            text, encoding="utf-8"
        )
        print(f"the world is {version} now")


def main() -> None:
    """Compose and sign every zone that has a key, and number the world."""
    folder = Path(str(tables.folder().joinpath("signed")))
    folder.joinpath("ds.txt").write_text(ds_records(), encoding="utf-8")
    world = World.load()
    for name in key_names():
        by_bind = public_key(name).algorithm == Algorithm.RSASHA256
        try:
            text = (
                signed_with_nsec3(world, name)
                if by_bind
                else signed_with_nsec(world, name)
            )
        except FileNotFoundError:
            sys.exit(
                f"{name} is signed by dnssec-signzone: install Debian's bind9-utils first."
            )
        folder.joinpath(file_name(name)).write_text(text, encoding="utf-8")
        print(f"signed {name}")
    _write_version(world)


if __name__ == "__main__":
    main()
