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
from labsupport.declared import QUESTIONS, example, in_words
from labsupport.inputs.names import folded
from labsupport.kinds import Kind
from labsupport.language import SOURCE_LANGUAGE, Language, languages, table_of
from labsupport.language.keyed import PROSE
from labsupport.reference import NEVER, look_again, pairs, read, tables
from labsupport.results import Explanation, Result, Table, fold, small
from labsupport.visible import quoted, visible

if TYPE_CHECKING:
    from labsupport.lab import Lab

Row = tuple[str, ...]
LONGEST_CODE = 3  # letters; a shorter word is a part of too many others
NETWORKS = "contact-networks"
BESIDE = ("contacts", "glossary", "questions", "statuses")  # called like tables: see Lab.reference
LONGEST_LIST = 4  # of names that one beginning can mean


def show(lab: Lab, key: object, only: object = "") -> Result:
    """Return the reference table called `key`, or a sentence that says which there are.

    With `only`, return the rows with that word, in whatever case and without accents; a word of
    up to three letters, such as a country's code, is looked for as a whole word.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "caribbean-registries", "curacao").table["regional registry"].tolist()
    ['LACNIC']
    """
    say = lab.say
    keys = tables()
    if key not in keys:
        return none_such(say, key, sorted((*keys, *BESIDE)), "table")
    table = read(str(key), say)
    found = [
        (row, again)
        for (row, written), again in zip(pairs(str(key), say), look_again(str(key)), strict=True)
        if any(has(str(cell), str(only)) for cell in (*row[:-2], *written[:-2]))
    ]
    rows = [row for row, _ in found]
    if not rows:
        sentence = say("reference.no_such_row", what=quoted(only), count=len(table.rows))
        return Explanation(say, None, sentence)
    sources = "; ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    shown = Table(table.caption, table.columns[:-2], tuple(row[:-2] for row in rows))
    return ReferenceRows(
        say,
        None,
        say("reference.rows", count=len(rows)),
        to_look_again(say, (again for _, again in found)),
        table=shown,
        sources=say("reference.source_sources", sources=sources),
    )


def to_look_again(say: Language, days: Iterable[str]) -> tuple[str, ...]:
    """The note that says by when to look again at the first of these rows; none if never."""
    soonest = min((day for day in days if day != NEVER), default=None)
    if soonest is None:
        return ()
    return (say("reference.facts_change_after_day", day=soonest),)


class ReferenceRows(Explanation):
    """Rows of a reference table; below them stand their `sources`, for who looks them up."""

    def __init__(self, *args: Any, sources: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sources = sources

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{visible(self.sources)}"

    def _facts_html(self) -> str:
        return super()._facts_html() + fold(
            "lab-same", self.say("reference.sources"), small(self.sources)
        )


def has(cell: str, word: str) -> bool:
    """Whether a cell has a word: "uy" is in "com.uy" and not in "Guyana"."""
    wanted = folded(word)
    if 0 < len(wanted) <= LONGEST_CODE:
        return wanted in map(folded, re.findall(r"\w+", cell))
    return wanted in folded(cell)


def questions(say: Language) -> Explanation:
    """Return what each question asks, in plain words, and who sees it live.

    >>> questions(Language.load("en")).table["line"][0]
    'lab.ask("www.museum.example")'
    """
    rows = tuple(
        (
            example(key, say),
            say(known.means, what="…"),
            "; ".join(say(words, resolvers="…") for words in known.seen_by)
            or say("reference.nobody"),
        )
        for key, known in QUESTIONS.items()
        if known.means
    )
    sentence = say("reference.what_lab_can_asked", count=len(rows))
    columns = (
        say("reference.line"),
        say("reference.what_it_asks"),
        say("reference.who_sees_it_live"),
    )
    return Explanation(
        say, None, sentence, table=Table(say("reference.lines_that_ask"), columns, rows)
    )


# Who was needed in the case


class FactRow(NamedTuple):
    """A row of a table in the reader's language, and as it is written."""

    told: Row
    written: Row

    @property
    def source(self) -> str:
        """The source, and its date."""
        return f"{self.told[-2]}, {self.told[-1]}"


class RegionCountry(NamedTuple):
    """A country or territory of the region, and the row of the table that has it."""

    name: str
    code: str
    registry: str
    row: FactRow

    @property
    def names(self) -> tuple[str, str]:
        """Its name in the reader's language, and in English."""
        return self.name, self.row.written[0]


class ContactWay(NamedTuple):
    """How somebody is reached, how sure that is, and the rows that it was read from."""

    text: str
    sure: str = ""
    rows: tuple[FactRow, ...] = ()


@cache
def places(language: str) -> tuple[RegionCountry, ...]:
    """Return the countries and territories that the tables of registries have, by name.

    >>> [place.code for place in places("en") if place.name.startswith("U")]
    ['UY', 'VI']
    """
    say = Language.load(language)
    rows = [*_rows(say, "mainland-registries"), *_rows(say, "caribbean-registries")]
    rows.sort(key=lambda row: folded(row.told[0]))
    return tuple(RegionCountry(row.told[0], row.told[1], row.told[2], row) for row in rows)


@cache
def also() -> dict[str, str]:
    """Return the codes of countries by what else people call them, as `folded` writes it."""
    return dict(table_of(SOURCE_LANGUAGE, "countries.toml")["called"])


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
    found = _find(say, country)
    if isinstance(found, RegionCountry):
        return _there(say, needed, found)
    key = "reference.similar_countries" if found else "reference.no_such_country"
    names, count = say.listed(found), len(places(say.code))
    sentence = say(key, what=quoted(country), names=names, count=count)
    return Explanation(say, Kind.NOT_ASKED, sentence)


def _find(say: Language, country: object) -> RegionCountry | list[str]:
    """Return the country that is meant, or the names of those that may be."""
    wanted = folded(country) if isinstance(country, str) else ""
    known = places(say.code)
    names = {folded(name): place for place in known for name in place.names}
    codes = {folded(place.code): place for place in known}
    if place := names.get(wanted) or codes.get(folded(also().get(wanted, wanted))):
        return place
    begun = [name for name in names if len(wanted) > 2 and name.startswith(wanted)]
    near = begun or difflib.get_close_matches(wanted, names, n=3, cutoff=0.75)
    meant = list(dict.fromkeys(names[name] for name in near))
    if begun and len(meant) == 1:
        return meant[0]
    return [place.name for place in meant][:LONGEST_LIST]


def _general(say: Language, needed: Iterable[Needed]) -> Result:
    """The table that holds everywhere: who it was in the case, what for, how to find them."""
    ways = {one.key: _anywhere(say, one.key) for one in needed}
    rows = tuple((one.actor, one.who, one.why, ways[one.key].text) for one in needed)
    columns = (
        *(say("reference.who_was_needed"), say("reference.in_the_case"), say("reference.what_for")),
        say("reference.how_find_them_elsewhere"),
    )
    note = say("reference.own_country_name", call=in_words('lab.reference("contacts", "uy")', say))
    names = say.listed(place.name for place in places(say.code))
    below = say("reference.countries_territories", names=names)
    table = Table(say("reference.who_needed_case"), columns, rows)
    sentence = say("reference.kinds_actors_needed", count=len(rows))
    found = _facts(say, sentence, note, table, ways.values())
    found.sources = f"{below} {found.sources}"
    return found


def _there(say: Language, needed: Iterable[Needed], place: RegionCountry) -> Result:
    """What is known of one country, with how sure that is and as of when."""
    ways = {one: way for one in needed if (way := _known(say, one.key, place))}
    rows = tuple((one.actor, one.why, way.text, way.sure) for one, way in ways.items())
    columns = (
        *(
            say("reference.who_was_needed"),
            say("reference.what_for"),
            say("reference.in_country", country=place.name),
        ),
        say("reference.how_sure_when"),
    )
    note = say("reference.addresses_duties_change")
    caption = say("reference.who_needed_case_how", name=place.name)
    sentence = say("reference.what_course_knows_country", country=place.name)
    if left_out := [one.actor for one in needed if one not in ways]:
        count, actors = len(left_out), say.listed(left_out)
        values = {"count": count, "all": count + len(ways), "actors": actors}
        sentence += " " + say("reference.actors_not_known", **values)
    return _facts(say, sentence, note, Table(caption, columns, rows), ways.values())


def _facts(
    say: Language, sentence: str, note: str, table: Table, ways: Iterable[ContactWay]
) -> ReferenceRows:
    rows = dict.fromkeys(row for way in ways for row in way.rows)
    # Some dates have a semicolon in them.
    sources = " · ".join(dict.fromkeys(row.source for row in rows))
    told = say("reference.source_sources", sources=sources)
    return ReferenceRows(say, None, sentence, (note,), table=table, sources=told)


def _anywhere(say: Language, key: str) -> ContactWay:
    """Return how such an actor is found, in whatever country."""
    told = table_of(say.code, "contacts.toml")[key]
    networks = [row for one in told["rows"] if one[0] == NETWORKS for row in _picked(say, *one)]
    named = say.listed(f"{row.told[0]} ({row.told[3]})" for row in networks)
    rows = tuple(row for one in told["rows"] for row in _picked(say, *one))
    names = say.listed(row.told[0] for row in networks)
    return ContactWay(told["text"].format(networks=named, names=names), rows=rows)


def _known(say: Language, key: str, place: RegionCountry) -> ContactWay | None:
    """Return how such an actor is reached in a country; None if no table knows."""
    if key == "registry":
        rows = _picked(say, "country-directories", f".{place.code.lower()}")
        text = "".join(_directories(say, row) for row in rows)
        return ContactWay(text, _as_of(say, rows[0]), rows) if rows else None
    if key == "regional":
        (row,) = _picked(say, "regional-registries", place.row.written[2].partition(",")[0])
        text = say("reference.registry_site", registry=place.registry, site=row.told[2])
        return ContactWay(text, _as_of(say, place.row), (place.row, row))
    if key == "csirt":
        teams = _of_country(say, "national-csirts", place)
        text = " ".join(f"{row.told[1]}: {row.told[2]}." for row in teams)
        sure = "; ".join(f"{row.told[3]}, {_as_of(say, row)}" for row in teams)
        return ContactWay(text, sure, teams) if teams else None
    rows = _of_country(say, "conventions", place)
    if key != "abroad" or not rows:
        return None
    each = (f"{row.told[1]}: {row.told[2]} ({row.told[3]}, {_as_of(say, row)})" for row in rows)
    text = say("reference.conventions", conventions=" · ".join(each))
    return ContactWay(text, say("reference.said_each_convention"), rows)


def _directories(say: Language, row: FactRow) -> str:
    domain, manager, whois, rdap, *_ = row.told
    if row.written[2].startswith("web"):  # and, of one, what there was before
        _, semicolon, before = whois.partition(";")
        whois = f"{say('reference.form_site')}{semicolon}{before}"
    none = say("reference.none_known")
    ways = {"whois": none if whois == "–" else whois, "rdap": none if rdap == "–" else rdap}
    return say("reference.whois_rdap", domain=domain, manager=manager, **ways)


def _as_of(say: Language, row: FactRow) -> str:
    day = row.written[-1].removeprefix("read ")  # which goes without saying here
    translated = row.told != row.written and PROSE.search(day)
    return say("reference.as_of_date", date=row.told[-1] if translated else day)


def _rows(say: Language, key: str) -> tuple[FactRow, ...]:
    return tuple(FactRow(*(tuple(map(str, row)) for row in pair)) for pair in pairs(key, say))


def _picked(say: Language, key: str, *beginnings: str) -> tuple[FactRow, ...]:
    """Return the rows of a table that, as written, begin so."""
    return tuple(row for row in _rows(say, key) if row.written[0].startswith(beginnings))


def _of_country(say: Language, key: str, place: RegionCountry) -> tuple[FactRow, ...]:
    return tuple(row for row in _rows(say, key) if row.written[0] == place.row.written[0])


# The words of the course, explained


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means.

    `key` is the same in every language. `also` are other ways to write it, `like` is a comparison,
    `see` has the keys of other words and `source` says where it is defined; each may be empty.
    """

    key: str
    term: str
    text: str
    also: tuple[str, ...] = ()
    like: str = ""
    see: tuple[str, ...] = ()
    source: str = ""

    @property
    def anchor(self) -> str:
        """The place of the word in a notebook's list of words.

        >>> words("es" if "es" in languages() else "en")["A record"].anchor
        'word-a-record'
        """
        return f"word-{self._slug}"

    @property
    def first_use(self) -> str:
        """The place where a notebook links the word first."""
        return f"use-{self._slug}"

    @property
    def _slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.key.lower()).strip("-")


@cache
def words(language: str) -> dict[str, Word]:
    """Return all words in a language by their key, from the simple to the difficult.

    The key is the English term.

    >>> words("en")["TTL"].also
    ('time to live',)
    """
    written, told = (
        frozen(table_of(code, "glossary.toml"))["word"] for code in (SOURCE_LANGUAGE, language)
    )
    keys = (entry["term"] for entry in written)
    return {key: Word(key, **entry) for key, entry in zip(keys, told, strict=True)}


def find(language: str, written: str) -> Word | None:
    """Return the word that is written so, in any language; a plural is understood.

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
    'The glossary does not have "delegaton". Did you mean: delegation or lame delegation?'
    """
    say = lab.say
    written = str(term).strip()
    if not written:
        return _all(say)
    word = find(say.code, written)
    if word is None:
        near = difflib.get_close_matches(written.lower(), known := _spellings(say.code), n=3)
        short = f"{written[:40]}…" if len(written) > 40 else written
        terms = say.listed(dict.fromkeys(known[form].term for form in near), either=True)
        key = "reference.similar_words" if near else "reference.no_such_word"
        return Explanation(say, Kind.NOT_ASKED, say(key, term=short, terms=terms))
    see = [words(say.code)[key].term for key in word.see]
    notes = (
        say("reference.a_comparison_text", text=word.like) if word.like else "",
        say("reference.see_also_terms", terms=", ".join(see)) if see else "",
        say("reference.source_source", source=word.source) if word.source else "",
    )
    return Explanation(say, Kind.FOUND, f"{word.term}: {word.text}", tuple(filter(None, notes)))


def as_markdown(say: Language, listed: Iterable[Word]) -> str:
    """Return the list of words that stands at the end of a notebook."""
    heading, back = say("reference.words"), say("reference.back_to_the_text")
    lines = [f"## {heading}", ""]
    for word in sorted(listed, key=lambda word: word.term.lower()):
        place = f'<a id="{word.anchor}"></a>'
        text = re.sub(r"\bwww\.\S+\w", r"`\g<0>`", word.text)  # else it becomes a link
        lines.append(f"- {place}**{word.term}**: {text} [↩\u00a0{back}](#{word.first_use})")
    return "\n".join(lines)


def _all(say: Language) -> Result:
    known = sorted(words(say.code).values(), key=lambda word: word.term.lower())
    table = Table(
        say("reference.words_course"),
        (say("reference.word"), say("reference.what_it_means")),
        tuple((word.term, word.text) for word in known),
    )
    sentence = say("reference.glossary_explains_count_words", count=len(known))
    return Explanation(say, Kind.FOUND, sentence, table=table)


@cache
def _spellings(language: str) -> dict[str, Word]:
    """The words by each way to write them: in other languages first, so that its own decide."""
    own = words(language)
    return {
        form.lower(): own[word.key]
        for code in dict.fromkeys((*languages(), language))
        for word in (words(code) if code != language else own).values()
        for form in (word.term, *word.also)
    }
