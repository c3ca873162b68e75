"""RDAP servers: what a directory holds, as JSON over HTTP (RFC 7480, RFC 9082, RFC 9083).

One for names, for a registry or a registrar, and one for numbers. What a registrar knows and
does not publish, it marks as redacted (RFC 9537).
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_network
from urllib.parse import unquote, urlsplit

import idna

from labsupport.delegated import LARGEST_AS_NUMBER
from labsupport.http import HttpRequest, HttpResponse
from labsupport.servers.names import NoName, ascii_name
from labsupport.servers.web import ONLY_TO_READ, Page
from labsupport.world import Host, Prefix, World
from labsupport.world.parties import Directory, Organisation
from labsupport.world.registers import (
    DomainRecord,
    NameRegister,
    NumberRegister,
    Numbers,
    Party,
    rfc3339,
)
from labsupport.world.tables import read_countries

MEDIA_TYPE = "application/rdap+json"
HEADERS = (
    ("Content-Type", MEDIA_TYPE),
    ("Access-Control-Allow-Origin", "*"),  # RFC 7480 section 5.6
)
SEARCHES = ("domains", "nameservers", "entities")
FICTIONAL = {
    "title": "TRAINING - FICTIONAL",
    "description": ["Everything in this answer belongs to the lab Internet. It is invented."],
}
WHY_HIDDEN = "Not published. The registrar has it."

Json = dict[str, object]


class _Refused(Exception):
    """An answer that is an error: its status, and sentences that say why (RFC 9083 section 6)."""

    def __init__(self, status: HTTPStatus, *sentences: str) -> None:
        super().__init__(*sentences)
        self.status = status
        self.sentences = sentences


def rdap(world: World, directory: Directory, now: Callable[[], float]) -> Page:
    """Return the pages of an RDAP server.

    `now` tells the time of the network it stands in, in seconds since 1970.

    >>> world = World.load()
    >>> at = next(d for d in world.directories if d.host == "rdap.nic.example")
    >>> page = rdap(world, at, world.start.timestamp)
    >>> answer = json.loads(page(HttpRequest("GET", "/domain/museum.example")).body)
    >>> answer["objectClassName"], answer["status"]
    ('domain', ['client transfer prohibited'])
    """
    pages: _Pages
    if directory.keeper == "RIR-LAB":
        pages = _NumberPages(world, directory, now)
    else:
        pages = _NamePages(world, directory, now)
    return pages.page


class _Pages(ABC):
    """What every RDAP server does, whatever it knows."""

    conformance: tuple[str, ...] = ("rdap_level_0",)

    def __init__(self, world: World, directory: Directory, now: Callable[[], float]) -> None:
        self.world = world
        self.directory = directory
        self.keeper = world.organisation(directory.keeper)
        self.codes = read_countries()
        self._now = now

    @property
    @abstractmethod
    def finders(self) -> dict[str, Callable[[str], Json]]:
        """What answers each kind of question, given what is asked about."""

    def page(self, asked: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if asked.method != "GET":
            return ONLY_TO_READ
        status = HTTPStatus.OK
        try:
            answer = self._found(urlsplit(asked.target).path)
        except _Refused as refused:
            status = refused.status
            answer = {
                "errorCode": int(status),
                "title": status.phrase,
                "description": list(refused.sentences),
            }
        answer = {
            "rdapConformance": list(self.conformance),
            **answer,
            "notices": [*self._notices(), FICTIONAL],
        }
        return HttpResponse(status, HEADERS, json.dumps(answer, ensure_ascii=False).encode())

    def _found(self, path: str) -> Json:
        if not path.startswith(self.directory.path):
            raise _Refused(HTTPStatus.NOT_FOUND, f"Answers begin at {self.directory.path} here.")
        kind, _, what = path.removeprefix(self.directory.path).partition("/")
        try:
            what = unquote(what, errors="strict")
        except UnicodeDecodeError:
            raise _Refused(HTTPStatus.BAD_REQUEST, "The question is no UTF-8.") from None
        if kind == "help" and not what:
            return {}
        if kind in SEARCHES:
            raise _Refused(HTTPStatus.NOT_IMPLEMENTED, "This server does not search.")
        finder = self.finders.get(kind)
        if finder is None or not what:
            kinds = ", ".join([*self.finders, "help"])
            raise _Refused(HTTPStatus.BAD_REQUEST, f"This server can be asked for: {kinds}.")
        return finder(what)

    def _notices(self) -> list[Json]:
        terms: Json = {
            "title": "Terms of Use",
            "description": [
                f"{self.keeper.legal_name} gives this data to help with the running of the "
                "network. It is the record of today. It may not be used for advertising."
            ],
        }
        if self.keeper.url:
            terms["links"] = [
                {
                    "value": self.directory.url,
                    "rel": "terms-of-service",
                    "href": self.keeper.url,
                    "type": "text/html",
                }
            ]
        return [terms]

    def link(self, kind: str, what: str) -> str:
        """The address at which this server tells about something."""
        return f"{self.directory.url}{kind}/{what}"

    def self_link(self, kind: str, what: str) -> Json:
        """The link of an object to itself."""
        href = self.link(kind, what)
        return {"value": href, "rel": "self", "href": href, "type": MEDIA_TYPE}

    def events(self, **times: datetime) -> list[Json]:
        """Events by their names, "_" for a space; that of the answer itself at the end."""
        told: list[Json] = [
            {"eventAction": action.replace("_", " "), "eventDate": rfc3339(time)}
            for action, time in times.items()
        ]
        now = datetime.fromtimestamp(self._now(), UTC)
        return [
            *told,
            {"eventAction": "last update of RDAP database", "eventDate": rfc3339(now)},
        ]

    def port43(self) -> Json:
        """The WHOIS server of the same keeper, where it has one."""
        hosts = self.world.directories
        own = (d.host for d in hosts if d.kind == "whois" and d.keeper == self.directory.keeper)
        host = next(own, None)
        return {"port43": host} if host else {}

    def entity(self, party: Party) -> Json:
        """A contact as an RDAP object: of one that is hidden, what little is published."""
        found: Json = {"objectClassName": "entity"}
        if party.handle and not party.hidden:
            found["handle"] = party.handle
        if party.roles:
            found["roles"] = list(party.roles)
        body = party.organisation
        if "registrar" in party.roles and body.iana_id:
            found["publicIds"] = [{"type": "IANA Registrar ID", "identifier": body.iana_id}]
        found["vcardArray"] = ["vcard", self._card(party)]
        if party.desks:
            found["entities"] = [self.entity(desk) for desk in party.desks]
        if party.handle and not party.hidden:
            found["links"] = [self.self_link("entity", party.handle)]
        return found

    def _card(self, party: Party) -> list[list[object]]:
        """A jCard (RFC 7095), with the address in one piece and the country's code (RFC 8605)."""
        body = party.organisation
        desk = {"abuse", "technical"}.intersection(party.roles) and not party.handle
        card: list[list[object]] = [
            ["version", {}, "text", "4.0"],
            ["fn", {}, "text", "" if party.hidden else party.name],
            ["kind", {}, "text", "group" if party.name != body.legal_name else "org"],
        ]
        if not party.hidden:
            card.append(["org", {}, "text", body.legal_name])
        if not desk:
            lines = (body.country,) if party.hidden else (*body.address, body.country)
            label = {"label": "\n".join(lines), "cc": self.codes[body.country]}
            card.append(["adr", label, "text", ["", "", "", "", "", "", ""]])
        if not party.hidden:
            card.append(["tel", {"type": "voice"}, "uri", _tel(body)])
        if party.relay.startswith("https:"):
            card.append(["contact-uri", {}, "uri", party.relay])
        elif party.relay or party.email:
            card.append(["email", {}, "text", party.relay or party.email])
        return card


class _NamePages(_Pages):
    """The pages of a registry of names, or of a registrar."""

    conformance = ("rdap_level_0", "redacted")

    def __init__(self, world: World, directory: Directory, now: Callable[[], float]) -> None:
        super().__init__(world, directory, now)
        self.register = NameRegister(world, directory.keeper)

    @property
    def finders(self) -> dict[str, Callable[[str], Json]]:
        """What answers each kind of question."""
        return {"domain": self.domain, "nameserver": self.nameserver, "entity": self.contact}

    def domain(self, asked: str) -> Json:
        """Return a registered domain, whether it stands in the DNS or not."""
        name = _read_name(asked)
        record = self.register.domain(name)
        if record is None:
            sentences = [f"{self.keeper.legal_name} has no domain {name} on record."]
            if self.register.registry and name in self.register.registry.suffixes:
                sentences.append("It is a suffix: names below it are registered here.")
            raise _Refused(HTTPStatus.NOT_FOUND, *sentences)
        item = record.registration
        last = "expiration" if self.register.registry else "registrar_expiration"
        times = {"registration": record.created, last: record.expires}
        entities = [self.entity(party) for party in (record.registrar, *record.parties)]
        found: Json = {
            "objectClassName": "domain",
            "handle": record.handle,
            **_names(name),
            "status": list(item.status),
            "events": self.events(**times, last_changed=record.updated),
            "entities": entities,
            "nameservers": [self._host(host) for host in record.hosts],
            "secureDNS": {
                "zoneSigned": name in self.world.ds_of_key,
                "delegationSigned": bool(item.ds),
                **({"dsData": [_ds(record) for record in item.ds]} if item.ds else {}),
            },
            "links": [self.self_link("domain", name), *self._related(record)],
            **self.port43(),
        }
        if any(party.hidden for party in record.parties):
            found["redacted"] = _redacted(self.keeper.relay)
        return found

    def nameserver(self, asked: str) -> Json:
        """Return a name server that stands in a domain of this register."""
        name = _read_name(asked)
        host = self.register.host(name)
        if host is None:
            raise _Refused(
                HTTPStatus.NOT_FOUND, f"{self.keeper.legal_name} has no name server {name}."
            )
        return {
            **self._host(host),
            "events": self.events(),
            "links": [self.self_link("nameserver", name)],
            **self.port43(),
        }

    def contact(self, asked: str) -> Json:
        """Return a contact of this register."""
        party = self.register.party(asked)
        if party is None:
            raise _Refused(
                HTTPStatus.NOT_FOUND, f"{self.keeper.legal_name} publishes no contact {asked}."
            )
        return {**self.entity(party), "events": self.events(), **self.port43()}

    def _host(self, host: Host) -> Json:
        found: Json = {"objectClassName": "nameserver"}
        if host.addresses:
            found["handle"] = self.register.host_handle(host.name)
        found |= _names(host.name)
        if host.addresses:
            found["ipAddresses"] = {
                version: [a for a in host.addresses if (":" in a) == (version == "v6")]
                for version in ("v4", "v6")
                if any((":" in a) == (version == "v6") for a in host.addresses)
            }
        return found

    def _related(self, record: DomainRecord) -> list[Json]:
        """The registrar's own record: a thin registry leads there."""
        if not (self.register.registry and self.register.registry.thin):
            return []
        name = record.registration.name
        return [
            {
                "value": self.link("domain", name),
                "rel": "related",
                "href": f"{directory.url}domain/{name}",
                "type": MEDIA_TYPE,
            }
            for directory in self.world.directories
            if directory.kind == "rdap" and directory.keeper == record.registration.registrar
        ]

    def _notices(self) -> list[Json]:
        codes: Json = {
            "title": "Status Codes",
            "description": [
                "The status of a domain is told in the words of RFC 8056. One that begins with "
                '"client" was set by the registrar, one that begins with "server" by the registry.'
            ],
        }
        return [*super()._notices(), codes]


class _NumberPages(_Pages):
    """The pages of the registry of addresses and AS numbers, with LACNIC's extensions."""

    conformance = ("rdap_level_0", "cidr0", "lacnic_level_0")

    def __init__(self, world: World, directory: Directory, now: Callable[[], float]) -> None:
        super().__init__(world, directory, now)
        self.register = NumberRegister(world)

    @property
    def finders(self) -> dict[str, Callable[[str], Json]]:
        """What answers each kind of question."""
        return {"ip": self.ip, "autnum": self.autnum, "entity": self.contact}

    def ip(self, asked: str) -> Json:
        """Return the smallest block that holds all the addresses asked about."""
        try:
            prefix = ip_network(asked)
        except ValueError:
            raise _Refused(
                HTTPStatus.BAD_REQUEST, f"{asked} is neither an address nor a prefix."
            ) from None
        block = self.register.holding(prefix)
        if block is None:
            raise _Refused(HTTPStatus.NOT_FOUND, f"RIR-LAB has given {asked} to nobody.")
        return {
            **self._numbers(block),
            "lacnic_originAutnum": [f"AS{block.asn}"],
            "lacnic_legalRepresentative": block.holder.desks[0].name,
            "lacnic_reverseDelegations": [
                {
                    **_ends(delegation.prefix),
                    "nameservers": [
                        {"objectClassName": "nameserver", "ldhName": host}
                        for host in delegation.hosts
                    ],
                }
                for delegation in self.register.reverse_delegations(block)
            ],
            **self._who(block),
        }

    def autnum(self, asked: str) -> Json:
        """Return an AS number."""
        if not re.fullmatch("[0-9]{1,10}", asked) or int(asked) > LARGEST_AS_NUMBER:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"{asked} is no AS number.")
        found = self.register.as_numbers.get(int(asked))
        if found is None:
            raise _Refused(HTTPStatus.NOT_FOUND, f"RIR-LAB has given AS{int(asked)} to nobody.")
        return {
            **self._numbers(found),
            "lacnic_legalRepresentative": found.holder.desks[0].name,
            **self._who(found),
        }

    def contact(self, asked: str) -> Json:
        """Return a holder, with all that it holds, or a desk of one."""
        party = self.register.party(asked)
        if party is None:
            raise _Refused(HTTPStatus.NOT_FOUND, f"RIR-LAB has no contact {asked}.")
        held = self.register.held_by(party.handle)
        blocks = [self._numbers(numbers) for numbers in held if numbers.prefix]
        as_numbers = [self._numbers(numbers) for numbers in held if not numbers.prefix]
        return {
            **self.entity(party),
            **({"networks": blocks} if blocks else {}),
            **({"autnums": as_numbers} if as_numbers else {}),
            "events": self.events(),
            **self.port43(),
        }

    def _numbers(self, numbers: Numbers) -> Json:
        """What is told of a block or of an AS number wherever it stands."""
        told: Json = {"name": numbers.name, "type": numbers.type.upper()}
        told |= {"country": numbers.country, "status": ["active"]}
        if numbers.remark:
            told["remarks"] = [{"description": [numbers.remark]}]
        if numbers.prefix is None:
            return {
                "objectClassName": "autnum",
                "handle": numbers.handle,
                "startAutnum": numbers.asn,
                "endAutnum": numbers.asn,
                **told,
                "links": [self.self_link("autnum", str(numbers.asn))],
            }
        links = [self.self_link("ip", numbers.handle)]
        if numbers.parent:
            href = self.link("ip", numbers.parent)
            up = {"value": links[0]["href"], "rel": "up", "href": href, "type": MEDIA_TYPE}
            links.append(up)
            told["parentHandle"] = numbers.parent
        version = numbers.prefix.version
        return {
            "objectClassName": "ip network",
            "handle": numbers.handle,
            **_ends(numbers.prefix),
            "ipVersion": f"v{version}",
            **told,
            "cidr0_cidrs": [
                {
                    f"v{version}prefix": str(numbers.prefix.network_address),
                    "length": numbers.prefix.prefixlen,
                }
            ],
            "links": links,
        }

    def _who(self, numbers: Numbers) -> Json:
        holder = numbers.holder
        return {
            "entities": [
                self.entity(party) for party in (replace(holder, desks=()), *holder.desks)
            ],
            "events": self.events(registration=numbers.since, last_changed=numbers.since),
            **self.port43(),
        }


def _read_name(asked: str) -> str:
    try:
        return ascii_name(asked)
    except NoName:
        raise _Refused(HTTPStatus.BAD_REQUEST, f"{asked} is no domain name.") from None


def _names(name: str) -> Json:
    """The A-labels of a name, and the letters that they stand for where those are others."""
    shown = idna.decode(name) if "xn--" in name else name
    return {"ldhName": name, **({"unicodeName": shown} if shown != name else {})}


def _ds(record: str) -> Json:
    tag, algorithm, kind, digest = record.split(" ", 3)
    return {
        "keyTag": int(tag),
        "algorithm": int(algorithm),
        "digestType": int(kind),
        "digest": digest.replace(" ", "").upper(),
    }


def _ends(prefix: Prefix) -> Json:
    return {"startAddress": str(prefix[0]), "endAddress": str(prefix[-1])}


def _tel(body: Organisation) -> str:
    return f"tel:{body.phone}"


def _redacted(relay: str) -> list[Json]:
    """What is missing of a hidden registrant, and in which of the ways of RFC 9537 section 3."""
    holder = "$.entities[?(@.roles[0]=='registrant')]"
    card = f"{holder}.vcardArray[1]"
    email = f"{card}[?(@[0]=='email')]"
    mail: Json = {"postPath": f"{email}[3]"}
    if relay.startswith("https:"):
        mail = {"prePath": email, "replacementPath": f"{card}[?(@[0]=='contact-uri')]"}
    handle: Json = {"prePath": f"{holder}.handle"}
    name: Json = {"postPath": f"{card}[?(@[0]=='fn')][3]"}
    address: Json = {"postPath": f"{card}[?(@[0]=='adr')][1].label"}
    phone: Json = {"prePath": f"{card}[?(@[1].type=='voice')]"}
    # The same contact is there for technical matters.
    members: list[tuple[str, str, Json]] = [
        ("Registry Registrant ID", "removal", handle),
        ("Registrant Name", "emptyValue", name),
        ("Registrant Organization", "removal", {"prePath": f"{card}[?(@[0]=='org')]"}),
        ("Registrant Street", "partialValue", address),
        ("Registrant City", "partialValue", address),
        ("Registrant Phone", "removal", phone),
        ("Registrant Email", "replacementValue", mail),
        ("Registry Tech ID", "removal", handle),
        ("Tech Name", "emptyValue", name),
        ("Tech Phone", "removal", phone),
        ("Tech Email", "replacementValue", mail),
    ]
    return [
        {
            "name": {"type": field},
            **paths,
            "pathLang": "jsonpath",
            "method": method,
            "reason": {"description": WHY_HIDDEN},
        }
        for field, method, paths in members
    ]
