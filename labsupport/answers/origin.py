"""Who announces a number, and for whom it is registered, as an answer of `lab.routes.origin`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

from labsupport.answers import rdap
from labsupport.answers.page import Page
from labsupport.formats.delegated import DelegatedBlock, Prefix
from labsupport.inputs.numbers import Number, read_number
from labsupport.kinds import Kind
from labsupport.language import Language, table
from labsupport.lookups import origin as lookup
from labsupport.lookups.observatory import AsName, OriginValidation, PrefixOverview
from labsupport.lookups.registration import block_of
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Table


class OriginPage(Page[lookup.Origin]):
    """Who announces and who registered a number."""

    kind: Kind
    LIMITS = ("origin.country", "origin.person", "origin.today")

    @property
    def sentence(self) -> str:
        overview = self.facts.overview
        announced = self._announced(overview) if overview else [self._about_network()]
        return " ".join([*announced, *self._registered()])

    def _tell(self, key: str, asns: Sequence[int] = (), **values: object) -> str:
        network = called(asns, self.facts.names, self.say)
        what = self.facts.asked.text
        return self.say(f"origin.{key}", **{"what": what, "network": network, **values})

    def _about_network(self) -> str:
        facts = self.facts
        key = (
            "no_number"
            if not facts.origins
            else "network"
            if facts.announced
            else "no_prefix"
        )
        return self._tell(
            key,
            network=self._who(),
            prefixes=self.say.listed(map(str, facts.announced)),
        )

    def _announced(self, overview: PrefixOverview) -> Iterable[str]:
        prefix = overview.prefix
        origins = overview.origins
        larger = [p for p in overview.related if p.prefixlen < prefix.prefixlen]
        smaller = [p for p in overview.related if p.prefixlen > prefix.prefixlen]
        if not origins:
            yield self._tell(
                "parts" if smaller else "nobody",
                prefixes=self.say.listed(map(str, smaller)),
            )
            return
        key = "announced" if str(prefix) == self.facts.asked.text else "lies_in"
        yield self._tell(key, origins, prefix=prefix)
        checks = self.facts.checks
        if against := [asn for asn in origins if checks[asn].contradicts]:
            yield self._tell("contradicted", against)
        elif all(checks[asn] is OriginValidation.VALID for asn in origins):
            yield self._tell("agrees")
        for key, others in (("larger", larger), ("smaller", smaller)):
            if others:
                yield self._tell(key, prefixes=self.say.listed(map(str, others)))

    def _registered(self) -> Iterable[str]:
        record = self.facts.record
        registry = record.registry.upper()
        if not record.held:
            yield self._tell(
                "given_to_nobody", registry=registry, status=_status(record, self.say)
            )
            return
        yield self._tell(
            "registered",
            registry=registry,
            block=block_of(record),
            date=record.date or "–",
            code=record.country or "–",
            holder=self._holder(),
        )
        if self.facts.overview and (others := self.facts.of_other_holders):
            yield self._tell("other_holder", others)

    def _who(self) -> str:
        """The network that was asked about, without its number, which stands before it."""
        name = self.facts.network
        if name is None:
            return self.say("origin.network_without_name_list")
        if name.name == name.holder:
            return name.name
        return f"{name.name} ({name.holder})"

    def _holder(self) -> str:
        """The registry's identifier of the holder, with the name of one of its networks."""
        name = self.facts.holder
        identifier = self.facts.record.holder_id
        return f"{identifier} ({name})" if name else identifier

    def tabulated(self) -> Table:
        say = self.say
        facts = self.facts
        record = facts.record
        overview = facts.overview
        rows: list[tuple[object, ...]] = []
        observatory = say("origin.what_networks_announce")
        if overview is None:
            rows.append(
                (say("origin.announces"), listed(facts.announced) or "–", observatory)
            )
        else:
            prefix = str(overview.prefix) if overview.origins else "–"
            rows.append((say("origin.announced_prefix"), prefix, observatory))
            for asn in overview.origins:
                rows.append(
                    (
                        say("origin.label_network"),
                        called([asn], facts.names, say),
                        observatory,
                    )
                )
                check = table(say, "origin_checks")[facts.checks[asn]]
                rows.append(
                    (
                        say("origin.origin_check"),
                        check,
                        say("origin.what_holders_signed_rpki"),
                    )
                )
            if overview.related:
                rows.append(
                    (
                        say("origin.also_announced"),
                        listed(overview.related),
                        observatory,
                    )
                )
        source = say("origin.the_list_of_registry", registry=record.registry.upper())
        rows.append((say("origin.registered_block"), block_of(record), source))
        rows.append((say("origin.status"), _status(record, say), source))
        if record.held:
            rows.append((say("origin.registered_on"), record.date or "–", source))
            rows.append(
                (say("origin.country_code_registration"), record.country or "–", source)
            )
            holder = self._holder()
            named = say("origin.list_name_list_what", list=source)
            rows.append(
                (
                    say("origin.holder"),
                    holder,
                    source if holder == record.holder_id else named,
                )
            )
        if others := [one for one in facts.also if one != record]:
            rows.append(
                (
                    say("origin.same_holder_also"),
                    ", ".join(map(block_of, others)),
                    source,
                )
            )
        return _table(facts.asked, rows, say)


class WhosePage(Page[lookup.Whose]):
    """Who announces a number, by DNS, and for whom it is registered, by RDAP."""

    LIMITS = ("limits_of_numbers",)

    @functools.cached_property
    def _registration(self) -> rdap.DomainPage | rdap.NumbersPage | Explanation:
        return rdap.page_of(self.say, self.facts.registration)

    @property
    def _network(self) -> str:
        """The network by name and number, "" where it is not known."""
        return called(self.facts.origins, self.facts.names, self.say)

    @property
    def sentence(self) -> str:
        what = self.facts.asked.text
        announced = self.facts.announced
        network = self._network
        named = "called_by_dns" if network not in ("", what) else "not_found_out"
        key, prefix = (
            ("announced_by_dns", announced.prefix) if announced else (named, "")
        )
        announcer = self.say(f"origin.{key}", what=what, prefix=prefix, network=network)
        return f"{announcer} {self._registration.sentence}"

    def remarks(self) -> Iterable[str]:
        return self._registration.notes

    def tabulated(self) -> Table:
        say = self.say
        announced = self.facts.announced
        rows: list[tuple[object, ...]] = []
        source = say("origin.the_dns_under_zone", zone=self.facts.service)
        if announced is not None:
            rows.append((say("origin.announced_prefix"), announced.prefix, source))
        if self._network:
            rows.append((say("origin.label_network"), self._network, source))
        registered = self._registration.tabulated()
        rows += registered.rows if registered else ()
        return _table(self.facts.asked, rows, say)


def origin(session: Session, text: object) -> OriginPage | WhosePage | Explanation:
    """Return who announces and who registered an address, a prefix or an AS number.

    Raises NotUnderstood when `text` is none of them.
    """
    say = session.say
    facts = lookup.origin(session, read_number(text, say))
    if isinstance(facts, lookup.Whose):
        return WhosePage(say, facts)
    return OriginPage.of(say, facts)


def _table(asked: Number, rows: list[tuple[object, ...]], say: Language) -> Table:
    return Table(
        say("origin.what_known_what", what=asked.text),
        (say("origin.what"), say("origin.answer"), say("origin.who_says_so")),
        tuple(rows),
    )


def _status(record: DelegatedBlock, say: Language) -> str:
    """Return in words what the registry did with a block."""
    # An AS number is for its holder's own network, whichever of the two words the list has.
    status = "held" if record.type == "asn" and record.held else record.status
    return table(say, "block_statuses").get(status, status)


def called(asns: Sequence[int], names: Mapping[int, AsName], say: Language) -> str:
    """Return networks by name and number: "Alojar (AS64500)"."""
    titles = (
        f"{names[asn].name} (AS{asn})" if asn in names else f"AS{asn}" for asn in asns
    )
    return say.listed(titles)


def listed(prefixes: Iterable[Prefix]) -> str:
    """Return prefixes with commas between them."""
    return ", ".join(map(str, prefixes))
