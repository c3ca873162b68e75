"""WHOIS servers (RFC 3912): a line is asked, a text comes back, each in its keeper's own form.

The registry of .example answers as the thin gTLD registries do, the registrars as theirs, NIC
Coralia as registro.br, RIR-LAB as LACNIC, and the root as IANA. The words of the comments are
the lab's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from ipaddress import ip_network

from labsupport.dnscore.transport import Send
from labsupport.exchange import Clock, Outcome, Reply, Request, Reset
from labsupport.servers.names import NoName, ascii_name
from labsupport.world import World
from labsupport.world.blocks import within
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

LONGEST_QUESTION = 1024  # octets
QUOTA_SECONDS = 600
HIDDEN = "REDACTED FOR PRIVACY"
FICTIONAL = "TRAINING - FICTIONAL: everything in this answer is invented."
Line = tuple[str, str]
"""A key and its value."""
Answer = Callable[[str, datetime], Iterable[str]]
"""The lines that answer a question at a time."""

Asked = dict[tuple[str, str], list[float]]
"""When each client asked each server that counts: (host, client's address) to times."""


class WhoisServer:
    """Answers the questions put to one WHOIS directory.

    `asked` is where it notes who asked when, if it has a quota: it belongs to the network.

    >>> world = World.load()
    >>> at = next(d for d in world.directories if d.host == "whois.nic.example")
    >>> server = WhoisServer(world, at, {})
    >>> server.answer("museum.example", "198.18.0.10", world.start.timestamp()).splitlines()[0]
    b'Domain Name: MUSEUM.EXAMPLE'
    """

    def __init__(self, world: World, directory: Directory, asked: Asked) -> None:
        self._world = world
        self._directory = directory
        self._asked = asked

    @cached_property
    def _made(self) -> tuple[Answer, str]:
        """What answers, and in which encoding: made late, as most copies of a lab ask nothing."""
        world, keeper = self._world, self._directory.keeper
        if self._directory.kind == "whois-root":
            return _Root(world).answer, "utf-8"
        if keeper == "RIR-LAB":
            return _Numbers(world).answer, "utf-8"
        register = NameRegister(world, keeper)
        if register.registry and not register.registry.thin:
            return _CountryRegistry(world, register).answer, "iso-8859-1"
        return _Generic(world, register).answer, "utf-8"

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one line, ended by CR and LF, or by LF alone; what is no line is cut off."""
        line, end, rest = request.payload.partition(b"\n")
        if request.protocol != "tcp" or not end or rest or len(line) > LONGEST_QUESTION:
            return Reset(request.to_address, 0.0)
        try:
            question = line.decode("utf-8")
        except UnicodeDecodeError:
            question = line.decode("iso-8859-1")
        payload = self.answer(question, request.source, clock.now())
        return Reply(request.to_address, 0.0, payload=payload)

    def answer(self, question: str, client: str, now: float) -> bytes:
        """Return what a client is told at a time, in seconds since 1970."""
        time = datetime.fromtimestamp(now, UTC)
        answer, encoding = self._made
        lines = self._refusal(client, now) or answer(question.strip(), time)
        return "".join(f"{line}\r\n" for line in lines).encode(encoding, "replace")

    def _refusal(self, client: str, now: float) -> tuple[str, ...]:
        """What somebody is told who has asked too much: nothing about the question."""
        quota = self._directory.quota
        if quota is None:
            return ()
        place = (self._directory.host, client)
        times = [time for time in self._asked.get(place, ()) if time > now - QUOTA_SECONDS]
        self._asked[place] = times
        if len(times) >= quota:
            return (
                f"% Query rate limit exceeded for {client}.",
                f"% {quota} queries are answered in {QUOTA_SECONDS // 60} minutes. Try later.",
            )
        times.append(now)
        return ()


class _Generic:
    """The forms of .example: of the thin registry, and of the registrars, which have contacts."""

    def __init__(self, world: World, register: NameRegister) -> None:
        self._world = world
        self._register = register

    def answer(self, question: str, now: datetime) -> Iterator[str]:
        found = None
        try:
            name = ascii_name(question.removeprefix("domain ").strip())
            found = self._register.domain(name)
        except NoName:
            name = question
        if found:
            yield from _aligned(self._record(found), 0)
        elif self._register.registry:
            yield f'No match for "{name.upper()}".'
        else:
            yield "Domain not found."
        yield f">>> Last update of WHOIS database: {rfc3339(now)} <<<"
        yield ""
        yield "For more on the status codes of a domain, see RFC 8056 and RFC 5731."
        yield FICTIONAL

    def _record(self, record: DomainRecord) -> Iterator[Line]:
        item = record.registration
        registrar = record.registrar.organisation
        directories = self._world.directories
        own = (d for d in directories if d.kind == "whois" and d.keeper == item.registrar)
        last = "Registry Expiry Date"
        if not self._register.registry:
            last = "Registrar Registration Expiration Date"
        yield "Domain Name", item.name.upper()
        yield "Registry Domain ID", record.handle
        yield from (("Registrar WHOIS Server", directory.host) for directory in own)
        yield "Registrar URL", registrar.url
        yield "Updated Date", rfc3339(record.updated)
        yield "Creation Date", rfc3339(record.created)
        yield last, rfc3339(record.expires)
        yield "Registrar", registrar.legal_name
        yield "Registrar IANA ID", registrar.iana_id
        yield "Registrar Abuse Contact Email", registrar.abuse_email
        yield "Registrar Abuse Contact Phone", _epp_phone(registrar)
        for party in record.parties:
            if "reseller" in party.roles:
                yield "Reseller", party.name
        for status in item.status:
            yield "Domain Status", epp_status(status)
        for party in record.parties:
            if "registrant" in party.roles:
                yield from self._registrant(party)
                if "technical" in party.roles:
                    yield from self._contact("Tech", party)
        for host in record.hosts:
            yield "Name Server", host.name.upper()
        yield "DNSSEC", "signedDelegation" if item.ds else "unsigned"
        for ds in item.ds:
            yield "DNSSEC DS Data", ds

    def _registrant(self, party: Party) -> Iterator[Line]:
        body = party.organisation
        identity, name, *reached = self._contact("Registrant", party)
        yield identity
        yield name
        yield "Registrant Organization", _shown(body.legal_name, party)
        yield "Registrant Street", _shown(body.address[0], party)
        yield "Registrant City", _shown(body.address[1], party)
        yield "Registrant Country", read_countries()[body.country]
        yield from reached

    def _contact(self, role: str, party: Party) -> Iterator[Line]:
        yield f"Registry {role} ID", _shown(party.handle, party)
        yield f"{role} Name", _shown(party.name, party)
        yield f"{role} Phone", _shown(_epp_phone(party.organisation), party)
        yield f"{role} Email", party.relay or party.email


class _CountryRegistry:
    """The form of NIC Coralia: that of registro.br, with its fields in the same order."""

    def __init__(self, world: World, register: NameRegister) -> None:
        self._world = world
        self._register = register

    def answer(self, question: str, now: datetime) -> Iterator[str]:
        yield "% NIC Coralia: .test, com.test, org.test"
        yield f"% {FICTIONAL}"
        yield f"% {rfc3339(now)}"
        yield ""
        try:
            name = ascii_name(question)
        except NoName:
            yield f"% Invalid query: {question}"
            return
        found = self._register.domain(name)
        elsewhere = [
            registry
            for registry in self._world.registries
            if registry is not self._register.registry
            and any(name.endswith(f".{suffix}") for suffix in registry.suffixes)
        ]
        if found:
            yield from _aligned(self._domain(found, now), 13)
            for party in found.parties:
                yield ""
                yield from _aligned(self._contact(party, found), 13)
        elif elsewhere:
            yield f"% {name} is not kept here: ask {elsewhere[0].name}."
        else:
            yield f"% No match for {name}"

    def _domain(self, record: DomainRecord, now: datetime) -> Iterator[Line]:
        item = record.registration
        (holder,) = record.parties
        body = holder.organisation
        yield "domain", item.name
        yield "owner", holder.name
        yield "ownerid", holder.handle.removeprefix("NP-")
        yield "responsible", f"Administración, {holder.name}"
        yield "country", read_countries()[body.country]
        for role in ("owner-c", "admin-c", "tech-c", "billing-c"):
            yield role, holder.handle
        for host in record.hosts:
            yield "nserver", " ".join((host.name, *host.addresses))
            yield "nsstat", f"{now:%Y%m%d} AA"
            yield "nslastaa", f"{now:%Y%m%d}"
        for ds in item.ds:
            tag, algorithm, _, digest = ds.split(" ", 3)
            yield "dsrecord", f"{tag} {_ALGORITHMS[algorithm]} {digest.upper()}"
            yield "dsstatus", f"{now:%Y%m%d} DSOK"
            yield "dslastok", f"{now:%Y%m%d}"
        yield "created", _day(item.created)
        yield "changed", _day(item.updated)
        yield "expires", _day(item.expires)
        yield "status", "published" if item.delegated else "on-hold"
        if record.registrar.organisation.name != self._register.keeper.name:
            yield "provider", record.registrar.name

    def _contact(self, party: Party, record: DomainRecord) -> Iterator[Line]:
        yield "nic-hdl-br", party.handle
        yield "person", f"Administración, {party.name}"
        yield "e-mail", party.email
        yield "country", read_countries()[party.organisation.country]
        yield "created", _day(record.registration.created)
        yield "changed", _day(record.registration.updated)


# As registro.br names them.
_ALGORITHMS = {"8": "RSA-SHA-256", "13": "ECDSA-SHA-256"}


class _Numbers:
    """The form of RIR-LAB: that of LACNIC, with its fields in the same order."""

    def __init__(self, world: World) -> None:
        self._register = NumberRegister(world)

    def answer(self, question: str, now: datetime) -> Iterator[str]:
        yield "% RIR-LAB: addresses and AS numbers"
        yield f"% {FICTIONAL}"
        yield f"% {rfc3339(now)}"
        yield ""
        text = question.upper().removeprefix("AS")
        found: Numbers | None
        if text.isascii() and text.isdigit():
            found = self._register.as_numbers.get(int(text)) if len(text) <= 10 else None
        else:
            try:
                found = self._register.holding(ip_network(question))
            except ValueError:
                yield f"% Invalid query: {question}. Ask for an address, a prefix or an AS number."
                return
        if found is None:
            yield f"% No match for {question}"
            return
        yield from _aligned(self._numbers(found, now), 13)
        for desk in found.holder.desks:
            yield ""
            yield from _aligned(self._contact(desk, found), 13)

    def _numbers(self, numbers: Numbers, now: datetime) -> Iterator[Line]:
        holder = numbers.holder
        body = holder.organisation
        administrative, technical, abuse = holder.desks
        if numbers.prefix:
            yield "inetnum", str(numbers.prefix)
            yield "status", numbers.type
        yield "aut-num", f"AS{numbers.asn}"
        yield "owner", holder.name
        yield "ownerid", holder.handle
        yield "responsible", administrative.name
        yield from (("address", line) for line in body.address)
        yield "country", numbers.country
        yield "phone", _epp_phone(body)
        yield "owner-c", administrative.handle
        yield "tech-c" if numbers.prefix else "routing-c", technical.handle
        yield "abuse-c", abuse.handle
        if numbers.prefix:
            for delegation in self._register.reverse_delegations(numbers):
                yield "inetrev", str(delegation.prefix)
                for host in delegation.hosts:
                    yield "nserver", host
                    yield "nsstat", f"{now:%Y%m%d} AA"
                    yield "nslastaa", f"{now:%Y%m%d}"
        yield "created", _day(numbers.registered)
        yield "changed", _day(numbers.registered)
        if numbers.parent:
            yield "inetnum-up", numbers.parent

    def _contact(self, desk: Party, numbers: Numbers) -> Iterator[Line]:
        body = desk.organisation
        yield "nic-hdl", desk.handle
        yield "person", desk.name
        yield "e-mail", desk.email
        yield from (("address", line) for line in body.address)
        yield "country", read_countries()[body.country]
        yield "phone", _epp_phone(body)
        yield "created", _day(numbers.registered)
        yield "changed", _day(numbers.registered)


class _Root:
    """The form of the root, IANA's: which server to ask next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._directories = {
            (d.keeper, d.kind): d for d in world.directories if d.kind in ("rdap", "whois")
        }

    def answer(self, question: str, now: datetime) -> Iterator[str]:
        yield "% The root of WHOIS of the lab Internet"
        yield f"% {FICTIONAL}"
        yield ""
        what, keeper = self._keeper(question)
        if keeper is None:
            yield "% This query returned 0 objects."
            return
        yield "% This query returned 1 object"
        yield ""
        whois = self._directories.get((keeper.name, "whois"))
        rdap = self._directories[keeper.name, "rdap"]
        if whois:
            yield f"refer:        {whois.host}"
            yield ""
        yield what
        yield ""
        body: list[Line] = [("organisation", keeper.legal_name)]
        body += [("address", line) for line in (*keeper.address, keeper.country)]
        yield from _aligned(body, 14)
        yield ""
        rest: list[Line] = [("whois", whois.host)] if whois else []
        rest += [("status", "ACTIVE"), ("remarks", f"Registration information: {rdap.url}")]
        yield from _aligned(rest, 14)
        yield ""
        yield "source:       IANA"

    def _keeper(self, question: str) -> tuple[str, Organisation | None]:
        """The object that a question falls into, as a line, and who keeps it."""
        numbers = self._world.number_registry
        keeper = self._world.organisation(numbers.name.upper())
        text = question.upper().removeprefix("AS")
        if text.isascii() and text.isdigit():
            for block in numbers.as_numbers:
                if len(text) <= 10 and int(text) in block:
                    return f"as-block:     {block[0]}-{block[-1]}", keeper
            return "", None
        try:
            asked = ip_network(question)
        except ValueError:
            pass
        else:
            pools = (pool for pool in numbers.pools if within(asked, pool))
            pool = next(pools, None)
            return (f"inetnum:      {pool}", keeper) if pool else ("", None)
        try:
            name = ascii_name(question)
        except NoName:
            return "", None
        return self._registry(name)

    def _registry(self, name: str) -> tuple[str, Organisation | None]:
        suffixes = {s: registry for registry in self._world.registries for s in registry.suffixes}
        for place in range(name.count(".") + 1):
            suffix = ".".join(name.split(".")[place:])
            if suffix in suffixes:
                keeper = self._world.organisation(suffixes[suffix].name)
                return f"domain:       {suffix.upper()}", keeper
        return "", None


def epp_status(status: str) -> str:
    """Return a status of RDAP in the words of EPP (RFC 8056 section 2).

    >>> epp_status("client transfer prohibited"), epp_status("active")
    ('clientTransferProhibited', 'ok')
    """
    if status == "active":
        return "ok"
    first, *others = status.split()
    return first + "".join(word.capitalize() for word in others)


def _shown(value: str, party: Party) -> str:
    return HIDDEN if party.hidden else value


def _aligned(lines: Iterable[Line], width: int) -> Iterator[str]:
    for key, value in lines:
        yield f"{key}:".ljust(width - 1) + f" {value}"


def _epp_phone(body: Organisation) -> str:
    """A telephone number as EPP writes it (RFC 5733 section 2.5): +1.3705550107."""
    country, rest = body.phone.split("-", 1)
    return f"{country}.{rest.replace('-', '')}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"
