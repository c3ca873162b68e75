"""A hearing of five groups: a card for each, a decision to defend, what the others answer.

The words are in data/course, in the file that explains how they are written. No answer is the
right one: the others object to each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from labsupport.language import Language
from labsupport.lookups.forms import TRAINING, Blank, Paper, filled, heading, page
from labsupport.lookups.names import folded
from labsupport.results import Explanation, Kind, Result, Table, escaped, quoted, visible
from labsupport.teaching import course
from labsupport.teaching.questions import LETTERS

if TYPE_CHECKING:
    from labsupport.lab import Lab

OPTIONS = 3  # to each decision: fewer are no choice, more do not fit on a card
FEWEST_FACTS, MOST_FACTS = 3, 4  # that a group alone knows


class RolesError(Exception):
    """The cards are not in order; the message says where."""


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to a decision: what it costs, and what each other group says to it, by its key."""

    text: str
    costs: str
    replies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Role:
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
    options: tuple[Option, ...]
    ruling: tuple[str, ...] = ()

    @property
    def lettered(self) -> tuple[tuple[str, Option], ...]:
        """The options, each with its letter."""
        return tuple(zip(LETTERS, self.options, strict=False))


@dataclass(frozen=True, slots=True)
class Needed:
    """Somebody who was needed in case A: who that was in it, and what for."""

    key: str
    actor: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the hearing: what it is called, how long it takes, what is done in it."""

    name: str
    minutes: int
    what: str


@dataclass(frozen=True, slots=True)
class Play:
    """The hearing: its parts, what all know, the cards, its last questions; and who was needed."""

    title: str
    moment: str
    hearing: tuple[Part, ...]
    debrief: tuple[str, ...]
    known: tuple[str, ...]
    roles: Mapping[str, Role]
    needed: tuple[Needed, ...]


def read(data: Mapping[str, Any]) -> Play:
    """Return the content of a roles.toml; raise RolesError for what could not be played.

    Every group has a card without gaps, and every option an answer from each of the others.
    """
    try:
        roles = [_role(one) for one in data["role"]]
        needed = tuple(Needed(**one) for one in data["needed"])
        play = Play(
            data["title"],
            data["moment"],
            tuple(Part(*one) for one in data["hearing"]),
            _lines(data["debrief"]),
            _lines(data["known"]),
            {role.key: role for role in roles},
            needed,
        )
    except (KeyError, TypeError) as problem:
        raise RolesError(f"roles: {problem}") from problem
    if len(play.roles) != len(roles):
        raise RolesError("roles: a key is taken twice")
    for role in roles:
        _check(role, set(play.roles) - {role.key})
    texts = [play.title, play.moment, *play.known, *play.debrief]
    texts += [text for part in play.hearing for text in (part.name, part.what)]
    texts += [text for one in needed for text in (one.key, one.actor, one.who, one.why)]
    if not all(text.strip() for text in texts):
        raise RolesError("roles: a text of the hearing is empty")
    return play


def _role(one: Mapping[str, Any]) -> Role:
    place = one.get("key", "?")
    try:
        members = dict(one)
        options = tuple(Option(**option) for option in members.pop("option"))
        needs = tuple((str(whom), str(what)) for whom, what in members.pop("needs"))
        for name in ("knows", "harm"):
            members[name] = _lines(members[name])
        members["ruling"] = _lines(members.get("ruling", []))
        return Role(**members, needs=needs, options=options)
    except (KeyError, TypeError, ValueError) as problem:
        raise RolesError(f"{place}: {problem}") from problem


def _lines(value: object) -> tuple[str, ...]:
    """Return a list of texts; a text alone would be taken for a list of letters."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return tuple(map(str, value))


def _check(role: Role, others: set[str]) -> None:
    if len(role.options) != OPTIONS:
        raise RolesError(f"{role.key}: {len(role.options)} options")
    if not FEWEST_FACTS <= len(role.knows) <= MOST_FACTS:
        raise RolesError(f"{role.key}: {len(role.knows)} facts")
    for whom, _ in role.needs:
        if whom not in others:
            raise RolesError(f"{role.key}: needs something from {whom}, which is no other group")
    for letter, option in role.lettered:
        if set(option.replies) != others:
            wrong = ", ".join(sorted(set(option.replies) ^ others))
            raise RolesError(f"{role.key}, {letter}: each other group replies once, not {wrong}")
    texts = [role.key, role.name, role.you, role.wants, role.decision]
    texts += [*role.knows, *role.harm, *role.ruling, *(what for _, what in role.needs)]
    for option in role.options:
        texts += [option.text, option.costs, *option.replies.values()]
    if not all(text.strip() for text in texts) or len(set(texts)) != len(texts):
        raise RolesError(f"{role.key}: a text is empty, or stands there twice")
    if not all((role.harm, role.needs)):
        raise RolesError(f"{role.key}: a part of the card is empty")


@cache
def play(language: str) -> Play:
    """Return the hearing of five groups in a language.

    >>> list(play("en").roles)
    ['court', 'league', 'unheard', 'operators', 'prosecution']
    """
    return read(course.read(language, "roles.toml"))


class Card(Paper):
    """The card of a group, for the screen and as one page. Attributes: `play`, `role`."""

    def __init__(self, say: Language, play: Play, role: Role) -> None:
        super().__init__(say, None, None)
        self.play = play
        self.role = role
        self.file = f"role-{role.key}.html"

    @property
    def sentence(self) -> str:
        return f"{self.role.name}. {self.role.you}"

    @property
    def limits(self) -> tuple[str, ...]:
        return (
            self.say(
                "All of it is invented. What the law allows or asks for, the card does not say."
            ),
        )

    def tabulated(self) -> Table:
        rows = [(title, line) for title, lines in self._on_screen for line in lines]
        return Table(self.role.name, (self.say("part"), self.say("what the card says")), (*rows,))

    @property
    def parts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What stands on the card: headings and their lines, the decision last."""
        say, role = self.say, self.role
        needs = tuple(f"{self.play.roles[whom].name}: {what}" for whom, what in role.needs)
        return (
            (say("All know"), self.play.known),
            (say("Only you know"), role.knows),
            (say("You want"), (role.wants,)),
            (say("This would do harm"), role.harm),
            (say("Whom you need"), needs),
            (role.decision, self._choices),
        )

    @property
    def _choices(self) -> tuple[str, ...]:
        return tuple(
            self.say(
                "{letter}) {text} Costs: {costs}", letter=letter, text=one.text, costs=one.costs
            )
            for letter, one in self.role.lettered
        )

    @property
    def _on_screen(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The parts, and what a ruling says: on paper there are lines to write it on."""
        ruling = (self.say("Your ruling, on one page"), self.role.ruling)
        return (*self.parts, ruling) if self.role.ruling else self.parts

    def __repr__(self) -> str:
        return f"{self.sentence}\n\n{self._plain(self._on_screen)}\n\n{self._how}"

    def _facts_html(self) -> str:
        # No headings: JupyterLab would list them among those of the notebook.
        parts = [f"<p>{escaped(line)}</p>" for line in self._head]
        for title, lines in self._on_screen:
            parts.append(f"<p><strong>{escaped(title)}</strong></p>{_listed(lines)}")
        return f"{''.join(parts)}<p>{escaped(self._how)}</p>"

    @property
    def _head(self) -> tuple[str, str]:
        return self.play.moment, _clock(self.say, self.play)

    @property
    def _how(self) -> str:
        return self.say(
            "None of the three is right. Choose, then read what the others answer: {call}.",
            call=f'lab.case("hearing", "{self.role.key}", "a")',
        )

    def _plain(self, parts: Sequence[tuple[str, Sequence[str]]]) -> str:
        """Return the card in plain text, without its name."""
        told = list(self._head)
        for title, lines in parts:
            told += [heading(title), "\n".join(filled(f"– {line}", "  ") for line in lines)]
        return "\n\n".join(visible(one) for one in told)

    @property
    def html(self) -> str:
        return _page(self.say, self.play, [self])

    @property
    def text(self) -> str:
        return _text(self.say, self.play, [self])

    def section(self) -> str:
        """Return the card as one page of HTML."""
        *parts, (decision, choices) = self.parts
        columns = "".join(map(_part, parts))
        banner = escaped(self.say(TRAINING))
        lines = "".join(blank.html() for blank in self._blanks())
        return (
            f'<section class="sheet card">\n<p class="banner">{banner}</p>\n'
            f"<h2>{escaped(self.role.name)}</h2>\n"
            f'<p class="case">{escaped(" · ".join(self._head))}</p>\n'
            f'<p class="you">{escaped(self.role.you)}</p>\n'
            f'<div class="columns">\n{columns}</div>\n'
            f'<div class="decision"><h3>{escaped(decision)}</h3>'
            f"{_listed(choices)}{lines}</div>\n</section>\n"
        )

    def words(self) -> str:
        """Return the card in plain text, with its head and lines to write on."""
        parts = [self.say(TRAINING), self.role.name.upper(), filled(self.role.you)]
        parts += [self._plain(self.parts), *(blank.text() for blank in self._blanks())]
        return "\n\n".join(parts)

    def _blanks(self) -> Iterator[Blank]:
        say = self.say
        labels = (say("We decide, and why"), say("What we answer the others"))
        for number, label in enumerate(self.role.ruling or labels, 1):
            yield Blank(f"{self.role.key}-{number}", label, tall=True)


class Cards(Paper):
    """All five cards, a page each. Attributes: `cards`."""

    file = "role-cards.html"

    def __init__(self, say: Language, play: Play) -> None:
        super().__init__(say, None, None)
        self.play = play
        self.cards = tuple(Card(say, play, role) for role in play.roles.values())

    @property
    def sentence(self) -> str:
        return self.say.many(
            "{count} card, one page for each group. To print it: {call}.",
            "{count} cards, one page for each group. To print them: {call}.",
            len(self.cards),
            call=f'lab.guide("role-cards").save("{self.file}")',
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return self.cards[0].limits

    def tabulated(self) -> Table:
        return _overview(self.say, self.play)

    @property
    def html(self) -> str:
        return _page(self.say, self.play, self.cards)

    @property
    def text(self) -> str:
        return _text(self.say, self.play, self.cards)


class Replies(Result):
    """What the other groups say to a decision. Attributes: `role`, `letter`, `option`."""

    def __init__(self, say: Language, play: Play, role: Role, letter: str) -> None:
        super().__init__(say, None, None)
        self.play = play
        self.role = role
        self.letter = letter
        self.option = dict(role.lettered)[letter]
        self.notes = (say("What it costs: {costs}", costs=self.option.costs),)

    @property
    def sentence(self) -> str:
        return f"{self.role.name}: {self.letter}) {self.option.text}"

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple(
            (role.name, self.option.replies[key])
            for key, role in self.play.roles.items()
            if key in self.option.replies
        )
        return Table(say("What the others say"), (say("group"), say("objection or question")), rows)

    @property
    def _how(self) -> str:
        return self.say("None of the three is the right one. Answer them in your own words.")

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{self._how}"

    def _facts_html(self) -> str:
        return f"{super()._facts_html()}<p>{escaped(self._how)}</p>"


def show(lab: Lab, key: object = "", letter: object = "") -> Result:
    """List the groups, show the card of one, or what the others answer to its decision.

    A group is called by its key, its name or its number.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "court").sentence.partition(".")[0]
    'The court'
    >>> show(Lab("en"), "court", "z").sentence
    'The court has no answer “z”. Its answers are: a, b, c.'
    """
    say = lab.say
    case = play(say.code)
    if _left_out(key) and _left_out(letter):
        return _listing(say, case)
    role = _find(case, key)
    if role is None:
        sentence = say(
            "There is no group {key}. There are: {keys}.",
            key=quoted(key),
            keys=", ".join(case.roles),
        )
        return Explanation(say, Kind.NOT_ASKED, sentence, table=_overview(say, case))
    if _left_out(letter):
        return Card(say, case, role)
    chosen = letter.strip().strip("().").lower() if isinstance(letter, str) else ""
    if chosen in dict(role.lettered):
        return Replies(say, case, role, chosen)
    sentence = say(
        "{role} has no answer {letter}. Its answers are: {letters}.",
        role=role.name,
        letter=quoted(letter),
        letters=", ".join(dict(role.lettered)),
    )
    return Explanation(say, Kind.NOT_ASKED, sentence)


def cards(lab: Lab) -> Cards:
    """Return the cards of all groups, to print.

    >>> from labsupport import Lab
    >>> len(cards(Lab("en")).cards)
    5
    """
    return Cards(lab.say, play(lab.say.code))


def _left_out(typed: object) -> bool:
    return isinstance(typed, str) and not typed.strip()


def _find(case: Play, key: object) -> Role | None:
    wanted = folded(key) if isinstance(key, str) else repr(key)
    for number, role in enumerate(case.roles.values(), 1):
        if wanted in (folded(role.key), folded(role.name), str(number)):
            return role
    return None


def _listing(say: Language, case: Play) -> Result:
    sentence = say(
        "Five groups at one hearing, and each must decide. Take one: {call}.",
        call=f'lab.case("hearing", "{next(iter(case.roles))}")',
    )
    parts = (
        say("{part}, {minutes} minutes: {what}", part=one.name, minutes=one.minutes, what=one.what)
        for one in case.hearing
    )
    notes = (f"{case.title}. {case.moment}.", *parts, *case.debrief)
    return Explanation(say, None, sentence, notes, table=_overview(say, case))


def _overview(say: Language, case: Play) -> Table:
    rows = tuple((role.key, role.name, role.decision) for role in case.roles.values())
    columns = (say('for lab.case("hearing", "…")'), say("group"), say("what it decides"))
    return Table(case.title, columns, rows)


def _clock(say: Language, case: Play) -> str:
    """Return how long each part of the hearing takes."""
    parts = ", ".join(f"{part.name} {part.minutes}" for part in case.hearing)
    return say("Minutes: {parts}.", parts=parts)


def _listed(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escaped(line)}</li>' for line in lines)}</ul>"


def _part(part: tuple[str, Sequence[str]]) -> str:
    title, lines = part
    return f'<div class="part"><h3>{escaped(title)}</h3>{_listed(lines)}</div>\n'


def _page(say: Language, case: Play, cards: Sequence[Card]) -> str:
    style = resources.files("labsupport.data").joinpath("course/roles/cards.css")
    body = "".join(card.section() for card in cards)
    banner = say(TRAINING)
    return page(case.title, body, say.code, banner=banner, style=style.read_text("utf-8"))


def _text(say: Language, case: Play, cards: Sequence[Card]) -> str:
    parts = [case.title, *(card.words() for card in cards), say(TRAINING)]
    return "\n\n".join(visible(part) for part in parts) + "\n"
