"""How a language writes numbers, lists, quotations and dates: what no catalogue can say."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Isla, not Hielo or Yuca
SOUND_OF_I = re.compile(r"[«“\"]?h?[iíy](?![aeouáéóú])", re.IGNORECASE)
SOUND_OF_O = re.compile(r"[«“\"]?h?[oó]", re.IGNORECASE)
IN_QUOTES = re.compile("“([^“”]*)”")
ISO_DATE = re.compile(
    r"(?<![\w-])((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?![\w-]|[T ]\d\d:)"
)
NARROW = "\u202f"  # a thin space at which no line ends
BETWEEN_DIGITS = re.compile(r"(?<=\d),(?=\d{3})")


@dataclass(frozen=True)
class Conventions:
    """What one language does; English, where nothing else is said."""

    quotation: tuple[str, str] = ("“", "”")
    inner: tuple[str, str] = ("‘", "’")  # a quotation inside a quotation
    thousands: str = ","
    decimals: str = "."
    ungrouped: int = (
        3  # a number of so many digits is written without a sign between thousands
    )
    percent: str = "{}%"
    joint: str = "and"
    joint_before_i: str = ""  # another word for it, before the sound of i
    either: str = "or"
    either_before_o: str = ""
    date: str = ""
    month: str = ""
    months: tuple[str, ...] = ()  # without: days stay as tables have them, 2026-12-02


ENGLISH = Conventions()
OF = {
    "es": Conventions(
        quotation=("«", "»"),
        inner=("“", "”"),
        thousands=NARROW,  # Ortografía de la lengua española (RAE, 2010): from five digits on
        decimals=",",
        ungrouped=4,
        percent="{}\u00a0%",
        joint="y",
        joint_before_i="e",
        either="o",
        either_before_o="u",
        date="{day} de {month} de {year}",
        month="{month} de {year}",
        months=(
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ),
    ),
    "pt": Conventions(
        thousands=".",
        decimals=",",
        joint="e",
        either="ou",
        date="{day} de {month} de {year}",
        month="{month} de {year}",
        months=(
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ),
    ),
}


def of(code: str) -> Conventions:
    """Return the conventions of a language, those of English where none are known."""
    return OF.get(code, ENGLISH)


class Filler(string.Formatter):
    """Fills the {places} of a text with numbers and quotations as a language writes them.

    >>> Filler(of("es")).format("{all:,}; {few:,}; {part}; {typed}", all=18245, few=1250,
    ...     part=47.6, typed="“443”")
    '18\\u202f245; 1250; 47,6; «443»'
    """

    def __init__(self, conventions: Conventions) -> None:
        self.conventions = conventions

    def format_field(self, value: Any, form: str) -> str:
        made = str(super().format_field(value, form))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(made)
        quoted = IN_QUOTES.fullmatch(made)
        return self.quoted(quoted[1]) if quoted else made

    def number(self, text: str) -> str:
        """Return a number, written as Python writes it, as the language does."""
        whole, point, rest = text.partition(".")
        separator = self.conventions.thousands
        if sum(map(str.isdigit, whole)) <= self.conventions.ungrouped:
            separator = ""
        whole = BETWEEN_DIGITS.sub(separator, whole)
        return whole + (self.conventions.decimals if point else "") + rest

    def quoted(self, text: str) -> str:
        """Return a text in quotation marks; those inside it become inner ones."""
        (opening, closing), (inner_opening, inner_closing) = (
            self.conventions.quotation,
            self.conventions.inner,
        )
        text = text.replace(opening, inner_opening).replace(closing, inner_closing)
        return f"{opening}{text}{closing}"


def listed(
    parts: Iterable[str], conventions: Conventions, *, either: bool = False
) -> str:
    """Return parts as a list in a sentence; semicolons part those that have commas of their own.

    >>> listed(["Brisa", "Nube", "Isla"], of("es"))
    'Brisa, Nube e Isla'
    >>> listed(["one, with a comma", "two"], of("en"))
    'one, with a comma; and two'
    >>> listed(["agua", "hielo", "oro"], of("es"), either=True)
    'agua, hielo u oro'
    >>> listed(["one"], of("en")), listed([], of("en"))
    ('one', '')
    """
    *before, last = [*parts] or [""]
    if not before:
        return last
    joint = conventions.joint
    otherwise = conventions.joint_before_i
    sound = SOUND_OF_I
    if either:
        joint = conventions.either
        otherwise = conventions.either_before_o
        sound = SOUND_OF_O
    if otherwise and sound.match(last):
        joint = otherwise
    if any(", " in part for part in (*before, last)):
        return f"{'; '.join(before)}; {joint} {last}"
    return f"{', '.join(before)} {joint} {last}"


def dated(text: str, conventions: Conventions) -> str:
    """Return a text with its days and months, as tables have them, written out; in English as is.

    What has a time of day behind it stays: it is a line of a log, not prose.

    >>> dated("consultado el 2026-12-02; 2026-06", of("es"))
    'consultado el 2 de diciembre de 2026; junio de 2026'
    >>> dated("2026-12-02 12:00:00 UTC", of("es"))
    '2026-12-02 12:00:00 UTC'
    """
    if not conventions.months:
        return text

    def written(match: re.Match[str]) -> str:
        year, month, day = match.groups()
        name = conventions.months[int(month) - 1]
        if day is None:
            return conventions.month.format(month=name, year=year)
        return conventions.date.format(day=int(day), month=name, year=year)

    return ISO_DATE.sub(written, text)


def unaccented(text: str) -> str:
    """Return a text without its accents and other signs on letters.

    >>> unaccented("código, ñandú")
    'codigo, nandu'
    """
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def alphabetical(text: str) -> tuple[str, str]:
    """Return what to sort a text by: letters with accents among those without, ñ after n.

    >>> sorted(["cuaderno", "código", "ñu", "nube", "Ómnibus"], key=alphabetical)
    ['código', 'cuaderno', 'nube', 'ñu', 'Ómnibus']
    """
    small = text.casefold()
    return unaccented(small.replace("ñ", "n\uffff")), small
