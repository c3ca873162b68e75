"""Asking an observatory who announces what, and a registry's list who holds what.

The observatory answers in the form of RIPEstat's data API (https://stat.ripe.net/docs/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_network
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from labsupport.bounds import MOST_VALUES
from labsupport.formats import delegated
from labsupport.formats.delegated import AddressOrPrefix, Prefix, Statistics
from labsupport.kinds import Kind
from labsupport.language import mark, tell
from labsupport.lookups.session import Session
from labsupport.lookups.web import fetch, no_answer
from labsupport.results import Explanation

T = TypeVar("T")

DELEGATED = "delegated-rir-lab-extended-latest"
AS_NAMES = "asn.txt"

# What route origin authorisations say of an announcement (RFC 6811 section 2).
VALID = "valid"
INVALID = ("invalid_asn", "invalid_length")
CHECKS: dict[str, str] = {
    "valid": mark("agrees with a ROA"),
    "invalid_asn": mark("contradicts a ROA: another network"),
    "invalid_length": mark("contradicts a ROA: too small a part"),
    "unknown": mark("no ROA"),
}

# What a service answers that is overloaded, or limits how often one may ask.
BUSY = (403, 429, 502, 503, 504)


class NoAnswer(Exception):
    """A service gave nothing that can be used; `kind` and the text say what came.

    `host` is who was asked, "" where nothing was sent.
    """

    def __init__(self, kind: Kind, sentence: str, host: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind
        self.host = host


def get(session: Session, url: str, nothing: str, empty: int = 0) -> bytes:
    """Return what a service answers; raise NoAnswer for what is none, saying `nothing` then.

    `empty` is a code behind which an empty body is an answer, too.
    """
    say = session.say
    fetched = fetch(session, url)
    response, host = fetched.response, fetched.url.host
    if response is None:
        raise NoAnswer(*no_answer(fetched, say, nothing), host if fetched.was_asked else "")
    if response.status in BUSY:
        sentence = tell(say, "observatory.refused", host=host, code=response.status)
        raise NoAnswer(Kind.REFUSED, f"{sentence} {nothing}", host)
    if response.status != HTTPStatus.OK and (response.status != empty or response.body):
        raise useless(session, host, nothing)
    return response.body


def useless(session: Session, host: str, nothing: str) -> NoAnswer:
    """Return what to raise for an answer that cannot be read."""
    sentence = session.say("{host} answered nothing that can be used.", host=host)
    return NoAnswer(Kind.FAILED, f"{sentence} {nothing}", host)


def told(session: Session, problem: NoAnswer, notes: tuple[str, ...]) -> Explanation:
    """Return the result that says that somebody was asked in vain."""
    answered = problem.kind not in (Kind.NO_ANSWER, Kind.NOT_COVERED)
    provenance = session.provenance(problem.host, answered=answered)
    return Explanation(session.say, problem.kind, str(problem), notes, provenance)


class Seen(NamedTuple):
    """One network's route: `path` is the AS path, that network first, the origin last."""

    prefix: Prefix
    path: tuple[int, ...]

    @property
    def network(self) -> int:
        """Who told the observatory."""
        return self.path[0]

    @property
    def origin(self) -> int:
        """Who announces the prefix."""
        return self.path[-1]


class Overview(NamedTuple):
    """Who announces a prefix: `prefix` is the announced one that holds what was asked.

    It is what was asked itself where nobody announces it. `related` are other announced
    prefixes that hold it or lie in it.
    """

    prefix: Prefix
    origins: tuple[int, ...]
    related: tuple[Prefix, ...]


class AsName(NamedTuple):
    """What an AS is called, and who holds it."""

    name: str
    holder: str


class Observatory:
    """Asks the observatory for a session. Each method raises NoAnswer when it gets none."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def holders(self) -> Statistics:
        """Return the registry's list of who holds which numbers."""
        found = delegated.read(self._get(DELEGATED))
        if not found.complete:
            raise NoAnswer(
                Kind.FAILED,
                tell(self._session.say, "observatory.list_incomplete"),
                host_of(self._session),
            )
        return found

    def names(self) -> dict[int, AsName]:
        """Return what each AS is called."""
        return read_names(self._get(AS_NAMES))

    def routes(self, resource: object) -> tuple[Seen, ...]:
        """Return the networks' routes to an address or a prefix, to its parts and what holds it."""
        return self._call(
            f"bgp-state/data.json?resource={resource}",
            lambda data: tuple(
                Seen(ip_network(one["target_prefix"]), tuple(map(int, one["path"])))
                for one in data["bgp_state"]
                if one["path"]
            ),
        )

    def overview(self, resource: AddressOrPrefix) -> Overview:
        """Return who announces an address or a prefix."""
        block, seen = ip_network(resource), self.routes(resource)
        prefixes = list(dict.fromkeys(one.prefix for one in seen))
        covering = [one for one in prefixes if one.prefixlen <= block.prefixlen]
        prefix = max(covering, key=lambda one: one.prefixlen, default=block)
        origins = sorted({one.origin for one in seen if one.prefix == prefix})
        return Overview(prefix, tuple(origins), tuple(one for one in prefixes if one != prefix))

    def announced(self, asn: int) -> tuple[Prefix, ...]:
        """Return the prefixes that a network announces."""
        return self._call(
            f"announced-prefixes/data.json?resource=AS{asn}",
            lambda data: tuple(ip_network(one["prefix"]) for one in data["prefixes"]),
        )

    def check(self, prefix: Prefix, asn: int) -> str:
        """Return what ROAs say of an announcement, as one of the keys of CHECKS."""
        return self._call(
            f"rpki-validation/data.json?resource=AS{asn}&prefix={prefix}",
            lambda data: next(key for key in CHECKS if key == data["status"]),
        )

    def _call(self, target: str, read: Callable[[Any], T]) -> T:
        """Read the facts in an answer; raise NoAnswer where it has none."""
        body = self._get(f"data/{target}")
        try:
            if sum(map(body.count, (b",", b"{", b"["))) > MOST_VALUES:
                raise ValueError("too long")
            return read(json.loads(body)["data"])
        except (LookupError, TypeError, ValueError, StopIteration, RecursionError):
            nothing = self._session.say("That says nothing about what was asked.")
            raise useless(self._session, host_of(self._session), nothing) from None

    def _get(self, path: str) -> bytes:
        url = f"{self._session.entry.observatory}{path}"
        return get(self._session, url, self._session.say("That says nothing about what was asked."))


def read_names(data: bytes) -> dict[int, AsName]:
    """Read a list of AS names, a line each: number, name - holder, country code.

    >>> read_names(b"64500 Alojar - Alojar S.A., XP")
    {64500: AsName(name='Alojar', holder='Alojar S.A.')}
    """
    names = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if found := re.fullmatch(r"([0-9]{1,10}) (.+?)(?:, [A-Z]{2})?\r?", line):
            name, _, holder = found.group(2).partition(" - ")
            names[int(found.group(1))] = AsName(name, holder or name)
    return names


def host_of(session: Session) -> str:
    """Return the name of the observatory's machine, "" where none is known."""
    return urlsplit(session.entry.observatory).hostname or ""
