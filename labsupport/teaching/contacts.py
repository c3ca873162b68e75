"""Who was needed in the case, and how such an actor is reached in a country of the region.

Everything about a country comes from data/reference, with its date. Of whom no table knows is left
out and counted: that a table lacks a row does not mean that there is nobody.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from labsupport.language import Language, table_of
from labsupport.lookups.names import folded
from labsupport.reference import read
from labsupport.results import Explanation, Kind, Result, Table, quoted
from labsupport.teaching.reference import Facts
from labsupport.teaching.roles import Needed, play

if TYPE_CHECKING:
    from labsupport.lab import Lab

Row = tuple[str, ...]

NETWORKS = "contact-networks"
LONGEST_LIST = 4  # of names that one beginning can mean


@dataclass(frozen=True, slots=True)
class Place:
    """A country or territory of the region, and the row of the table that has it."""

    name: str
    code: str
    registry: str
    row: Row


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody is reached, how sure that is, and the rows that it was read from."""

    text: str
    sure: str = ""
    rows: tuple[Row, ...] = ()


@cache
def places() -> tuple[Place, ...]:
    """Return the countries and territories that the tables of registries have, by name.

    >>> [place.code for place in places() if place.name.startswith("U")]
    ['UY', 'VI']
    """
    found = [
        Place(row[0], row[1], row[2], row)
        for key in ("mainland-registries", "caribbean-registries")
        for row in _rows(key)
    ]
    return tuple(sorted(found, key=lambda place: folded(place.name)))


@cache
def also() -> dict[str, str]:
    """Return the codes of countries by what else people call them, as `folded` writes it."""
    return dict(table_of("en", "countries.toml")["called"])


def show(lab: Lab, country: object = "") -> Result:
    """Say who was needed in the case and how to find such an actor; or, with a country, there.

    A country is called by its name, its code or its domain.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "uy").table["in Uruguay"][1]
    'LACNIC (www.lacnic.net)'
    """
    say = lab.say
    needed = play(say.code).needed
    if isinstance(country, str) and not country.strip():
        return _general(say, needed)
    found = _find(country)
    if isinstance(found, Place):
        return _there(say, needed, found)
    return _unknown(say, country, found)


def _find(country: object) -> Place | list[str]:
    """Return the country that is meant, or the names of those that may be."""
    wanted = folded(country) if isinstance(country, str) else ""
    if not wanted:
        return []
    names = {folded(place.name): place for place in places()}
    codes = {folded(place.code): place for place in places()}
    if place := names.get(wanted) or codes.get(folded(also().get(wanted, wanted))):
        return place
    begun = [place for name, place in names.items() if name.startswith(wanted)]
    if len(begun) == 1 and len(wanted) > 2:
        return begun[0]
    if len(wanted) > 2 and 1 < len(begun) <= LONGEST_LIST:
        return [place.name for place in begun]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.75)
    return [names[name].name for name in near]


def _unknown(say: Language, country: object, near: list[str]) -> Result:
    sentence = say(
        "{what} is not one of the {count} countries and territories in these tables: they have "
        "Latin America and the Caribbean. To list them, and to find the same elsewhere: "
        'lab.reference("contacts").',
        what=quoted(country),
        count=len(places()),
    )
    if near:
        sentence = say(
            "{what} is not one of the countries in these tables. Similar ones are: {names}.",
            what=quoted(country),
            names=", ".join(near),
        )
    return Explanation(say, Kind.NOT_ASKED, sentence)


def _general(say: Language, needed: Iterable[Needed]) -> Result:
    """The table that holds everywhere: who it was in the case, what for, how to find them."""
    ways = {one.key: _anywhere(say, one.key) for one in needed}
    rows = tuple((one.actor, one.who, one.why, ways[one.key].text) for one in needed)
    columns = (
        say("who was needed"),
        say("in the case"),
        say("what for"),
        say("how to find them elsewhere"),
    )
    notes = (
        say(
            "For your own country: {call}, by name or by domain. The list stands below the table.",
            call='lab.reference("contacts", "uy")',
        ),
    )
    below = say(
        "Countries and territories: {names}.",
        names=", ".join(place.name for place in places()),
    )
    table = Table(say("Who was needed in the case"), columns, rows)
    sentence = say(
        "{count} kinds of actors were needed in the case. None of them could do it alone.",
        count=len(rows),
    )
    return _facts(say, sentence, notes, table, ways.values(), below)


def _there(say: Language, needed: Iterable[Needed], place: Place) -> Result:
    """What is known of one country, with how sure that is and as of when."""
    ways = {one: way for one in needed if (way := _known(say, one.key, place))}
    rows = tuple((one.actor, one.why, way.text, way.sure) for one, way in ways.items())
    columns = (
        say("who was needed"),
        say("what for"),
        say("in {country}", country=place.name),
        say("how sure, and as of when"),
    )
    notes = (
        say(
            "Addresses and duties change. Look again at the source before something urgent depends "
            "on one."
        ),
    )
    caption = say("Who was needed in the case, and how to reach them: {name}", name=place.name)
    sentence = say("This is what the course knows of {country}.", country=place.name)
    if left_out := [one.actor for one in needed if one not in ways]:
        sentence += " " + say(
            "Of {count} of the {all} kinds of actors it knows nothing there, which does not say "
            'that there is nothing ({actors}): lab.reference("contacts") says how to find each.',
            count=len(left_out),
            all=len(left_out) + len(ways),
            actors="; ".join(left_out),
        )
    return _facts(say, sentence, notes, Table(caption, columns, rows), ways.values())


def _facts(
    say: Language,
    sentence: str,
    notes: tuple[str, ...],
    table: Table,
    ways: Iterable[Way],
    below: str = "",
) -> Facts:
    rows = dict.fromkeys(row for way in ways for row in way.rows)
    # Some dates have a semicolon in them.
    sources = " · ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    told = f"{below} {say('Source: {sources}.', sources=sources)}".strip()
    return Facts(say, None, sentence, notes, table=table, sources=told)


def _anywhere(say: Language, key: str) -> Way:
    """Return how such an actor is found, in whatever country."""
    told = table_of(say.code, "contacts.toml")[key]
    networks = [row for one in told["rows"] if one[0] == NETWORKS for row in _picked(*one)]
    named = "; ".join(f"{row[0]} ({row[3]})" for row in networks)
    rows = tuple(row for one in told["rows"] for row in _picked(*one))
    names = "; ".join(row[0] for row in networks)
    return Way(told["text"].format(networks=named, names=names), rows=rows)


def _known(say: Language, key: str, place: Place) -> Way | None:
    """Return how such an actor is reached in a country; None if no table knows."""
    if key == "registry":
        return _registry(say, f".{place.code.lower()}")
    if key == "regional":
        (row,) = _picked("regional-registries", place.registry.partition(",")[0])
        text = say("{registry} ({site})", registry=place.registry, site=row[2])
        return Way(text, _as_of(say, place.row), (place.row, row))
    if key == "csirt":
        teams = tuple(row for row in _rows("national-csirts") if row[0] == place.name)
        text = " ".join(f"{team}: {reached}." for _, team, reached, *_ in teams)
        sure = "; ".join(f"{row[3]}, {_as_of(say, row)}" for row in teams)
        return Way(text, sure, teams) if teams else None
    if key == "abroad":
        return _abroad(say, place)
    return None


def _registry(say: Language, domain: str) -> Way | None:
    row = next((row for row in _rows("country-directories") if row[0] == domain), None)
    if row is None:
        return None
    _, manager, whois, rdap, *_ = row
    whois = whois.replace("web", say("a form on its site"), 1) if whois[:3] == "web" else whois
    text = say(
        "{domain}: {manager}. WHOIS: {whois}. RDAP: {rdap}.",
        domain=domain,
        manager=manager,
        whois=say("none known") if whois == "–" else whois,
        rdap=say("none known") if rdap == "–" else rdap,
    )
    return Way(text, _as_of(say, row), (row,))


def _abroad(say: Language, place: Place) -> Way | None:
    rows = tuple(row for row in _rows("conventions") if row[0] == place.name)
    if not rows:
        return None
    text = say(
        "Ask those who deal with computer crime in its police or prosecution. Conventions, as far "
        "as they were found: {conventions}. In which networks it takes part, no table here says: "
        "it changes.",
        # Some cells have a semicolon in them.
        conventions=" · ".join(
            f"{row[1]}: {row[2]} ({row[3]}, {_as_of(say, row)})" for row in rows
        ),
    )
    return Way(text, say("as said at each convention"), rows)


def _as_of(say: Language, row: Row) -> str:
    return say("as of {date}", date=row[-1].removeprefix("read "))


def _rows(key: str) -> tuple[Row, ...]:
    return tuple(tuple(map(str, row)) for row in read(key).rows)


def _picked(key: str, *beginnings: str) -> tuple[Row, ...]:
    """Return the rows of a table that begin so."""
    return tuple(row for row in _rows(key) if row[0].startswith(beginnings))
