"""`lab.compare`: what registry and registrar say of a domain, by RDAP and by WHOIS.

Four records at most, each with a column of its own: a difference is shown and never mended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from labsupport.directories.record import Outcome, Record
from labsupport.language import Language, mark
from labsupport.lookups.names import Typed
from labsupport.lookups.rdap import Domain, rdap
from labsupport.lookups.registration import (
    Absence,
    Missing,
    Row,
    differing,
    domain_rows,
    limits_of_names,
)
from labsupport.lookups.session import Session
from labsupport.lookups.whois import Whois, whois
from labsupport.results import Explanation, Kind, Result, Table

MOST_TOLD = 5
AGREE = {
    2: mark("The two records of {domain} agree on {count} facts: all that both of them tell."),
    3: mark("The three records of {domain} agree on {count} facts: all that two or more tell."),
    4: mark("The four records of {domain} agree on {count} facts: all that two or more tell."),
}
DISAGREE = {
    2: mark("The two records of {domain} disagree on {apart} of {count} facts: {labels}."),
    3: mark("The three records of {domain} disagree on {apart} of {count} facts: {labels}."),
    4: mark("The four records of {domain} disagree on {apart} of {count} facts: {labels}."),
}


class Comparison(Result):
    """The records of a domain beside each other.

    Attributes: `domain`, its name; `records`, those of the registry by RDAP, the registrar by
    RDAP, the registry by WHOIS, the registrar by WHOIS, None where none came; `missing` says
    what came in the place of the first record of a registrar that did not, None where none is.
    """

    def __init__(
        self,
        session: Session,
        domain: str,
        servers: Sequence[str],
        by_rdap: Sequence[Record],
        by_whois: Sequence[Record],
        lost: Missing | None,
        notes: tuple[str, ...],
    ) -> None:
        say = session.say
        kind = lost.kind if lost else Kind.FOUND
        super().__init__(say, kind, session.provenance(", ".join(servers)), notes)
        self.missing = lost
        self.domain = domain
        self.records = (*_registry_and_registrar(by_rdap), *_registry_and_registrar(by_whois))
        self._columns = (
            say("registry, RDAP"),
            say("registrar, RDAP"),
            say("registry, WHOIS"),
            say("registrar, WHOIS"),
        )
        if differing(self.rows):
            self.notes += (
                say(
                    "A difference is a finding of its own: a change under way, a renewal that has "
                    "not arrived, or an old copy. Both can be asked which."
                ),
            )

    @property
    def rows(self) -> list[Row]:
        """The facts, in the words of each record; those on which they disagree come first."""
        rows = domain_rows(self.records, self.say)
        return sorted(rows, key=lambda row: row.agree is not False)

    @property
    def sentence(self) -> str:
        say = self.say
        told = self._compared()
        return f"{self.missing.told(say)} {told}" if self.missing else told

    def _compared(self) -> str:
        say, rows = self.say, self.rows
        found = sum(record is not None for record in self.records)
        compared = sum(row.agree is not None for row in rows)
        if found < 2:
            return say(
                "One record of {domain} was found. There is nothing to compare it with.",
                domain=self.domain,
            )
        apart = differing(rows)
        if not apart:
            return say(AGREE[found], domain=self.domain, count=compared)
        labels = [
            f"{label} ({count})" if count > 1 else label
            for label, count in Counter(row.label for row in apart).items()
        ]
        return say(
            DISAGREE[found],
            domain=self.domain,
            apart=len(apart),
            count=compared,
            labels=_listed(labels, say),
        )

    def tabulated(self) -> Table:
        say = self.say
        words = {True: say("they agree"), False: say("they disagree"), None: "–"}
        return Table(
            say("The records of {name}", name=self.domain),
            (say("fact"), *self._columns, say("do they agree?")),
            tuple((row.label, *row.cells, words[row.agree]) for row in self.rows),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            *limits_of_names(say),
            say("That records agree does not make them true: they may have one source."),
        )


def compare(session: Session, typed: Typed) -> Result:
    """Ask all four directories of a domain, and put their records beside each other."""
    one, other = rdap(session, typed), whois(session, typed)
    by_rdap = [record for _, _, record in one.records] if isinstance(one, Domain) else []
    by_whois = other.records if isinstance(other, Whois) else ()
    told = [record for record in (*by_rdap, *by_whois) if record.outcome is Outcome.FOUND]
    of_its_table = other.left_out if isinstance(other, Whois) else ()
    notes = one.notes + tuple(
        note for note in other.notes if note not in (*one.notes, *of_its_table)
    )
    if not told:
        kind = _of_both(one.kind, other.kind)
        sentence = f"{one.sentence} {other.sentence}"
        if kind is Kind.NO_SUCH_NAME:
            return Absence(session, sentence, notes, one.provenance, of_a_name=True)
        return Explanation(session.say, kind, sentence, notes, one.provenance)
    lost = None
    for result in (one, other):
        missing = result.missing if isinstance(result, Domain | Whois) else None
        if missing is None and result.kind is not Kind.FOUND:
            notes += (result.sentence,)
        lost = lost or missing
    domain = one.domain if isinstance(one, Domain) else typed.text
    servers = [host for _, host, _ in one.records] if isinstance(one, Domain) else []
    servers += [asked.host for asked in other.answers[1:]] if isinstance(other, Whois) else []
    return Comparison(session, domain, servers, by_rdap, by_whois, lost, notes)


def _listed(labels: Sequence[str], say: Language) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(labels) > MOST_TOLD:
        return ", ".join((*labels[:MOST_TOLD], "…"))
    return say(" and ").join(filter(None, (", ".join(labels[:-1]), labels[-1])))


def _registry_and_registrar(records: Sequence[Record]) -> tuple[Record | None, Record | None]:
    first, second = [
        record if record and record.outcome is Outcome.FOUND else None
        for record in (*records[:2], None, None)[:2]
    ]
    return first, second


def _of_both(one: Kind | None, other: Kind | None) -> Kind | None:
    """What two answers are together: an absence only where nothing speaks against it."""
    kinds = (one, other)
    if Kind.NO_SUCH_NAME in kinds and set(kinds) <= {Kind.NO_SUCH_NAME, Kind.NO_SERVER}:
        return Kind.NO_SUCH_NAME
    return next(kind for kind in kinds if kind is not Kind.NO_SUCH_NAME)
