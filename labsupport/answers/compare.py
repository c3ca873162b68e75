"""`lab.investigate.compare`: what registry and registrar say of a domain, by RDAP and by WHOIS.

Four records at most, each with a column of its own: a difference is shown and never mended.
"""

from __future__ import annotations

from collections.abc import Iterator

from labsupport.answers.page import Page
from labsupport.answers.registration import (
    Absence,
    FactRow,
    differing,
    domain_rows,
    not_learned,
)
from labsupport.answers.whois import page_of
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups import compare as lookup
from labsupport.lookups.session import Session
from labsupport.results import Result, Statement, Table


class ComparisonPage(Page[lookup.Comparison]):
    """The records of a domain beside each other."""

    LIMITS = ("limits_of_names", "compare.one_source")

    @property
    def rows(self) -> list[FactRow]:
        """The facts, in the words of each record; those on which they disagree come first."""
        rows = domain_rows(self.facts.records, self.say)
        return sorted(rows, key=lambda row: row.agree is not False)

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        rows = self.rows
        answered = sum(record is not None for record in facts.records)
        compared = sum(row.agree is not None for row in rows)
        labels = say.listed(dict.fromkeys(row.label for row in differing(rows)))
        key = "only_one" if answered < 2 else "disagree" if labels else "agree"
        values = {"found": answered, "apart": len(differing(rows)), "count": compared}
        compared_words = say(
            f"compare.{key}", domain=facts.domain, labels=labels, **values
        )
        return (
            f"{not_learned(say, facts.missing)} {compared_words}"
            if facts.missing
            else compared_words
        )

    def remarks(self) -> Iterator[str]:
        rdap, other = _pages(self.say, self.facts)
        yield from (*rdap.notes, *other.notes)
        if not any(self.facts.records[:2]):
            yield rdap.sentence
        if not any(self.facts.records[2:]):
            yield other.sentence
        if differing(self.rows):
            yield self.say("compare.difference")

    def tabulated(self) -> Table:
        say = self.say
        words = {
            True: say("compare.they_agree"),
            False: say("compare.they_disagree"),
            None: "–",
        }
        return Table(
            say("compare.the_records_of_name", name=self.facts.domain),
            (
                say("compare.fact"),
                say("compare.registry_rdap"),
                say("compare.registrar_rdap"),
                say("compare.registry_whois"),
                say("compare.registrar_whois"),
                say("compare.do_they_agree"),
            ),
            tuple((row.label, *row.cells, words[row.agree]) for row in self.rows),
        )


def compare(session: Session, typed: Typed) -> ComparisonPage | Statement:
    """Ask all four directories of a domain, and put their records beside each other."""
    say = session.say
    comparison = lookup.compare(session, typed)
    if any(comparison.records):
        return ComparisonPage(say, comparison)
    rdap, other = _pages(say, comparison)
    notes = tuple(dict.fromkeys((*rdap.notes, *other.notes)))
    sentence = f"{rdap.sentence} {other.sentence}"
    if comparison.kind is Kind.NO_SUCH_NAME:
        return Absence(say, comparison.kind, sentence, notes, comparison.provenance)
    return Statement(say, comparison.kind, sentence, notes, comparison.provenance)


def _pages(say: Language, comparison: lookup.Comparison) -> tuple[Result, Result]:
    """What RDAP and what WHOIS says, each alone."""
    return page_of(say, comparison.by_rdap), page_of(say, comparison.by_whois)
