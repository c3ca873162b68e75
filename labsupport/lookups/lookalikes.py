"""`lab.investigate.lookalikes`: names that can be taken for another one, and which of them exist.

The names are made by rules; the DNS says which of them exist, and the registries say since when.
"""

from __future__ import annotations

import functools
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import resources
from typing import Any, NamedTuple

import dns.name
import dns.rcode
import dns.rdatatype
import idna

from labsupport.inputs.folding import folded
from labsupport.inputs.names import LONGEST_NAME, Typed
from labsupport.kinds import Kind
from labsupport.lookups import rdap
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.lookups.registration import called, holder, is_proxy
from labsupport.lookups.session import Session
from labsupport.lookups.web import Once, find_address

MOST_VARIANTS = 600


Likeness = StrEnum(
    "Likeness",
    "OTHER_SUFFIX HYPHEN_ADDED HYPHEN_REMOVED WORD_ADDED LOOKALIKE OMISSION REPETITION"
    " TRANSPOSITION",
)
"""How a name differs from the one it looks like."""


class NameChange(NamedTuple):
    """How a name was made: `way`, and `what` was changed, as the signs themselves."""

    way: Likeness
    what: str


@dataclass(frozen=True, slots=True)
class RegistrationSummary:
    """What registry and registrar say of a name, each fact from the first that tells it.

    `registered` is a day; each is "" where nobody tells it. `proxy` says whether the registrant is
    a proxy service in the place of another. `missing` is what came instead of the registry's
    record, or the kind of what came instead of the registrar's; None where none is missing.
    """

    registered: str = ""
    registrar: str = ""
    registrant: str = ""
    proxy: bool = False
    missing: Unanswered | Kind | None = None


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A name that exists: `name` as the DNS writes it, `shown` as people see it.

    `said` is what its registration says, `address` where it leads, "" for nowhere.
    """

    name: str
    shown: str
    change: NameChange
    said: RegistrationSummary
    address: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Lookalikes(Lookup):
    """Which names that look like one exist.

    `name` is the registered name that was asked about, or that `asked` lies in; `tried`, how many
    were; `found`, those that exist; `unanswered`, those on which no answer came: they may exist or
    not. `registrant` is who the records of `name` name, asked only where others were found.
    """

    kind: Kind
    asked: str
    name: str
    tried: int
    found: tuple[Lookalike, ...]
    unanswered: tuple[str, ...]
    registrant: str

    @property
    def of_its_registrant(self) -> tuple[str, ...]:
        """The names found that have the same registrant as `name` itself."""
        own = folded(self.registrant)
        if not own:
            return ()
        names = []
        for other in self.found:
            if not other.said.proxy and folded(other.said.registrant) == own:
                names.append(other.name)
        return tuple(names)


def lookalikes(session: Session, typed: Typed) -> Lookalikes:
    """Make names that look like the registered one in `typed`, and ask the DNS for each.

    Of those that exist, the registry's records are asked for.
    """
    session = replace(session, network=Once(session.network))
    name = registered_part(typed.text)
    made = variants(name)
    existing: list[tuple[str, NameChange]] = []
    unanswered = []
    for other, change in made.items():
        asked = session.ask_resolver(dns.name.from_text(other), dns.rdatatype.NS)
        rcode = asked.response.rcode() if asked.response else None
        if rcode == dns.rcode.NOERROR:
            existing.append((other, change))
        elif rcode != dns.rcode.NXDOMAIN:
            unanswered.append(other)
    described = tuple(_describe(session, other, change) for other, change in existing)
    registrant = _said(session, name).registrant if described else ""
    kind = Kind.NO_ANSWER if unanswered else Kind.NO_SUCH_NAME
    resolver = session.named(session.entry.resolvers[0])
    return Lookalikes(
        kind=Kind.FOUND if described else kind,
        provenance=session.provenance(resolver, answered=len(unanswered) < len(made)),
        notes=typed.notes,
        asked=typed.text,
        name=name,
        tried=len(made),
        found=described,
        unanswered=tuple(unanswered),
        registrant=registrant,
    )


def registered_part(name: str) -> str:
    """Return the part of a name that is registered: one label more than the suffix.

    >>> registered_part("www.posadas-del-rio.com.test"), registered_part("a.b.example")
    ('posadas-del-rio.com.test', 'b.example')
    """
    labels = name[-LONGEST_NAME:].split(".")
    rules = _rules()
    suffixes = {*rules["suffixes"], *rules["closed"]}
    for first in range(len(labels)):
        if ".".join(labels[first:]) in suffixes:
            return ".".join(labels[max(first - 1, 0) :])
    return ".".join(labels[-2:])


def variants(name: str) -> dict[str, NameChange]:
    """Return names that look like a registered `name`, as the DNS writes them, and why.

    Only names that could be registered: letters that IDNA 2008 allows (RFC 5892), in at most 63
    characters. No more than MOST_VARIANTS; what rules make first comes first.

    >>> made = variants("bancodelfaro.example")
    >>> made["bancodelfaro-clientes.example"].way.value
    'word_added'
    >>> made["xn--bncodelfaro-yij.example"].what
    'a → а (CYRILLIC SMALL LETTER A)'
    """
    written, _, suffix = name.partition(".")
    try:
        label = idna.decode(written)
    except idna.IDNAError:
        label = written
    made: dict[str, NameChange] = {}
    for other in _rules()["suffixes"]:
        if other != suffix and _encoded(label):
            change = NameChange(Likeness.OTHER_SUFFIX, f".{suffix} → .{other}")
            made[f"{written}.{other}"] = change
    for text, change in _labels(label):
        encoded = _encoded(text)
        if encoded and encoded != written:
            made.setdefault(f"{encoded}.{suffix}", change)
        if len(made) >= MOST_VARIANTS:
            break
    return made


def _labels(label: str) -> Iterator[tuple[str, NameChange]]:
    """All labels that look like one, allowed or not, the likelier kinds of change first."""
    for text in _without_hyphens(label):
        yield text, NameChange(Likeness.HYPHEN_REMOVED, label)
    for text in _with_hyphens(label):
        yield text, NameChange(Likeness.HYPHEN_ADDED, f"{label} → {text}")
    for word in _rules()["words"]:
        for text in (
            f"{label}-{word}",
            f"{word}-{label}",
            f"{label}{word}",
            f"{word}{label}",
        ):
            yield text, NameChange(Likeness.WORD_ADDED, word)
    yield from _with_lookalikes(label)
    yield from _mistyped(label)


def _without_hyphens(label: str) -> Iterator[str]:
    if "-" in label:
        yield label.replace("-", "")
    for index, sign in enumerate(label):
        if sign == "-":
            yield label[:index] + label[index + 1 :]


def _with_hyphens(label: str) -> Iterator[str]:
    """Around a word that joins two others, and then anywhere."""
    for word in _rules()["joining"]:
        for start in range(2, len(label) - len(word) - 1):
            if label.startswith(word, start):
                yield f"{label[:start]}-{word}-{label[start + len(word) :]}"
    for index in range(1, len(label)):
        yield f"{label[:index]}-{label[index:]}"


def _with_lookalikes(label: str) -> Iterator[tuple[str, NameChange]]:
    rules = _rules()
    for letters, others in (*rules["pairs"].items(), *rules["letters"].items()):
        for start in range(len(label)):
            if not label.startswith(letters, start):
                continue
            for other in others:
                text = label[:start] + other + label[start + len(letters) :]
                yield (
                    text,
                    NameChange(Likeness.LOOKALIKE, f"{letters} → {_called(other)}"),
                )


def _mistyped(label: str) -> Iterator[tuple[str, NameChange]]:
    """What a finger or the ear gets wrong."""
    for index, letter in enumerate(label):
        before = label[:index]
        after = label[index + 1 :]
        yield before + after, NameChange(Likeness.OMISSION, letter)
        if letter != "-":
            yield (
                before + letter + letter + after,
                NameChange(Likeness.REPETITION, letter),
            )
        if after and after[0] != letter:
            change = NameChange(
                Likeness.TRANSPOSITION, f"{letter}{after[0]} → {after[0]}{letter}"
            )
            yield before + after[0] + letter + after[1:], change


def _called(sign: str) -> str:
    """A sign, with its name in Unicode where it is none of a to z and 0 to 9."""
    return sign if sign.isascii() else f"{sign} ({unicodedata.name(sign)})"


def _encoded(text: str) -> str:
    """The label as the DNS writes it; "" where it could not be registered."""
    try:
        return idna.encode(text, strict=True, std3_rules=True).decode("ascii")
    except idna.IDNAError:
        return ""


@functools.cache
def _rules() -> Mapping[str, Any]:
    file = resources.files("labsupport.data").joinpath("course/lookalikes.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _describe(session: Session, name: str, change: NameChange) -> Lookalike:
    """Tell what the DNS and the registries say of a name that exists."""
    _, address = find_address(session, dns.name.from_text(name))
    registration = _said(session, name)
    where = session.named(address) if address else ""
    return Lookalike(name, shown(name), change, registration, where)


def _said(session: Session, name: str) -> RegistrationSummary:
    domain = rdap.rdap(session, Typed(dns.name.from_text(name), name))
    if not isinstance(domain, rdap.Domain):
        assert isinstance(domain, Unanswered)  # a name is no number
        return RegistrationSummary(missing=domain)
    events = (record.event("registration") for record in domain.records)
    begun = next(filter(None, events), None)
    registrars = (record.registrar for record in domain.records)
    registrar = next(filter(None, registrars), None)
    record = next(filter(holder, domain.records), domain.registry)
    contact = holder(record)
    day = str(begun.when) if begun else ""
    proxy = contact is not None and is_proxy(record, contact)
    return RegistrationSummary(
        day, called(registrar), called(contact), proxy, domain.missing
    )


def shown(name: str) -> str:
    """Return a name as a browser may show it, its A-labels decoded (RFC 5891).

    >>> shown("xn--bncodelfaro-yij.example")
    'bаncodelfaro.example'
    """
    if "xn--" not in name or len(name) > LONGEST_NAME:
        return name
    try:
        return idna.decode(name)
    except UnicodeError:  # which idna's own errors are
        return name
