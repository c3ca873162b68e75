"""The times of orders: composed of an hour, a day and a zone, and checked against the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from labsupport.orders.context import aware
from labsupport.orders.order import Order
from labsupport.orders.reading import read_order

ORDERS = {
    "es": "Los proveedores de acceso bloquearán goles.example hasta {}.",
    "pt": "Os provedores de acesso bloquearão goles.example até {}.",
    "en": "Access providers shall block goles.example until {}.",
}
# Hours, with how long after midnight they are.
CLOCKS = {
    "es": [
        ("las 20:00", 20.0),
        ("las 20.00 horas", 20.0),
        ("la hora 23", 23.0),
        ("las 18 hs.", 18.0),
        ("las 5 p.m.", 17.0),
        ("las ocho de la noche", 20.0),
        ("las veinte horas", 20.0),
        ("las 24:00 horas", 24.0),
        ("el mediodía", 12.0),
    ],
    "pt": [
        ("as 18 horas", 18.0),
        ("as 23h30", 23.5),
        ("as 23h30min", 23.5),
        ("as 20h", 20.0),
        ("as oito da noite", 20.0),
        ("as 24h00", 24.0),
        ("o meio-dia", 12.0),
    ],
    "en": [
        ("5.30 pm", 17.5),
        ("11:30 PM", 23.5),
        ("12 noon", 12.0),
        ("6 o'clock in the evening", 18.0),
        ("1700 hours", 17.0),
        ("half past five in the afternoon", 17.5),
    ],
}
SUMMER = (2027, 7, 9)
WINTER = (2027, 1, 15)
DAYS = {
    "es": [
        ("el 9 de julio de 2027", SUMMER),
        ("el día 9/7/2027", SUMMER),
        ("el viernes 15 de enero de 2027", WINTER),
        ("el quince de enero de dos mil veintisiete", WINTER),
    ],
    "pt": [
        ("9 de julho de 2027", SUMMER),
        ("o dia 15.01.2027", WINTER),
    ],
    "en": [
        ("9 July 2027", SUMMER),
        ("the 15th day of January 2027", WINTER),
        ("January 15, 2027", WINTER),
    ],
}


def hours(number: float) -> tzinfo:
    return timezone(timedelta(hours=number))


ZONES: dict[str, list[tuple[str, tzinfo | None]]] = {
    "es": [
        ("", None),
        ("UTC-3", hours(-3)),
        ("UTC−03:00", hours(-3)),
        ("hora de Coralia, UTC-3", hours(-3)),
        ("hora de Lima", ZoneInfo("America/Lima")),
        ("hora peninsular española", ZoneInfo("Europe/Madrid")),
        ("hora legal argentina", ZoneInfo("America/Argentina/Buenos_Aires")),
    ],
    "pt": [
        ("", None),
        ("GMT-3", hours(-3)),
        ("horário oficial de Brasília", ZoneInfo("America/Sao_Paulo")),
        ("horário de Manaus", ZoneInfo("America/Manaus")),
        ("hora de Lisboa", ZoneInfo("Europe/Lisbon")),
    ],
    "en": [
        ("", None),
        ("UTC+5:30", hours(5.5)),
        ("Irish time", ZoneInfo("Europe/Dublin")),
        ("EAT", hours(3)),
        ("East Africa Time", hours(3)),
        ("BST", hours(1)),
    ],
}
OF = {"es": "de", "pt": "de", "en": "on"}
AT = {"es": "a", "pt": "", "en": "at"}


def written(
    language: str, clock: str, day: str, zone: str, shape: tuple[str, str]
) -> str:
    """Put the parts together; a zone in brackets stands behind the hour, or behind all."""
    order, bracket = shape
    zone = f" ({zone})" if zone and bracket else f", {zone}" if zone else ""
    if order == "hour zone day":
        plain = day.removeprefix("el ").removeprefix("o ")
        of = {"el ": "del", "o d": "do"}.get(day[:3], OF[language])
        return f"{clock}{zone} {of} {plain}"
    at = AT[language]
    if clock.startswith(("el ", "o ")):
        clock, at = clock.split(maxsplit=1)[1], "al" if language == "es" else "ao"
    if clock == "as":
        at = ""
    return f"{day}{',' if not at else ''} {at} {clock}{zone}".replace("  ", " ")


SHAPES = list(product(("hour zone day", "day hour zone"), ("(", "")))
CASES = [
    (language, clock, day, zone, shape)
    for language in ORDERS
    for clock, day, zone, shape in product(
        CLOCKS[language], DAYS[language], ZONES[language], SHAPES
    )
]


def test_there_are_many_composed_times() -> None:
    assert len(CASES) > 1000


@pytest.mark.parametrize("language", ORDERS)
def test_a_time_is_composed_of_its_parts_in_any_order(language: str) -> None:
    wrong = []
    for case in CASES:
        if case[0] != language:
            continue
        _, (clock, since), (day, ymd), (zone, place), shape = case
        text = ORDERS[language].format(written(language, clock, day, zone, shape))
        naive = datetime(*ymd) + timedelta(hours=since)
        expected = naive.replace(tzinfo=place).astimezone(UTC) if place else naive
        order = read_order(text)
        right = order.end == expected and order.not_understood == ()
        if not (right and ("zone" in order.where) is (place is None)):
            wrong.append((text, order.end, expected, order.not_understood))
    assert wrong == []


def end(text: str) -> Order:
    return read_order(f"Access providers shall block goles.example until {text}.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9 July 2027", datetime(2027, 7, 9, 23, 59, 59)),
        ("midnight at the end of 6 December 2026", datetime(2026, 12, 7)),
        ("2026-11-03T12:00:00Z", datetime(2026, 11, 3, 12, tzinfo=UTC)),
    ],
)
def test_an_end_that_is_plain_is_read(text: str, expected: datetime) -> None:
    order = end(text)
    assert order.end == expected
    assert order.not_understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "9 July 2027 at 17:00 IST",
        "9 July 2027 at 17:00, Chile time",
        "9 July 2027 at 17:00, Lima time (UTC-3)",
        "midnight on 9 July 2027",
        "9 July 2027 at 6 o'clock",
        "9 July 2027 at 6",
        "Monday 9 July 2027",
        "quarter to five on 9 July 2027",
        "28 March 2027 at 01:30, Irish time",
        "9 July 2027 from 22:00 to 02:00",
    ],
)
def test_what_is_not_plain_is_a_doubt(text: str) -> None:
    assert end(text).not_understood != ()


@pytest.mark.parametrize("text", ["tonight at 20:00", "tomorrow", "20:00", "June 2027"])
def test_a_day_that_is_not_told_makes_no_end(text: str) -> None:
    order = end(text)
    assert order.end is None
    assert any(text in one.text for one in order.not_understood)


@pytest.mark.parametrize(
    ("text", "start", "last"),
    [
        ("Lima, 8 de mayo de 2027.\n\nBloquéese a-b.example hoy de 19:45 a 22:15 horas.", 19, 22),
        ("Bloqueie-se a-b.example hoje, das 19h45 às 22h15.\n\nRecife, 8 de maio de 2027.", 19, 22),
        (
            "Block a-b.example today from 19:45 to 22:15.\n\nDated this 8th day of May 2027.",
            19,
            22,
        ),
    ],
)  # fmt: skip
def test_today_is_the_day_of_the_order(text: str, start: int, last: int) -> None:
    order = read_order(text)
    assert order.start == datetime(2027, 5, 8, start, 45)
    assert order.end == datetime(2027, 5, 8, last, 15)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("All times are in UTC-3.", -3),
        ("All times are those of Lima.", -5),
        ("Todas las horas son de Lima.", -5),
        ("Os horários são de Brasília.", -3),
    ],
)
def test_a_zone_that_is_told_once_holds_for_all(text: str, zone: int) -> None:
    order = read_order(f"Block a-b.example until 9 July 2027 at 17:00. {text}")
    assert order.end == datetime(2027, 7, 9, 17, tzinfo=hours(zone))
    assert "zone" not in order.where


def test_a_period_is_read_in_figures_and_words() -> None:
    order = read_order("Bloqueie-se a-b.example pelo praso de 60 (SESSENTA) DIAS.")
    assert order.lasts == timedelta(days=60)
    begins = "desde las 8:00 (UTC-3) del 20 de enero de 2027"
    order = read_order(f"Bloquéese a-b.example por 48 horas contadas {begins}.")
    assert order.ends == datetime(2027, 1, 22, 11, tzinfo=UTC)


def test_a_time_without_a_zone_stays_without_one() -> None:
    order = end("9 July 2027 at 17:00")
    assert order.end == datetime(2027, 7, 9, 17)
    assert aware(order.end) == datetime(2027, 7, 9, 17, tzinfo=UTC)
    assert "zone" in order.where
    assert "zone" not in end("9 July 2027").where


@pytest.mark.parametrize(
    "text",
    [
        "The site was visited between 1 November 2026 and 30 November 2026. Block a-b.example.",
        "Preserve the logs of a-b.example until 9 July 2027.",
    ],
)
def test_other_dates_are_no_times_of_the_order(text: str) -> None:
    order = read_order(text)
    assert (order.start, order.end) == (None, None)
