"""`lab.compare`: what registry and registrar say of a domain, by RDAP and by WHOIS.

Four records at most, each with a column of its own: a difference is shown and never mended.
"""

from __future__ import annotations

from dataclasses import dataclass

from labsupport.answers.rdap import Domain, rdap
from labsupport.answers.registration import (
    NOT_LEARNED,
    Absence,
    Row,
    differing,
    domain_rows,
    limits_of_names,
)
from labsupport.answers.whois import Whois, whois
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.language import tell
from labsupport.lookups.session import Session
from labsupport.rdds.record import Outcome, Record
from labsupport.results import Explanation, Result, Table


@dataclass(eq=False, repr=False, kw_only=True)
class Comparison(Result):
    """The records of a domain beside each other.

    `domain` is its name; `records` are those of the registry by RDAP, the registrar by RDAP, the
    registry by WHOIS, the registrar by WHOIS, None where none came; `missing` is the kind of what
    came in the place of the first record of a registrar that did not, None where none is missing.
    """

    domain: str
    records: tuple[Record | None, ...]
    missing: Kind | None

    @property
    def rows(self) -> list[Row]:
        """The facts, in the words of each record; those on which they disagree come first."""
        rows = domain_rows(self.records, self.say)
        return sorted(rows, key=lambda row: row.agree is not False)

    @property
    def sentence(self) -> str:
        say, rows = self.say, self.rows
        found = sum(record is not None for record in self.records)
        compared = sum(row.agree is not None for row in rows)
        labels = ", ".join(dict.fromkeys(row.label for row in differing(rows)))
        if found < 2:
            told = tell(say, "compare.only_one", domain=self.domain)
        elif not labels:
            told = tell(say, "compare.agree", found=found, domain=self.domain, count=compared)
        else:
            told = tell(
                say,
                "compare.disagree",
                found=found,
                domain=self.domain,
                apart=len(differing(rows)),
                count=compared,
                labels=labels,
            )
        return f"{say(NOT_LEARNED[self.missing])} {told}" if self.missing else told

    def tabulated(self) -> Table:
        say = self.say
        words = {True: say("they agree"), False: say("they disagree"), None: "–"}
        return Table(
            say("The records of {name}", name=self.domain),
            (
                say("fact"),
                say("registry, RDAP"),
                say("registrar, RDAP"),
                say("registry, WHOIS"),
                say("registrar, WHOIS"),
                say("do they agree?"),
            ),
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
    say = session.say
    one, other = rdap(session, typed), whois(session, typed)
    by_rdap = [record for _, _, record in one.records] if isinstance(one, Domain) else []
    by_whois = other.records if isinstance(other, Whois) else ()
    told = (*by_rdap, None, None)[:2] + (*by_whois, None, None)[:2]
    records = tuple(r if r and r.outcome is Outcome.FOUND else None for r in told)
    notes = tuple(dict.fromkeys((*one.notes, *other.notes)))
    if not any(records):
        # An absence only where nothing speaks against it.
        kinds = [one.kind, other.kind]
        absent = Kind.NO_SUCH_NAME in kinds and set(kinds) <= {Kind.NO_SUCH_NAME, Kind.NO_SERVER}
        kind = Kind.NO_SUCH_NAME if absent else next(k for k in kinds if k != Kind.NO_SUCH_NAME)
        result = Absence if kind is Kind.NO_SUCH_NAME else Explanation
        return result(say, kind, f"{one.sentence} {other.sentence}", notes, one.provenance)
    lost = None
    for answer in (one, other):
        missing = answer.missing if isinstance(answer, Domain | Whois) else None
        if missing is None and answer.kind is not Kind.FOUND:
            notes += (answer.sentence,)
        lost = lost or missing
    if differing(domain_rows(records, say)):
        notes += (tell(say, "compare.difference"),)
    servers = [host for _, host, _ in one.records] if isinstance(one, Domain) else []
    servers += [asked.host for asked in other.answers[1:]] if isinstance(other, Whois) else []
    return Comparison(
        say,
        lost or Kind.FOUND,
        session.provenance(", ".join(servers)),
        notes,
        domain=one.domain if isinstance(one, Domain) else typed.text,
        records=records,
        missing=lost,
    )
