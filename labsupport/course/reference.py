"""`lab.course.reference`: facts about the real Internet, each with a source and a date.

And who was needed in the case, and how such an actor is reached in a country of the region. Of whom
no table knows is left out and counted: that a table lacks a row does not mean that there is nobody.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from labsupport.course.course import left_empty, none_such
from labsupport.course.roles import Needed, play
from labsupport.declared import QUESTIONS, Declaration, example, in_words
from labsupport.inputs.folding import folded
from labsupport.kinds import Kind
from labsupport.language import SOURCE_LANGUAGE, Language, table_of
from labsupport.language.conventions import alphabetical
from labsupport.language.keyed import PROSE
from labsupport.reference import NEVER, look_again, overdue, pairs, read, tables, today
from labsupport.results import Explanation, Statement, Table, fold, small
from labsupport.tree import Node
from labsupport.visible import quoted, visible

Row = tuple[str, ...]
LONGEST_CODE = 3  # letters; a shorter word is a part of too many others
NETWORKS = "contact-networks"
LONGEST_LIST = 4  # of names that one beginning can mean


def show(say: Language, key: object, only: object = "") -> Statement | Explanation:
    """Return the reference table called `key`, or a sentence that says which there are.

    With `only`, return the rows with that word, in whatever case and without accents; a word of
    up to three letters, such as a country's code, is looked for as a whole word.

    >>> found = show(Language.load("en"), "caribbean-registries", "curacao")
    >>> found.table["regional registry"].tolist()
    ['LACNIC']
    """
    keys = tables()
    if key not in keys:
        return none_such(say, key, sorted(keys), "table")
    table = read(str(key), say)
    matching = []
    rows_and_days = zip(pairs(str(key), say), look_again(str(key)), strict=True)
    for (row, written), again in rows_and_days:
        cells = (*row[:-2], *written[:-2])
        if any(has(str(cell), str(only)) for cell in cells):
            matching.append((row, again))
    if _is_sorted(str(key)):
        matching.sort(key=lambda pair: alphabetical(str(pair[0][0])))
    rows, days = [row for row, _ in matching], [again for _, again in matching]
    if not rows:
        sentence = say(
            "reference.no_such_row", what=quoted(only), count=len(table.rows)
        )
        return Statement(say, None, sentence)
    sources = "; ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    shown = Table(table.caption, table.columns[:-2], tuple(row[:-2] for row in rows))
    return ReferenceRows(
        say,
        None,
        say("reference.rows", count=len(rows)),
        to_look_again(say, days),
        table=shown,
        days=days,
        sources=say("reference.source_sources", sources=sources),
    )


def _is_sorted(key: str) -> bool:
    """Whether a table goes by the alphabet: so it does in each language."""
    first = [str(row[0]) for row in read(key).rows]
    has_names = all(cell[:1].isalpha() for cell in first)
    return has_names and first == sorted(first, key=alphabetical)


def to_look_again(say: Language, days: Iterable[str]) -> tuple[str, ...]:
    """The note that says by when to look again at the first of these rows; none if never.

    Of a day that has passed the limits tell: see labsupport.reference.overdue.
    """
    now = today().isoformat()
    soonest = min((day for day in days if day != NEVER and day >= now), default=None)
    if soonest is None:
        return ()
    return (say("reference.facts_change_after_day", day=say.dated(soonest)),)


class ReferenceRows(Statement):
    """Rows of a reference table; below them stand their `sources`, for who looks them up.

    `days` are those by which to look at the rows again.
    """

    def __init__(
        self, *args: Any, sources: str, days: Iterable[str], **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self.sources = sources
        self.days = tuple(days)

    @property
    def limits(self) -> tuple[str, ...]:
        return overdue(self.say, self.days)

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{visible(self.sources)}"

    def fact_nodes(self) -> list[Node]:
        sources = fold("lab-same", self.say("reference.sources"), small(self.sources))
        return [*super().fact_nodes(), sources]


def has(cell: str, word: str) -> bool:
    """Whether a cell has a word: "uy" is in "com.uy" and not in "Guyana"."""
    wanted = folded(word)
    if 0 < len(wanted) <= LONGEST_CODE:
        return wanted in map(folded, re.findall(r"\w+", cell))
    return wanted in folded(cell)


def questions(say: Language) -> Statement:
    """Return what each question asks, in plain words, and who sees it live.

    >>> questions(Language.load("en")).table["line"][0]
    'lab.ask("www.museum.example")'
    """
    rows = tuple(
        (
            example(key, say),
            say(declaration.means, what="…"),
            _seen_by(declaration, say),
        )
        for key, declaration in QUESTIONS.items()
        if declaration.means
    )
    sentence = say("reference.what_lab_can_asked", count=len(rows))
    columns = (
        say("reference.line"),
        say("reference.what_it_asks"),
        say("reference.who_sees_it_live"),
    )
    return Statement(
        say, None, sentence, table=Table(say("reference.lines_that_ask"), columns, rows)
    )


# Who was needed in the case


class FactRow(NamedTuple):
    """A row of a table in the reader's language, as it is written, and when to look again."""

    told: Row
    written: Row
    again: str

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
    return tuple(
        RegionCountry(row.told[0], row.told[1], row.told[2], row) for row in rows
    )


@cache
def also() -> dict[str, str]:
    """Return the codes of countries by what else people call them, as `folded` writes it."""
    return dict(table_of(SOURCE_LANGUAGE, "countries.toml")["called"])


def _seen_by(declaration: Declaration, say: Language) -> str:
    """Say who sees a question live."""
    seen_by = (say(words, resolvers="…") for words in declaration.seen_by)
    return "; ".join(seen_by) or say("reference.nobody")


def contacts(say: Language, country: object = "") -> ReferenceRows | Explanation:
    """Say who was needed in the case and how to find such an actor; or, with a country, there.

    A country is called by its name, its code or its domain.

    >>> contacts(Language.load("en"), "uy").table["in Uruguay"][1]
    'LACNIC (www.lacnic.net)'
    """
    needed = play(say.code).needed
    if left_empty(country):
        return _general(say, needed)
    match = _find(say, country)
    if isinstance(match, RegionCountry):
        return _there(say, needed, match)
    key = "reference.similar_countries" if match else "reference.no_such_country"
    names, count = say.listed(match), len(places(say.code))
    sentence = say(key, what=quoted(country), names=names, count=count)
    return Explanation(say, Kind.NOT_ASKED, sentence)


def _find(say: Language, country: object) -> RegionCountry | list[str]:
    """Return the country that is meant, or the names of those that may be."""
    wanted = folded(country) if isinstance(country, str) else ""
    countries = places(say.code)
    names = {folded(name): land for land in countries for name in land.names}
    codes = {folded(land.code): land for land in countries}
    if match := names.get(wanted) or codes.get(folded(also().get(wanted, wanted))):
        return match
    begun = [name for name in names if len(wanted) > 2 and name.startswith(wanted)]
    near = begun or difflib.get_close_matches(wanted, names, n=3, cutoff=0.75)
    meant = list(dict.fromkeys(names[name] for name in near))
    if begun and len(meant) == 1:
        return meant[0]
    return [place.name for place in meant][:LONGEST_LIST]


def _general(say: Language, needed: Iterable[Needed]) -> ReferenceRows:
    """The table that holds everywhere: who it was in the case, what for, how to find them."""
    ways = {one.key: _anywhere(say, one.key) for one in needed}
    rows = tuple((one.actor, one.who, one.why, ways[one.key].text) for one in needed)
    columns = (
        say("reference.who_was_needed"),
        say("reference.in_the_case"),
        say("reference.what_for"),
        say("reference.how_find_them_elsewhere"),
    )
    note = say(
        "reference.own_country_name", call=in_words('lab.course.contacts("uy")', say)
    )
    names = say.listed(place.name for place in places(say.code))
    below = say("reference.countries_territories", names=names)
    table = Table(say("reference.who_needed_case"), columns, rows)
    sentence = say("reference.kinds_actors_needed", count=len(rows))
    answer = _facts(say, sentence, note, table, ways.values())
    answer.sources = f"{below} {answer.sources}"
    return answer


def _there(
    say: Language, needed: Iterable[Needed], country: RegionCountry
) -> ReferenceRows:
    """What is known of one country, with how sure that is and as of when."""
    ways = {one: way for one in needed if (way := _known(say, one.key, country))}
    rows = tuple((one.actor, one.why, way.text, way.sure) for one, way in ways.items())
    columns = (
        say("reference.who_was_needed"),
        say("reference.what_for"),
        say("reference.in_country", country=country.name),
        say("reference.how_sure_when"),
    )
    note = say("reference.addresses_duties_change")
    caption = say("reference.who_needed_case_how", name=country.name)
    sentence = say("reference.what_course_knows_country", country=country.name)
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
    source_line = say("reference.source_sources", sources=sources)
    days = [row.again for row in rows]
    return ReferenceRows(
        say, None, sentence, (note,), table=table, sources=source_line, days=days
    )


def _anywhere(say: Language, key: str) -> ContactWay:
    """Return how such an actor is found, in whatever country."""
    entry = table_of(say.code, "contacts.toml")[key]
    networks = [
        row for one in entry["rows"] if one[0] == NETWORKS for row in _picked(say, *one)
    ]
    named = say.listed(f"{row.told[0]} ({row.told[3]})" for row in networks)
    rows = tuple(row for one in entry["rows"] for row in _picked(say, *one))
    names = say.listed(row.told[0] for row in networks)
    return ContactWay(entry["text"].format(networks=named, names=names), rows=rows)


def _known(say: Language, key: str, country: RegionCountry) -> ContactWay | None:
    """Return how such an actor is reached in a country; None if no table knows."""
    if key == "registry":
        rows = _picked(say, "country-directories", f".{country.code.lower()}")
        text = "".join(_directories(say, row) for row in rows)
        return ContactWay(text, _as_of(say, rows[0]), rows) if rows else None
    if key == "regional":
        (row,) = _picked(
            say, "regional-registries", country.row.written[2].partition(",")[0]
        )
        text = say(
            "reference.registry_site", registry=country.registry, site=row.told[2]
        )
        return ContactWay(text, _as_of(say, country.row), (country.row, row))
    if key == "csirt":
        teams = _of_country(say, "national-csirts", country)
        text = " ".join(f"{row.told[1]}: {row.told[2]}." for row in teams)
        sure = "; ".join(f"{row.told[3]}, {_as_of(say, row)}" for row in teams)
        return ContactWay(text, sure, teams) if teams else None
    rows = _of_country(say, "conventions", country)
    if key != "abroad" or not rows:
        return None
    each = (
        f"{row.told[1]}: {row.told[2]} ({row.told[3]}, {_as_of(say, row)})"
        for row in rows
    )
    text = say("reference.conventions", conventions=" · ".join(each))
    return ContactWay(text, say("reference.said_each_convention"), rows)


def _directories(say: Language, row: FactRow) -> str:
    domain, manager, whois, rdap, *_ = row.told
    if row.written[2].startswith("web"):  # and, of one, what there was before
        _, semicolon, before = whois.partition(";")
        whois = f"{say('reference.form_site')}{semicolon}{before}"
    none = say("reference.none_known")
    ways = {
        "whois": none if whois == "–" else whois,
        "rdap": none if rdap == "–" else rdap,
    }
    return say("reference.whois_rdap", domain=domain, manager=manager, **ways)


def _as_of(say: Language, row: FactRow) -> str:
    day = row.written[-1].removeprefix("read ")  # which goes without saying here
    translated = row.told != row.written and PROSE.search(day)
    return say("reference.as_of_date", date=row.told[-1] if translated else day)


def _rows(say: Language, key: str) -> tuple[FactRow, ...]:
    rows = zip(pairs(key, say), look_again(key), strict=True)
    return tuple(
        FactRow(tuple(map(str, cells)), tuple(map(str, written)), again)
        for (cells, written), again in rows
    )


def _picked(say: Language, key: str, *beginnings: str) -> tuple[FactRow, ...]:
    """Return the rows of a table that, as written, begin so."""
    return tuple(
        row for row in _rows(say, key) if row.written[0].startswith(beginnings)
    )


def _of_country(say: Language, key: str, country: RegionCountry) -> tuple[FactRow, ...]:
    return tuple(
        row for row in _rows(say, key) if row.written[0] == country.row.written[0]
    )
