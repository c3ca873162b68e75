"""What is known of a target to be shared, without asking anybody: published lists, dated."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from ipaddress import ip_network

from labsupport import reference
from labsupport.blocking.order import Target
from labsupport.blocking.targets import Prefix, block_in, name_in, platform_of
from labsupport.language import mark
from labsupport.world.blocks import within

# What each kind is called, and whom a block of it hits.
KINDS: dict[str, tuple[str, str]] = {
    "CDN": (
        mark("content delivery network"),
        mark("One address of it delivers the sites of many customers."),
    ),
    "cloud": (
        mark("cloud"),
        mark(
            "The range has many customers. One address may serve one of them or many, and pass "
            "from one to another."
        ),
    ),
    "public resolver": (
        mark("public resolver"),
        mark("All who ask it would lose it, for all names."),
    ),
    "platform": (
        mark("platform"),
        mark("Many customers have their sites there."),
    ),
    "customer": (
        mark("a customer's name on a platform"),
        mark(
            "This name is one customer's. The platform's own name is shared, and the addresses "
            "behind it may be."
        ),
    ),
}
SUFFIX_LIST = "public_suffix_list.dat"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is published: the kind of thing that is shared (one of `KINDS`), whose; the source."""

    kind: str
    whose: str
    source: str
    date: str


def known(target: Target) -> tuple[Fact, ...]:
    """Return what published lists say of a target; nobody is asked.

    For an address or a block, that is the smallest listed range that holds it, or else all that
    is listed within it.

    >>> from labsupport.blocking.order import TargetKind
    >>> [(one.kind, one.whose) for one in known(Target("104.16.0.1", TargetKind.ADDRESS))]
    [('CDN', 'Cloudflare')]
    >>> [(one.kind, one.whose) for one in known(Target("somebody.github.io", TargetKind.NAME))]
    [('customer', 'GitHub, Inc.')]
    """
    if block := block_in(target):
        ranges, _ = _listed()
        around = [one for one in ranges if within(block, one)]
        if around:
            return (ranges[max(around, key=lambda one: one.prefixlen)],)
        return tuple(dict.fromkeys(fact for one, fact in ranges.items() if within(one, block)))
    name = name_in(target)
    return tuple(_of_name(name)) if name else ()


def _of_name(name: str) -> Iterator[Fact]:
    _, names = _listed()
    for listed, fact in names.items():
        if name == listed:
            yield fact
        elif name.endswith(f".{listed}"):
            yield replace(fact, kind="customer") if fact.kind == "platform" else fact
    if ending := platform_of(name):
        version, owners = _platforms()
        rule = ending if ending in owners else ending.partition(".")[2]  # "*." stands before it
        kind = "platform" if name == rule else "customer"
        yield Fact(kind, owners.get(rule, "–"), "Public Suffix List, private section", version)


@functools.cache
def _listed() -> tuple[Mapping[Prefix, Fact], Mapping[str, Fact]]:
    """The ranges of the reference tables, and the names."""
    ranges: dict[Prefix, Fact] = {}
    names: dict[str, Fact] = {}
    rows = [
        (Fact(str(kind), str(whose), f"{source} ({sure})", str(date)), str(where).split())
        for kind, whose, where, sure, source, date in reference.read("shared-infrastructure").rows
    ]
    rows += [
        (Fact("public resolver", str(whose), str(source), str(date)), list(map(str, where)))
        for whose, *where, source, date in reference.read("public-resolvers").rows
    ]
    for fact, where in rows:
        for one in where:
            if one[-1].isalpha() and ":" not in one:
                names[one] = fact
            else:
                ranges[ip_network(one)] = fact
    return ranges, names


@functools.cache
def _platforms() -> tuple[str, Mapping[str, str]]:
    """The date of the Public Suffix List, and whose each ending of its private section is."""
    file = resources.files("publicsuffixlist").joinpath(SUFFIX_LIST)
    text = file.read_text(encoding="utf-8")
    version = re.search(r"^// VERSION: (\S{10})", text, re.MULTILINE)
    owners: dict[str, str] = {}
    for section in text.partition("BEGIN PRIVATE")[2].split("\n\n"):
        owner = re.search(r"^// (.*?)(?:\s*: .*)?$", section, re.MULTILINE)
        for rule in re.findall(r"^(?:\*\.|!)?([^/\s]\S*)$", section, re.MULTILINE):
            owners[rule] = owner[1] if owner else "–"
    return version[1] if version else "–", owners
