"""Which names can be taken for another one, as an answer of `lab.investigate.lookalikes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labsupport.answers.page import Page, explained
from labsupport.answers.registration import not_learned
from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.kinds import Kind
from labsupport.language import Language, table
from labsupport.lookups import lookalikes as lookup
from labsupport.lookups.lookup import Unanswered
from labsupport.lookups.session import Session
from labsupport.results import Table

SHORTEST_LABEL = 3  # below that, every short name looks like every other
MOST_NAMED = 6  # in a sentence; the table has all


class LookalikesPage(Page[lookup.Lookalikes]):
    """Which names that look like one exist."""

    kind: Kind
    LIMITS = ("lookalikes.alike", "lookalikes.not_every_name", "lookalikes.address")

    @property
    def found(self) -> tuple[lookup.Lookalike, ...]:
        """The names that exist."""
        return self.facts.found

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        key = "lookalikes.found" if facts.found else "lookalikes.none_found"
        values = {"count": len(facts.found), "tried": facts.tried, "name": facts.name}
        names = listed((one.name for one in facts.found), say)
        text = say(key, found=names, **values)
        if facts.unanswered:
            text += " " + say(
                "lookalikes.unanswered", names=listed(facts.unanswered, say)
            )
        return text

    def remarks(self) -> Iterator[str]:
        say = self.say
        facts = self.facts
        if facts.asked != facts.name:
            yield say("lookalikes.looked_names_like_name", name=facts.name)
        if same := facts.of_its_registrant:
            names = say.listed(same)
            whose = facts.registrant
            yield say(
                "lookalikes.same_registrant",
                name=facts.name,
                registrant=whose,
                names=names,
            )
        yield from filter(None, (_problem(one.said, say) for one in facts.found))

    def tabulated(self) -> Table | None:
        say = self.say
        facts = self.facts
        ways = table(self.say, "lookalike_ways")
        same = say("lookalikes.the_same")
        return Table.of(
            say("lookalikes.names_look_like_name", name=facts.name),
            facts.found,
            (say("lookalikes.name"), lambda one: one.name),
            (
                say("lookalikes.as_it_is_shown"),
                lambda one: one.shown if one.shown != one.name else same,
            ),
            (
                say("lookalikes.how_it_differs"),
                lambda one: f"{ways[one.change.way]}: {one.change.what}",
            ),
            (say("lookalikes.registered"), lambda one: one.said.registered or "–"),
            (say("lookalikes.registrar"), lambda one: one.said.registrar or "–"),
            (
                say("lookalikes.registrant_in_the_record"),
                lambda one: self._registrant(one.said),
            ),
            (say("lookalikes.leads_to"), lambda one: one.address or "–"),
        )

    def _registrant(self, summary: lookup.RegistrationSummary) -> str:
        if summary.proxy:
            return self.say("lookalikes.name_a_proxy_service", name=summary.registrant)
        return summary.registrant or (
            self.say("lookalikes.not_learned") if summary.missing else "–"
        )


def lookalikes(session: Session, typed: Typed) -> LookalikesPage:
    """Say which names that look like the registered one in `typed` exist, and whose they are.

    Raises NotUnderstood for a name too short to be told from others.
    """
    label, dot, _ = lookup.registered_part(typed.text).partition(".")
    if len(label) < SHORTEST_LABEL or not dot:
        raise NotUnderstood(session.say("lookalikes.too_short", name=typed.text))
    return LookalikesPage(session.say, lookup.lookalikes(session, typed))


def _problem(summary: lookup.RegistrationSummary, say: Language) -> str:
    """Say why a record did not come; "" where none is missing."""
    if isinstance(summary.missing, Unanswered):
        return explained(say, summary.missing).sentence
    if summary.missing:
        return not_learned(say, summary.missing)
    return ""


def listed(names: Iterable[str], say: Language) -> str:
    """Return names, as many as fit in a sentence."""
    every = list(names)
    if len(every) <= MOST_NAMED:
        return say.listed(every)
    more = say("lookalikes.and_count_more", count=len(every) - MOST_NAMED)
    return f"{', '.join(every[:MOST_NAMED])} {more}"
