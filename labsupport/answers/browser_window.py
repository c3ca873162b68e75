"""A page as a browser shows it: the address, a padlock, and what stands below them.

A visit fetches no content: in the place of the page stands what came of asking for it.
"""

from __future__ import annotations

from labsupport.exchange import NotSent, Reset, TlsFailure
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups.reached import is_notice
from labsupport.lookups.visit import PAGES, Visit, VisitStep
from labsupport.picture import LETTER, WIDE, Picture, Shapes, State, lines, shape
from labsupport.results import utc
from labsupport.tree import element
from labsupport.visible import cut, visible

HIGH = 200
MARK = " [...]"  # where something is cut
SIGNS = {"page": "✓", "notice": "⊘", "withheld": "⊘", "elsewhere": "→"}  # else a cross
PADLOCKS = {
    "closed": "browser_window.padlock_closed",
    "open": "browser_window.padlock_open",
    "crossed": "browser_window.padlock_crossed_out",
    "none": "browser_window.no_padlock",
}
# From the upper left corner: the shackle, the body below it, and the line that crosses it out.
CLOSED = "m3 10v-4a5 5 0 0 1 10 0v4m-12 0h14v11h-14z"
SHAPES = {
    "closed": CLOSED,
    "open": "m13 10v-4a5 5 0 0 1 10 0v3m-22 1h14v11h-14z",
    "crossed": CLOSED + "m-3 13l20-24",
    "none": "",
}


def padlock(facts: Visit) -> str:
    """Return the padlock that a browser shows, of `PADLOCKS`: "none" where nothing answered."""
    judged = next(
        (one for one in facts.steps if one.step is VisitStep.CERTIFICATE), None
    )
    if judged is None:
        return "none"
    if facts.url.scheme == "http":
        return "open"
    return "closed" if judged.worked else "crossed"


def page(facts: Visit) -> str:
    """Return what stands in the place of the page, a key of the sentences of "window"."""
    last, served = facts.steps[-1], facts.served
    if last.worked:
        return "page"
    if last.step is VisitStep.ADDRESS or served is None:
        if facts.answer.interferes:
            return "withheld"
        kind = facts.answer.kind
        absent = kind in (Kind.NO_SUCH_NAME, Kind.NO_SUCH_TYPE)
        return kind.name.lower() if absent else "no_address"
    outcome, response = served.outcome, served.response
    if last.step is VisitStep.CERTIFICATE:
        return "no_tls" if isinstance(outcome, TlsFailure) else "not_trusted"
    if last.step is not VisitStep.PAGE:
        came = {NotSent: "not_sent", Reset: "reset"}
        return came.get(type(outcome), "no_answer")
    if is_notice(response):
        return "notice"
    if response is not None and response.header("Location"):
        return "elsewhere"
    key = PAGES.get(response.status, "") if response else ""
    return key if key in ("gone", "refuses") else "no_page"


def window(
    x: float, wide: float, facts: Visit, say: Language, part: str = "window"
) -> Shapes:
    """Draw the page of a visit, from `x` on `wide` across, from the top `HIGH` high.

    The whole is a part of that name. With a letter behind it, its address (a), padlock (p),
    certificate (c) and what stands in the place of the page (w) are parts as well.
    """
    url, lock, came = facts.url, padlock(facts), page(facts)
    address = visible(f"{url.authority}{url.target}".removesuffix("/"))
    address = cut(address, int((wide - 76) / LETTER) - len(MARK))
    response = facts.served.response if facts.served else None
    location = response.header("Location") if response else ""
    words = visible(say(f"window.{came}", place=location))
    words = cut(words, 3 * int((wide - 90) / LETTER) - len(MARK))
    drawing = (
        shape("rect", "wall", x=x + 1, y=1, width=wide - 2, height=HIGH - 2, rx=8)
        + shape(
            "rect",
            "box",
            f"{part}a",
            x=x + 10,
            y=10,
            width=wide - 20,
            height=36,
            rx=18,
        )
        + shape("path", "lock", f"{part}p", d=f"M{x + 22:g} 16{SHAPES[lock]}")
        + lines(x + 54, 34, address, wide, part=f"{part}a")
        + lines(x + 20, 68, say(PADLOCKS[lock]), wide - 30, part=f"{part}p")
        + shape(
            "rect",
            "box",
            f"{part}w",
            x=x + 10,
            y=100,
            width=wide - 20,
            height=HIGH - 110,
        )
        + shape("text", "large", words=SIGNS.get(came, "✗"), x=x + 20, y=160)
        + lines(x + 70, 136, words, wide - 90)
    )
    if began := _began(facts):
        since = say("window.since", date=began)
        drawing += lines(x + 20, 88, since, wide - 30, part=f"{part}c")
    return [element("g", *drawing, data_part=part)]


def side_by_side(left: Visit, right: Visit, say: Language) -> Picture:
    """Return the windows of two visits, and one after another what can be compared in them."""
    wide = WIDE / 2 - 6
    drawing = window(0, wide, left, say, "l") + window(
        WIDE - wide, wide, right, say, "r"
    )
    names = {"one": left.url.host, "other": right.url.host}
    locks, dates = [padlock(left), padlock(right)], [_began(left), _began(right)]
    sign, other_sign = (say(PADLOCKS[lock]) for lock in locks)
    key = "window.same_padlock" if locks[0] == locks[1] else "window.other_padlock"
    padlocks = say(key, sign=sign, other_sign=other_sign, **names)
    states = [
        State(say("window.both", **names), {}, say("browser_window.both_pages")),
        State(padlocks, {"lp": "on", "rp": "on"}, say("browser_window.padlock")),
    ]
    if all(dates):
        words = say("window.certificates", date=dates[0], other_date=dates[1], **names)
        states.append(
            State(words, {"lc": "on", "rc": "on"}, say("browser_window.certificate"))
        )
    words = say("window.addresses", **names)
    states.append(
        State(words, {"la": "on", "ra": "on"}, say("browser_window.web_address"))
    )
    return Picture(drawing, HIGH + 4, states, say)


def _began(facts: Visit) -> str:
    """Return the day from which on the certificate holds; "" where none was read."""
    shown = facts.served.certificate if facts.served else None
    return utc(shown.begins)[:10] if shown else ""
