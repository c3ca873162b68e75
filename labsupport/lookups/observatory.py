"""Asking an observatory who announces what, and a registry's list who holds what.

The observatory answers in the form of RIPEstat's data API (https://stat.ripe.net/docs/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeVar
from urllib.parse import urlsplit

from labsupport import delegated
from labsupport.bounds import MOST_VALUES
from labsupport.delegated import Statistics
from labsupport.language import mark
from labsupport.lookups.session import Session
from labsupport.lookups.web import fetch, no_answer
from labsupport.results import Explanation, Kind

T = TypeVar("T")
Prefix = IPv4Network | IPv6Network

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
BUSY = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


class NoAnswer(Exception):
    """A service gave nothing that can be used; `kind` and the text say what came.

    `host` is who was asked, "" where nothing was sent.
    """

    def __init__(self, kind: Kind, sentence: str, host: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind
        self.host = host

    @property
    def asked(self) -> bool:
        """Whether anything was sent to it."""
        return bool(self.host)


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
        sentence = say(
            "{host} refused to answer for now (code {code}): many limit how often one may ask.",
            host=host,
            code=response.status,
        )
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


@dataclass(frozen=True, slots=True)
class Overview:
    """Who announces a prefix: `prefix` is the announced one that holds what was asked.

    It is what was asked itself where nobody announces it. `related` are other announced
    prefixes that hold it or lie in it.
    """

    prefix: Prefix
    origins: tuple[int, ...]
    related: tuple[Prefix, ...]


@dataclass(frozen=True, slots=True)
class Seen:
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


@dataclass(frozen=True, slots=True)
class AsName:
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
                self._session.say(
                    "The registry's list came incomplete. That a number is not in it would prove "
                    "nothing, so it was not read."
                ),
                host_of(self._session),
            )
        return found

    def names(self) -> dict[int, AsName]:
        """Return what each AS is called."""
        return read_names(self._get(AS_NAMES))

    def overview(self, resource: object) -> Overview:
        """Return who announces an address or a prefix."""
        return self._understood(read_overview(self._call("prefix-overview", resource)))

    def routes(self, prefix: Prefix) -> tuple[Seen, ...]:
        """Return the networks' routes to a prefix and to its parts."""
        return self._understood(read_routes(self._call("bgp-state", prefix)))

    def announced(self, asn: int) -> tuple[Prefix, ...]:
        """Return the prefixes that a network announces."""
        return self._understood(read_announced(self._call("announced-prefixes", f"AS{asn}")))

    def check(self, prefix: Prefix, asn: int) -> str:
        """Return what ROAs say of an announcement, as one of the keys of CHECKS."""
        body = self._call("rpki-validation", f"AS{asn}&prefix={prefix}")
        return self._understood(read_check(body))

    def _call(self, name: str, resource: object) -> bytes:
        return self._get(f"data/{name}/data.json?resource={resource}")

    def _get(self, path: str) -> bytes:
        url = f"{self._session.entry.observatory}{path}"
        return get(self._session, url, self._session.say("That says nothing about what was asked."))

    def _understood(self, found: T | None) -> T:
        if found is None:
            nothing = self._session.say("That says nothing about what was asked.")
            raise useless(self._session, host_of(self._session), nothing)
        return found


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


def read_overview(data: bytes) -> Overview | None:
    """Read the answer to prefix-overview; None when the bytes are none."""
    found = _data(data)
    prefix = _prefix(found.get("resource"))
    if prefix is None:
        return None
    origins = (_number(item.get("asn")) for item in _items(found.get("asns")))
    related = map(_prefix, _list(found.get("related_prefixes")))
    return Overview(
        prefix,
        tuple(asn for asn in origins if asn is not None),
        tuple(other for other in related if other is not None),
    )


def read_routes(data: bytes) -> tuple[Seen, ...] | None:
    """Read the answer to bgp-state; None when the bytes are none."""
    found = _data(data)
    if "bgp_state" not in found:
        return None
    seen = []
    for item in _items(found["bgp_state"]):
        prefix = _prefix(item.get("target_prefix"))
        path = tuple(map(_number, _list(item.get("path"))))
        numbers = tuple(asn for asn in path if asn is not None)
        if prefix is not None and path and len(numbers) == len(path):
            seen.append(Seen(prefix, numbers))
    return tuple(seen)


def read_announced(data: bytes) -> tuple[Prefix, ...] | None:
    """Read the answer to announced-prefixes; None when the bytes are none."""
    found = _data(data)
    if "prefixes" not in found:
        return None
    prefixes = (_prefix(item.get("prefix")) for item in _items(found["prefixes"]))
    return tuple(prefix for prefix in prefixes if prefix is not None)


def read_check(data: bytes) -> str | None:
    """Read the answer to rpki-validation; None when the bytes are none."""
    status = _data(data).get("status")
    return status if isinstance(status, str) and status in CHECKS else None


def _data(data: bytes) -> Mapping[str, Any]:
    """The part of an answer that holds the facts; empty where there is none."""
    if sum(map(data.count, (b",", b"{", b"["))) > MOST_VALUES:
        return {}
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    inner = found.get("data") if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _items(value: object) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _number(value: object) -> int | None:
    """An AS number, which RIPEstat writes sometimes as a number, sometimes as text."""
    found = re.fullmatch(r"[0-9]{1,10}", str(value)) if isinstance(value, int | str) else None
    return int(found.group()) if found else None


def _prefix(value: object) -> Prefix | None:
    try:
        return ip_network(value) if isinstance(value, str) else None
    except ValueError:
        return None


def host_of(session: Session) -> str:
    """Return the name of the observatory's machine, "" where none is known."""
    return urlsplit(session.entry.observatory).hostname or ""
