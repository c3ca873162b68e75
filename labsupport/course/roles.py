"""A hearing of five groups: a card for each, a decision to defend, what the others answer.

The words are in data/course, in the file that explains how they are written. No answer is the
right one: the others object to each. What stands on a card is shown to whoever takes that card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from labsupport.course import course
from labsupport.course.case_cards import Card, nodes
from labsupport.course.course import left_empty, none_such
from labsupport.course.questions import LETTERS, typed_letter
from labsupport.declared import in_words
from labsupport.language import Language, table_of
from labsupport.papers.templated import Templated
from labsupport.results import Explanation, Statement, Table, fold, open_part, small
from labsupport.tree import Node, element, listed


class DecisionOption(NamedTuple):
    """An answer to a decision: what it costs, and what each other group says to it, by its key."""

    text: str
    costs: str
    replies: Mapping[str, str]


class Role(NamedTuple):
    """A group: what it alone knows, what it wants, what would do harm, what it must decide.

    Each of its `needs` is the key of another group and what is needed from it. Who rules has a
    `ruling`: what must stand in it.
    """

    key: str
    name: str
    you: str
    knows: tuple[str, ...]
    wants: str
    harm: tuple[str, ...]
    needs: tuple[tuple[str, str], ...]
    decision: str
    options: tuple[DecisionOption, ...]
    ruling: tuple[str, ...] = ()

    @property
    def lettered(self) -> tuple[tuple[str, DecisionOption], ...]:
        """The options, each with its letter."""
        return tuple(zip(LETTERS, self.options, strict=False))


class Needed(NamedTuple):
    """Somebody who was needed in case A: who that was in it, and what for."""

    key: str
    actor: str
    who: str
    why: str


class HearingPart(NamedTuple):
    """A part of the hearing: what it is called, how long it takes, what is done in it."""

    name: str
    minutes: int
    what: str


class Play(NamedTuple):
    """The hearing: its parts, what all know, the cards, its last questions; and who was needed."""

    title: str
    moment: str
    hearing: tuple[HearingPart, ...]
    debrief: tuple[str, ...]
    known: tuple[str, ...]
    roles: Mapping[str, Role]
    needed: tuple[Needed, ...]


def read(data: Mapping[str, Any]) -> Play:
    """Return the content of a roles.toml."""
    content = course.frozen(data)
    roles = {one["key"]: _role(**one) for one in content.pop("role")}
    hearing = tuple(HearingPart(*one) for one in content.pop("hearing"))
    needed = tuple(Needed(**one) for one in content.pop("needed"))
    return Play(**content, hearing=hearing, roles=roles, needed=needed)


def _role(option: tuple[dict[str, Any], ...], **members: Any) -> Role:
    return Role(**members, options=tuple(DecisionOption(**one) for one in option))


@cache
def play(language: str) -> Play:
    """Return the hearing of five groups in a language.

    >>> list(play("en").roles)
    ['court', 'league', 'unheard', 'operators', 'prosecution']
    """
    return read(table_of(language, "roles.toml"))


@dataclass(eq=False, repr=False, kw_only=True)
class RoleCard(Templated):
    """The card of a group, a paper of its own."""

    play: Play
    role: Role
    template = "papers/card.html"
    style = "roles/card.css"

    @property
    def limits(self) -> tuple[str, ...]:
        return (self.say("roles.all_invented_law"),)

    def fact_nodes(self) -> list[Node]:
        # No headings: JupyterLab would list them among those of the notebook.
        moment = element("p", f"{self.play.moment} · {self.clock}", class_="lab-note")
        parts = [*self.parts()]
        if self.role.ruling:
            parts.append((self.say("roles.your_ruling_one_page"), self.role.ruling))
        return [moment, *(open_part(title, listed(lines)) for title, lines in parts)]

    @property
    def clock(self) -> str:
        """How long each part of the hearing takes."""
        parts = ", ".join(f"{part.name} {part.minutes}" for part in self.play.hearing)
        return self.say("roles.minutes_parts", parts=parts)

    def parts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What stands on the card: headings and their lines, the decision last."""
        say, role = self.say, self.role
        needs = tuple(
            f"{self.play.roles[whom].name}: {what}" for whom, what in role.needs
        )
        choices = tuple(
            say(
                "roles.letter_text_costs_costs",
                letter=letter,
                text=option.text,
                costs=option.costs,
            )
            for letter, option in role.lettered
        )
        return (
            (say("roles.all_know"), self.play.known),
            (say("roles.only_you_know"), role.knows),
            (say("roles.you_want"), (role.wants,)),
            (say("roles.this_would_do_harm"), role.harm),
            (say("roles.whom_you_need"), needs),
            (role.decision, choices),
        )


def show(
    say: Language, key: object = "", letter: object = ""
) -> RoleCard | InCards | Explanation:
    """List the groups, show the card of one, or what the others answer to its decision.

    A group is called by its key, its name or its number.

    >>> show(Language.load("en"), "court").sentence.partition(".")[0]
    'The court'
    >>> show(Language.load("en"), "court", "z").sentence
    'There is no “z” here. There are: a, b and c.'
    """
    case = play(say.code)
    if left_empty(key) and left_empty(letter):
        return _listing(say, case)
    numbered = enumerate(case.roles.values(), 1)
    match = course.find(
        key, numbered, lambda one: (one[1].key, one[1].name, str(one[0]))
    )
    if match is None:
        return none_such(say, key, case.roles, "group")
    _, role = match
    if left_empty(letter):
        return card(say, case, role)
    options = dict(role.lettered)
    if (chosen := typed_letter(letter)) in options:
        return replies(say, case, role, chosen)
    return none_such(say, letter, options)


def card(say: Language, case: Play, role: Role) -> RoleCard:
    """Return the card of a group."""
    call = in_words(f'lab.course.hearing("{role.key}", "a")', say)
    return RoleCard(
        say,
        None,
        None,
        (say("roles.none_three_right", call=call),),
        title=case.title,
        file=f"role-{role.key}.html",
        gist=f"{role.name}. {role.you}",
        play=case,
        role=role,
    )


def replies(say: Language, case: Play, role: Role, letter: str) -> InCards:
    """Return what the other groups say to a decision."""
    option = dict(role.lettered)[letter]
    notes = (
        say("roles.what_it_costs_costs", costs=option.costs),
        say("roles.none_three_right_one"),
    )
    answers = (
        (other.name, option.replies[key])
        for key, other in case.roles.items()
        if other != role
    )
    columns = (say("roles.group"), say("roles.objection_or_question"))
    table = Table(say("roles.what_the_others_say"), columns, tuple(answers))
    return InCards(
        say, None, f"{role.name}: {letter}) {option.text}", notes, table=table
    )


class InCards(Statement):
    """Rows as cards: the last cell is what a card says, the one before is its title.

    All of them are seen: of many notes, most stand in a fold.
    """

    def note_nodes(self) -> list[Node]:
        shown: list[Node] = [*map(small, self.notes[:2])]
        if rest := self.notes[2:]:
            shown.append(fold("lab-same", self.say("roles.read_on"), *map(small, rest)))
        return shown

    def fact_nodes(self) -> list[Node]:
        table = self.tabulated()
        rows = table.rows if table else ()
        cells = (map(str, row) for row in rows)
        cards = [Card("".join(kind), name, said) for *kind, name, said in cells]
        return nodes(cards, self.say, in_form=False)


def to_print(say: Language) -> Statement:
    """Return the line that prints each card, for who hands them out.

    >>> to_print(Language.load("en")).table.iloc[0, 1]
    'lab.course.hearing("court").save()'
    """
    case = play(say.code)
    sentence = say("roles.each_card_own_paper", count=len(case.roles))
    columns = (say("roles.group"), say("guide.line_writes_file"))
    table = Table(say("roles.the_cards"), columns, tuple(_calls(say, case, ".save()")))
    return Statement(say, None, sentence, table=table)


def _calls(say: Language, case: Play, end: str = "") -> Iterator[tuple[str, str]]:
    """Yield each group with the line that takes its card, which ends like this."""
    for role in case.roles.values():
        yield role.name, in_words(f'lab.course.hearing("{role.key}"){end}', say)


def _listing(say: Language, case: Play) -> InCards:
    sentence = say("roles.five_groups_hearing")
    parts = (
        say(
            "roles.part_minutes_minutes_what",
            part=part.name,
            minutes=part.minutes,
            what=part.what,
        )
        for part in case.hearing
    )
    notes = (f"{case.title}. {case.moment}.", *parts, *case.debrief)
    columns = (say("roles.group"), say("roles.line_shows_its_card"))
    table = Table(case.title, columns, tuple(_calls(say, case)))
    return InCards(say, None, sentence, notes, table=table)
