"""`lab.reference`: facts about the real Internet, each with a source and a date; and words.

And who was needed in the case, and how such an actor is reached in a country of the region. Of whom
no table knows is left out and counted: that a table lacks a row does not mean that there is nobody.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from labsupport.course.course import frozen, left_empty, none_such
from labsupport.course.roles import Needed, play
from labsupport.inputs.names import folded
from labsupport.kinds import Kind
from labsupport.language import Language, table_of, tell
from labsupport.reference import NEVER, look_again, read, tables
from labsupport.results import Explanation, Result, Table, fold, quoted, small, visible

if TYPE_CHECKING:
    from labsupport.lab import Lab

Row = tuple[str, ...]
LONGEST_CODE = 3  # letters; a shorter word is a part of too many others
NETWORKS = "contact-networks"
LONGEST_LIST = 4  # of names that one beginning can mean


def show(lab: Lab, key: object, only: object = "") -> Result:
    """Return the reference table called `key`, or a sentence that says which there are.

    With `only`, return the rows with that word, in whatever case and without accents; a word of
    up to three letters, such as a country's code, is looked for as a whole word.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "caribbean-registries", "curacao").table["registry"].tolist()
    ['LACNIC']
    """
    say = lab.say
    keys = tables()
    if key not in keys:
        return none_such(say, key, keys)
    table = read(str(key))
    found = [
        (row, again)
        for row, again in zip(table.rows, look_again(str(key)), strict=True)
        if any(has(str(cell), str(only)) for cell in row[:-2])
    ]
    rows = [row for row, _ in found]
    if not rows:
        sentence = tell(say, "reference.no_such_row", what=quoted(only), count=len(table.rows))
        return Explanation(say, None, sentence)
    sources = "; ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    shown = Table(table.caption, table.columns[:-2], tuple(row[:-2] for row in rows))
    return ReferenceRows(
        say,
        None,
        tell(say, "reference.rows", count=len(rows)),
        to_look_again(say, (again for _, again in found)),
        table=shown,
        sources=say("Source: {sources}.", sources=sources),
    )


def to_look_again(say: Language, days: Iterable[str]) -> tuple[str, ...]:
    """The note that says by when to look again at the first of these rows; none if never."""
    soonest = min((day for day in days if day != NEVER), default=None)
    if soonest is None:
        return ()
    return (say("Facts change. After {day}, look at their sources again.", day=soonest),)


class ReferenceRows(Explanation):
    """Rows of a reference table; below them stand their `sources`, for who looks them up."""

    def __init__(self, *args: Any, sources: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sources = sources

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{visible(self.sources)}"

    def _facts_html(self) -> str:
        return super()._facts_html() + fold("lab-same", self.say("Sources"), small(self.sources))


def has(cell: str, word: str) -> bool:
    """Whether a cell has a word: "uy" is in "com.uy" and not in "Guyana"."""
    wanted = folded(word)
    if 0 < len(wanted) <= LONGEST_CODE:
        return wanted in map(folded, re.findall(r"\w+", cell))
    return wanted in folded(cell)


# Who was needed in the case


class RegionCountry(NamedTuple):
    """A country or territory of the region, and the row of the table that has it."""

    name: str
    code: str
    registry: str
    row: Row


class ContactWay(NamedTuple):
    """How somebody is reached, how sure that is, and the rows that it was read from."""

    text: str
    sure: str = ""
    rows: tuple[Row, ...] = ()


@cache
def places() -> tuple[RegionCountry, ...]:
    """Return the countries and territories that the tables of registries have, by name.

    >>> [place.code for place in places() if place.name.startswith("U")]
    ['UY', 'VI']
    """
    rows = _rows("mainland-registries") + _rows("caribbean-registries")
    return tuple(
        RegionCountry(row[0], row[1], row[2], row)
        for row in sorted(rows, key=lambda row: folded(row[0]))
    )


@cache
def also() -> dict[str, str]:
    """Return the codes of countries by what else people call them, as `folded` writes it."""
    return dict(table_of("en", "countries.toml")["called"])


def contacts(lab: Lab, country: object = "") -> Result:
    """Say who was needed in the case and how to find such an actor; or, with a country, there.

    A country is called by its name, its code or its domain.

    >>> from labsupport import Lab
    >>> contacts(Lab("en"), "uy").table["in Uruguay"][1]
    'LACNIC (www.lacnic.net)'
    """
    say = lab.say
    needed = play(say.code).needed
    if left_empty(country):
        return _general(say, needed)
    found = _find(country)
    if isinstance(found, RegionCountry):
        return _there(say, needed, found)
    sentence = tell(say, "reference.no_such_country", what=quoted(country), count=len(places()))
    if found:
        sentence = tell(
            say, "reference.similar_countries", what=quoted(country), names=", ".join(found)
        )
    return Explanation(say, Kind.NOT_ASKED, sentence)


def _find(country: object) -> RegionCountry | list[str]:
    """Return the country that is meant, or the names of those that may be."""
    wanted = folded(country) if isinstance(country, str) else ""
    names = {folded(place.name): place for place in places()}
    codes = {folded(place.code): place for place in places()}
    if place := names.get(wanted) or codes.get(folded(also().get(wanted, wanted))):
        return place
    begun = [names[name] for name in names if len(wanted) > 2 and name.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    near = begun or map(names.get, difflib.get_close_matches(wanted, names, n=3, cutoff=0.75))
    return [place.name for place in near if place][:LONGEST_LIST]


def _general(say: Language, needed: Iterable[Needed]) -> Result:
    """The table that holds everywhere: who it was in the case, what for, how to find them."""
    ways = {one.key: _anywhere(say, one.key) for one in needed}
    rows = tuple((one.actor, one.who, one.why, ways[one.key].text) for one in needed)
    columns = (
        *(say("who was needed"), say("in the case"), say("what for")),
        say("how to find them elsewhere"),
    )
    note = tell(say, "reference.own_country_name", call='lab.reference("contacts", "uy")')
    below = tell(
        say, "reference.countries_territories", names=", ".join(place.name for place in places())
    )
    table = Table(say("Who was needed in the case"), columns, rows)
    sentence = tell(say, "reference.kinds_actors_needed", count=len(rows))
    return _facts(say, sentence, note, table, ways.values(), below)


def _there(say: Language, needed: Iterable[Needed], place: RegionCountry) -> Result:
    """What is known of one country, with how sure that is and as of when."""
    ways = {one: way for one in needed if (way := _known(say, one.key, place))}
    rows = tuple((one.actor, one.why, way.text, way.sure) for one, way in ways.items())
    columns = (
        *(say("who was needed"), say("what for"), say("in {country}", country=place.name)),
        say("how sure, and as of when"),
    )
    note = tell(say, "reference.addresses_duties_change")
    caption = say("Who was needed in the case, and how to reach them: {name}", name=place.name)
    sentence = say("This is what the course knows of {country}.", country=place.name)
    if left_out := [one.actor for one in needed if one not in ways]:
        sentence += " " + tell(
            say,
            "reference.actors_not_known",
            count=len(left_out),
            all=len(left_out) + len(ways),
            actors="; ".join(left_out),
        )
    return _facts(say, sentence, note, Table(caption, columns, rows), ways.values())


def _facts(
    say: Language,
    sentence: str,
    note: str,
    table: Table,
    ways: Iterable[ContactWay],
    below: str = "",
) -> ReferenceRows:
    rows = dict.fromkeys(row for way in ways for row in way.rows)
    # Some dates have a semicolon in them.
    sources = " · ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    told = (below + " " + say("Source: {sources}.", sources=sources)).strip()
    return ReferenceRows(say, None, sentence, (note,), table=table, sources=told)


def _anywhere(say: Language, key: str) -> ContactWay:
    """Return how such an actor is found, in whatever country."""
    told = table_of(say.code, "contacts.toml")[key]
    networks = [row for one in told["rows"] if one[0] == NETWORKS for row in _picked(*one)]
    named = "; ".join(f"{row[0]} ({row[3]})" for row in networks)
    rows = tuple(row for one in told["rows"] for row in _picked(*one))
    names = "; ".join(row[0] for row in networks)
    return ContactWay(told["text"].format(networks=named, names=names), rows=rows)


def _known(say: Language, key: str, place: RegionCountry) -> ContactWay | None:
    """Return how such an actor is reached in a country; None if no table knows."""
    if key == "registry":
        domain = f".{place.code.lower()}"
        rows = _picked("country-directories", domain)
        text = "".join(_directories(say, row) for row in rows)
        return ContactWay(text, _as_of(say, rows[0]), rows) if rows else None
    if key == "regional":
        (row,) = _picked("regional-registries", place.registry.partition(",")[0])
        text = say("{registry} ({site})", registry=place.registry, site=row[2])
        return ContactWay(text, _as_of(say, place.row), (place.row, row))
    if key == "csirt":
        teams = tuple(row for row in _rows("national-csirts") if row[0] == place.name)
        text = " ".join(f"{team}: {reached}." for _, team, reached, *_ in teams)
        sure = "; ".join(f"{row[3]}, {_as_of(say, row)}" for row in teams)
        return ContactWay(text, sure, teams) if teams else None
    rows = tuple(row for row in _rows("conventions") if row[0] == place.name)
    if key != "abroad" or not rows:
        return None
    text = tell(
        say,
        "reference.conventions",
        conventions=" · ".join(
            f"{row[1]}: {row[2]} ({row[3]}, {_as_of(say, row)})" for row in rows
        ),
    )
    return ContactWay(text, say("as said at each convention"), rows)


def _directories(say: Language, row: Row) -> str:
    domain, manager, whois, rdap, *_ = row
    whois = whois.replace("web", say("a form on its site"), 1) if whois[:3] == "web" else whois
    return tell(
        say,
        "reference.whois_rdap",
        domain=domain,
        manager=manager,
        whois=say("none known") if whois == "–" else whois,
        rdap=say("none known") if rdap == "–" else rdap,
    )


def _as_of(say: Language, row: Row) -> str:
    return say("as of {date}", date=row[-1].removeprefix("read "))


def _rows(key: str) -> tuple[Row, ...]:
    return tuple(tuple(map(str, row)) for row in read(key).rows)


def _picked(key: str, *beginnings: str) -> tuple[Row, ...]:
    """Return the rows of a table that begin so."""
    return tuple(row for row in _rows(key) if row[0].startswith(beginnings))


# The words of the course, explained


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means.

    `also` are other ways to write it, `like` is a comparison, `see` names other words and
    `source` says where it is defined; each may be empty.
    """

    term: str
    text: str
    also: tuple[str, ...] = ()
    like: str = ""
    see: tuple[str, ...] = ()
    source: str = ""

    @property
    def anchor(self) -> str:
        """The place of the word in a notebook's list of words.

        >>> Word("A record", "…").anchor
        'word-a-record'
        """
        return f"word-{self._slug}"

    @property
    def first_use(self) -> str:
        """The place where a notebook links the word first."""
        return f"use-{self._slug}"

    @property
    def _slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.term.lower()).strip("-")


@cache
def words(language: str) -> dict[str, Word]:
    """Return all words in a language by their term, from the simple to the difficult.

    >>> words("en")["TTL"].also
    ('time to live',)
    """
    found = frozen(table_of(language, "glossary.toml"))["word"]
    return {entry["term"]: Word(**entry) for entry in found}


def find(language: str, written: str) -> Word | None:
    """Return the word that is written so, in any of its ways; a plural is understood.

    >>> find("en", "Resolvers").term
    'resolver'
    """
    sought = " ".join(written.lower().split())
    forms = (sought, sought.removesuffix("s"), sought.removesuffix("es"))
    return next(filter(None, map(_spellings(language).get, forms)), None)


def explain(lab: Lab, term: object) -> Result:
    """Explain a word; without a word list them all, and for an unknown one name the nearest.

    >>> from labsupport import Lab
    >>> explain(Lab("en"), "delegaton").sentence
    'The glossary does not have "delegaton". Did you mean: delegation, lame delegation?'
    """
    say = lab.say
    written = str(term).strip()
    if not written:
        return _all(say)
    word = find(say.code, written)
    if word is None:
        near = difflib.get_close_matches(written.lower(), known := _spellings(say.code), n=3)
        short = f"{written[:40]}…" if len(written) > 40 else written
        sentence = tell(say, "reference.no_such_word", term=short)
        if near:
            sentence = tell(
                say,
                "reference.similar_words",
                term=short,
                terms=", ".join(dict.fromkeys(known[form].term for form in near)),
            )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    notes = (
        say("A comparison: {text}", text=word.like) if word.like else "",
        say("See also: {terms}.", terms=", ".join(word.see)) if word.see else "",
        say("Source: {source}.", source=word.source) if word.source else "",
    )
    return Explanation(say, Kind.FOUND, f"{word.term}: {word.text}", tuple(filter(None, notes)))


def as_markdown(say: Language, listed: Iterable[Word]) -> str:
    """Return the list of words that stands at the end of a notebook."""
    heading, back = say("Words"), say("back to the text")
    lines = [f"## {heading}", ""]
    for word in sorted(listed, key=lambda word: word.term.lower()):
        place = f'<a id="{word.anchor}"></a>'
        lines.append(f"- {place}**{word.term}**: {word.text} [↩ {back}](#{word.first_use})")
    return "\n".join(lines)


def _all(say: Language) -> Result:
    known = sorted(words(say.code).values(), key=lambda word: word.term.lower())
    table = Table(
        say("The words of this course"),
        (say("word"), say("what it means")),
        tuple((word.term, word.text) for word in known),
    )
    sentence = say("The glossary explains {count} words.", count=len(known))
    return Explanation(say, Kind.FOUND, sentence, table=table)


@cache
def _spellings(language: str) -> dict[str, Word]:
    return {
        form.lower(): word for word in words(language).values() for form in (word.term, *word.also)
    }
