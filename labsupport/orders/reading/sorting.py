"""What stands in each clause of a text: names, ways of blocking, those whom it is addressed to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from labsupport.orders.order import (
    CARRIED_OUT,
    ON_AN_EARLIER_MEASURE,
    Act,
    Cell,
    Span,
    Target,
    TargetPart,
)
from labsupport.orders.reading.acts import Clause
from labsupport.orders.reading.addressees import AddresseesRead
from labsupport.orders.reading.part import MeasurePart
from labsupport.orders.reading.roles import Parts
from labsupport.orders.reading.words import (
    DraftText,
    FieldReading,
)

OF_DATA = (Act.DISCLOSE, Act.IDENTIFY, Act.PRESERVE)
# "… a los servidores de nombres ns1.a-b.example y": what a domain is handed to.
TO_SERVERS = re.compile(
    r"""(?:servidor(?:es)?\sde\snom(?:br|)es?|servidores\s(?:dns|autoritativos)|name\s?servers?|(?:apont|apunt|point)\w*
    (?:-\w+)?\s(?:\w+\s){0,2}(?:a|para|to))[\s:(]+(?:[\w-]+(?:\.[\w-]+)+(?:\s?[,;]\s|\s(?:y|e|and)\s|\s)){0,4}\Z""",
    re.VERBOSE,
)
# "The operator of the platform": a name behind it is theirs.
PLATFORM_OF = re.compile(
    r"(?<!\w)(?:oper\w+|titular|prove\w+|empresa|sociedad\w*)\s(?:\w+\s){0,3}(?:platform|plataforma|red\ssocial|rede\ssocial)\s\Z"
)
# What is ordered through a regulator or an association.
THROUGH_OTHERS = (Act.BLOCK, Act.THROTTLE)
# "Bloquéese": nobody is told to.
ITSELF = re.compile(r"\w+(?:ese|ense|ase|anse|use|[aei]-se|em-se|am-se)(?!\w)")
# "Palmetto Ltd., as hosting service provider": who it is was said before.
IN_WHAT_CAPACITY = re.compile(
    r"(?<!\w)(?:como|en\s(?:su\s)?(?:calidad|caracter)\sde|na\s(?:qualidade|condicao)\sde|in\sits\scapacity\sas"
    r"|as(?:\san?|\sthe)?(?=\s(?:registrar|registry|host(?:ing)?|internet|provider|carrier|operator)(?!\w)))"
    r"\s(?:\w+\s?){0,3}\Z"
)
# "The carrier's own site"; "the Authority, in the public interest, directs".
OWNS_OR_DECIDES = re.compile(
    r"['’]s\s|(?:,[^,.;:]{0,60},)?\s(?:determina|ordena|dispone|resuelve|resolve|delibera|decide|acuerda)(?:\s|:)"
)
# "…; and (b) that": the next of a list.
ITEM_ENDS = re.compile(
    r"[;,]\s*(?:y|e|and)?\s*\(?\w{1,3}[.)]\s*(?:that|que|to)?[\s\w]{0,30}\Z"
)


def by_clause(
    page: DraftText,
    clauses: Sequence[Clause],
    parts: Parts,
    said: FieldReading,
    who: AddresseesRead,
) -> list[MeasurePart]:
    """Return a part for each clause, with what stands in it."""
    sorter = _Sorter(page, clauses)
    if sorter.each:
        sorter.terms(said)
        sorter.executors(said, who)
        sorter.names(parts)
        sorter.mentioned(parts)
    return sorter.each


class _Sorter:
    """Puts what a page says into the clause that it stands in."""

    def __init__(self, page: DraftText, clauses: Sequence[Clause]) -> None:
        self._page = page
        self._unknown = [clause for clause in clauses if clause.act is None]
        self.each = [MeasurePart(clause.act, [clause]) for clause in clauses]
        self._known = [part for part in self.each if part.act] or self.each
        self._starts = [part.clauses[0].start for part in self._known]

    def _at(self, place: int) -> MeasurePart:
        """The part in whose clause a place stands."""
        return self._known[max(bisect_right(self._starts, place) - 1, 0)]

    def _is_of_unknown(self, here: MeasurePart, place: int) -> bool:
        """Whether a command that is not understood stands between a verb and a name."""
        verb = here.clauses[0].verb[0]
        return any(
            verb < clause.verb[0] < place
            and self._page.same_sentence(clause.verb[0], place)
            for clause in self._unknown
        )

    def _in_sentence(self, part: MeasurePart, place: int) -> bool:
        return self._page.same_sentence(part.clauses[0].verb[0], place)

    def _of_a_list(self, place: int) -> MeasurePart:
        """The part that a name is of: a list far behind a verb is of what is ordered."""
        here = self._at(place)
        if self._in_sentence(here, place):
            return here
        before = self._known[: self._known.index(here) + 1]
        ordered = [
            part
            for part in (*reversed(before), *self._known)
            if part.act in CARRIED_OUT and part.clauses[0].commands
        ]
        said = [part for part in ordered if part.executors or part.techniques]
        carried_out = [part for part in self._known if part.act in CARRIED_OUT]
        return next(iter([*said, *ordered, *carried_out, here]))

    def terms(self, said: FieldReading) -> None:
        """Put ways of blocking, and words for addresses."""
        for technique, span in said.every.get("technique", ()):
            self._at(span[0]).techniques.append((technique, span))
        for meaning, span in said.every.get("addresses", ()):
            self._at(span[0]).addresses.append((meaning, span))

    def executors(self, said: FieldReading, who: AddresseesRead) -> None:
        """Put those whom it is addressed to.

        A heading, or a list at the end, names some once. Whom grammar tells is taken later,
        where nobody was found by what they are called.
        """
        elsewhere = []
        for text, span in said.every.get("executors", ()):
            if self._only_tells(span):
                continue
            here = self._at(span[0])
            if self._in_sentence(here, span[0]):
                here.executors.append((text, span))
            else:
                elsewhere.append((text, span))
        called: set[str] = set()
        for part in self.each:
            called.update(text.casefold() for text, _ in part.executors)
        for text, span in elsewhere:
            if text.casefold() not in called:
                self._of_a_list(span[0]).executors.append((text, span))
        for number, part in enumerate(self.each):
            part.goes_on = self._goes_on(number)
            part.unread = number in who.unread
            for one in who.found:
                everywhere = one.clause is None and part.act in THROUGH_OTHERS
                if one.clause == number or everywhere:
                    part.named.append((self._page.written(*one.span), one))

    def _only_tells(self, span: Span) -> bool:
        """Whether words only tell who somebody is, or that they decide: "as registrar"."""
        folded = self._page.folded
        if self._page.before(IN_WHAT_CAPACITY, span[0], 50):
            return True
        behind = OWNS_OR_DECIDES.match(folded, span[1])
        return behind is not None or IN_WHAT_CAPACITY.match(folded, *span) is not None

    def _goes_on(self, number: int) -> bool:
        """Whether a clause goes on with what those of the clause before it are to do."""
        if not number:
            return False
        clause = self.each[number].clauses[0]
        before = self.each[number - 1].clauses[0]
        between = self._page.folded[before.verb[1] : clause.verb[0]]
        same = self._page.same_sentence(before.verb[0], clause.verb[0])
        if not same and not ITEM_ENDS.search(between):
            return False
        word = self._page.folded[slice(*clause.verb)]
        return ITSELF.match(word) is None

    def names(self, parts: Parts) -> None:
        """Put names by what they are there for."""
        hit = {target.key: target for target in parts.targets}
        with_all_below = {one.key for one, _ in parts.mentions if one.subtree}
        for target, part in parts.mentions:
            here = self._of_a_list(target.start)
            near = self._in_sentence(here, target.start)
            refused = self._is_of_unknown(here, target.start)
            if refused and part is not TargetPart.EXCEPTION:
                continue
            if part is TargetPart.TARGET:
                same = hit[target.key]  # as it stands where it is named first
                all_below = same.subtree and target.key not in with_all_below
                subtree = target.subtree or all_below
                target = replace(target, subtree=subtree, beside=same.beside)
            if self._acts(target):
                continue
            listed = near or self._is_a_list_of(here)
            of_it = part is TargetPart.TARGET and listed
            if of_it or (near and self._is_of(here, part, target)):
                here.targets.append(target)
            elif part is TargetPart.EXCEPTION and here.act not in ON_AN_EARLIER_MEASURE:
                _spare(self.each, here, target)

    def _acts(self, target: Target) -> bool:
        """Whether a name is that of somebody who acts, or of a server a domain is handed to."""
        if self._page.before(PLATFORM_OF, target.start, 40):
            return True
        for part in self._known:
            for _, one in part.named:
                if one.span[0] == target.start:
                    return True
        before = self._page.folded[max(0, target.start - 160) : target.start]
        return TO_SERVERS.search(before) is not None

    def _is_a_list_of(self, here: MeasurePart) -> bool:
        """Whether a name in another sentence may be one that something is done to.

        That is a name in a list far behind a verb that is carried out.
        """
        if here.act in CARRIED_OUT:
            return True
        return not any(part.targets for part in self._known)

    def mentioned(self, parts: Parts) -> None:
        """Take what stands behind a verb that blocks nothing and names nothing else, and ask."""
        for place, part in enumerate(self._known):
            if part.targets or part.act is None or part.act in CARRIED_OUT:
                continue
            verb = part.clauses[0].verb[1]
            end = self._page.sentence(verb)[1]
            if place + 1 < len(self._starts):
                end = min(end, max(self._starts[place + 1], verb))
            for target, what in parts.mentions:
                within = verb <= target.start < end and not self._acts(target)
                if within and what in (TargetPart.MENTIONED, TargetPart.CONTACT):
                    part.targets.append(target)
            if part.targets:
                values = tuple(target.value for target in part.targets)
                part.asked.append((Cell.TARGETS, values))

    def _is_of(self, here: MeasurePart, part: TargetPart, target: Target) -> bool:
        """Whether a name in the sentence of what blocks nothing is what that is done to.

        Of data that are kept or told it is the name behind the verb, whatever it looks like.
        """
        if here.act is None or here.act in CARRIED_OUT:
            return False
        if part is TargetPart.MENTIONED:
            behind = target.start > here.clauses[0].verb[0]
            return here.act in OF_DATA and behind and not here.targets
        return part in (TargetPart.EXCEPTION, TargetPart.UNSURE)


def _spare(each: Sequence[MeasurePart], here: MeasurePart, target: Target) -> None:
    """Note that a name is not to be touched, by the measure nearest before it."""
    for part in reversed(each[: each.index(here) + 1]):
        if part.act in CARRIED_OUT:
            part.exceptions.append(target)
            return
    for part in each:
        if part.act in CARRIED_OUT:
            part.exceptions.append(target)
            return
