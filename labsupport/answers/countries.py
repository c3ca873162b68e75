"""What a country adds to a form: its words for the fields of the law, and facts with a source.

A country is a file in data/course/en/countries, called by its code. To add one, copy uy.toml and
keep only what has a source; nothing in the code changes. What a file does not say stays an empty
line on the form.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from labsupport.inputs.folding import folded
from labsupport.language import SOURCE_LANGUAGE, Language, table_of


@dataclass(frozen=True, slots=True)
class Sourced:
    """Words, with where they come from and when."""

    text: str
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Country:
    """What is known of a country.

    `terms` has the country's own words for some fields of the form, in `language`. `time_zone` is a
    name of the IANA time zone database, "" where none is known. `domain` has the facts that concern
    only names below the country's own domain.
    """

    code: str
    name: str
    language: str
    time_zone: str
    tradition: Sourced | None
    terms: Mapping[str, Sourced]
    facts: tuple[Sourced, ...]
    domain: tuple[Sourced, ...] = ()

    def facts_on(self, target: str) -> tuple[Sourced, ...]:
        """Return the facts that concern a request about `target`, a name or an address."""
        if target.endswith(f".{self.code}"):
            return (*self.facts, *self.domain)
        return self.facts


def labels(request: str, say: Language) -> dict[str, str]:
    """Return what the fields of a kind of request are called that are the requesting office's."""
    table = say.table("form_fields.toml")
    return {**table["fields"], **table[request]}


GENERAL = Country("", "", "", "", None, {}, ())


@functools.cache
def countries(language: str) -> tuple[Country, ...]:
    """Return all countries that there is a file for, by name.

    >>> [country.name for country in countries("en")]
    ['Trinidad and Tobago', 'Uruguay']
    """
    folder = resources.files("labsupport.data").joinpath(
        "course", SOURCE_LANGUAGE, "countries"
    )
    loaded = []
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            table = table_of(language, f"countries/{file.name}")
            loaded.append(_country(file.name.removesuffix(".toml"), table))
    return tuple(sorted(loaded, key=lambda country: country.name))


def find(text: object, language: str) -> Country | None:
    """Return the country with this code or name; None where there is no file for it.

    >>> find("UY", "en") == find("uruguay", "en")
    True
    """
    wanted = folded(str(text)).strip()
    for country in (*countries(language), *countries(SOURCE_LANGUAGE)):
        if wanted in (folded(country.code), folded(country.name)):
            alike = (
                known for known in countries(language) if known.code == country.code
            )
            return next(alike, None)
    return None


def listed(say: Language) -> str:
    """Say which countries there are files for."""
    names = say.listed(
        f"{country.name} ({country.code.upper()})" for country in countries(say.code)
    )
    return say("countries.form_general_country", countries=names)


def sourced(country: Country, fact: Sourced, say: Language) -> str:
    """Return what a file says of a country, with where it comes from."""
    return say(
        "countries.source",
        country=country.name,
        text=fact.text.removesuffix("."),
        source=fact.source,
        date=fact.date,
    )


def _country(code: str, data: Mapping[str, Any]) -> Country:
    tradition = data.get("tradition")
    return Country(
        code=code,
        name=data["name"],
        language=data["language"],
        time_zone=data.get("time_zone", ""),
        tradition=Sourced(**tradition) if tradition else None,
        terms={key: Sourced(**term) for key, term in data.get("terms", {}).items()},
        facts=tuple(Sourced(**fact) for fact in data.get("facts", ())),
        domain=tuple(Sourced(**fact) for fact in data.get("domain", ())),
    )
