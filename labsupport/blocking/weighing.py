"""`lab.draft("worksheet", order)`: the facts of an order for its author to weigh, from the lab."""

from __future__ import annotations

from collections.abc import Iterator

from labsupport.blocking import impact, measure
from labsupport.blocking.order import Order
from labsupport.blocking.review import review
from labsupport.blocking.targets import name_in
from labsupport.blocking.techniques import PROFILES, Technique
from labsupport.blocking.trial import Trial
from labsupport.blocking.worksheet import Worksheet, worksheet
from labsupport.lookups.forms import Field, Section
from labsupport.results import utc

MOST_TARGETS = 3  # that are executed one by one; more would not be read


def weighing(trial: Trial, order: Order, *, own: bool) -> Worksheet:
    """Return the worksheet of an order: its terms, its effects, other ways, what to look at.

    What stands in a draft is not repeated, unless it is one of the lab's `own`: its targets are
    called "target 1", "target 2" …
    """
    return worksheet([*_sections(trial, order, own)], trial.say)


def _sections(trial: Trial, order: Order, own: bool) -> Iterator[Section]:
    say = trial.say
    yield _terms(trial, order, own)
    here = say("executed in a copy of the lab, {when}", when=utc(trial.now))
    yield _whole(trial, order, own, here)
    names = {item.name for item in trial.world.registrations}
    named = [
        (number, host)
        for number, target in enumerate(order.targets, start=1)
        if (host := name_in(target)) and (host in names or trial.network.covers(host))
    ]
    for number, host in named[:MOST_TARGETS]:
        called = host if own else say("target {number}", number=number)
        done = measure.measure(trial, order.technique or Technique.RESOLVER, host)
        rows = done.tabulated().rows
        yield Section(
            say("What it does to {target}", target=called),
            tuple(Field(str(question), str(answer), here) for question, answer in rows),
        )
        others = measure.compare(trial, host, list(Technique)).tabulated().rows
        yield Section(
            say("Other ways for {target}", target=called),
            tuple(
                Field(
                    str(way),
                    say("dark for: {seats}; other sites hit: {count}", seats=seats, count=count),
                    here,
                )
                for way, _, seats, count, *_ in others
            ),
        )
    session = trial.session(trial.seats[0])
    found = review(order, session, say, own=own)
    yield Section(
        say("What a review of the wording would look at"),
        tuple(
            Field(words["title"], words["reason"], words["reference"])
            for words in (finding.words(say) for finding in found.findings)
        )
        or (Field(say("findings"), say("none; that is not approval"), ""),),
    )


def _whole(trial: Trial, order: Order, own: bool, here: str) -> Section:
    """What the order does as a whole: its addresses as well as its names."""
    say = trial.say
    found = impact.impact(trial.world, order, trial.execution(order), say, None, own=own)
    lists = say("published lists; nobody was asked")
    fields = [Field(say("in short"), found.sentence, here if found.counted else lists)]
    fields += [
        Field(say("to mind"), note, lists if note in found.published else here)
        for note in found.notes
    ]
    return Section(say("What the order does as a whole, carried out to the letter"), tuple(fields))


def _terms(trial: Trial, order: Order, own: bool) -> Section:
    say = trial.say
    way = say(PROFILES[order.technique].name) if order.technique else ""
    ends = order.ends
    fields = [
        (say("targets"), str(len(order.targets))),
        (say("way"), way),
        (say("begins"), utc(order.start.timestamp()) if order.start else ""),
        (say("ends"), utc(ends.timestamp()) if ends else ""),
    ]
    if own:
        fields.insert(1, (say("named"), ", ".join(target.value for target in order.targets)))
        fields.insert(3, (say("addressed to"), ", ".join(order.executors)))
    source = say("the draft")
    return Section(
        say("The order"),
        tuple(Field(label, value, source if value else "") for label, value in fields),
    )
