"""`lab.ask_many`: the same question for many names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import dns.rdatatype

from labsupport.language import Language
from labsupport.lookups.ask import Answer, in_short
from labsupport.lookups.names import NotUnderstood, Typed, read_question
from labsupport.lookups.session import Session
from labsupport.results import BADGES, Kind, Provenance, Result, Table

MOST_NAMES = 10_000
AT_ONCE = 64  # questions that wait for their answers at the same time
MOST_ROWS = 200  # of the table that is shown
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


class Many(Result):
    """What came of asking for many names.

    Attributes: `answers`, by the name as it was typed, in its order; `asked_for`, how many names
    there were; `interrupted`, whether somebody stopped it before the end; `refused`, why a name
    was not asked, by the name.
    """

    def __init__(
        self,
        session: Session,
        answers: dict[str, Answer],
        refused: dict[str, str],
        asked_for: int,
        *,
        interrupted: bool,
    ) -> None:
        self.answers = answers
        self.refused = refused
        self.asked_for = asked_for
        self.interrupted = interrupted
        servers = {answer.provenance.server for answer in answers.values() if answer.provenance}
        server = ", ".join(sorted(filter(None, servers)))
        provenance: Provenance = session.provenance(server, answered=bool(server))
        super().__init__(session.say, Kind.FOUND if answers else Kind.NO_ANSWER, provenance)

    @property
    def counts(self) -> Counter[Kind]:
        """How many answers there are of each kind."""
        return Counter(answer.kind for answer in self.answers.values() if answer.kind)

    @property
    def sentence(self) -> str:
        say = self.say
        kinds = ", ".join(
            f"{say(BADGES[kind][1])} {count}" for kind, count in self.counts.most_common()
        )
        told = say(
            "{count} of {all} names were asked for: {kinds}.",
            count=len(self.answers),
            all=self.asked_for,
            kinds=kinds or say("no answer"),
        )
        if self.interrupted:
            told += " " + say("It was stopped before the end; what had come is here.")
        if self.refused:
            told += " " + say.many(
                "{count} was not asked for.", "{count} were not asked for.", len(self.refused)
            )
        return told

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (name, f"{BADGES[answer.kind][0]} {say(BADGES[answer.kind][1])}", _values(answer))
            for name, answer in self.answers.items()
            if answer.kind
        ]
        rows += [(name, "!", why) for name, why in self.refused.items()]
        caption = say("What came for each name")
        if len(rows) > MOST_ROWS:
            caption = say(
                "What came for each name: the first {count} of {all}; .answers has all",
                count=MOST_ROWS,
                all=len(rows),
            )
        return Table(caption, (say("name"), say("answer"), say("value")), tuple(rows[:MOST_ROWS]))

    @property
    def limits(self) -> tuple[str, ...]:
        return (
            self.say(
                "One resolver was asked once for each name. That a name was not answered does not "
                "prove that it does not exist."
            ),
        )


def _values(answer: Answer) -> str:
    return in_short([record.value for record in answer.records if record.type == answer.type])


def read_names(names: object, say: Language) -> list[str]:
    """Return the names in a list, or in a text with one a line; raise NotUnderstood.

    >>> read_names("museum.example\\n\\nisla.example", Language.load("en"))
    ['museum.example', 'isla.example']
    """
    if isinstance(names, str):
        names = names.split()
    try:
        found = list(dict.fromkeys(str(name).strip() for name in names))  # type: ignore[attr-defined]
    except TypeError:
        found = []
    found = [name for name in found if name]
    if not found:
        raise NotUnderstood(
            say('Give a list of names: lab.ask_many(["museum.example", "isla.example"]).')
        )
    if len(found) > MOST_NAMES:
        raise NotUnderstood(
            say(
                "At most {most} names are asked for at a time, and there are {count}.",
                most=MOST_NAMES,
                count=len(found),
            )
        )
    return found


def ask_many(
    session: Session,
    names: Sequence[str],
    type: object,
    *,
    at_once: int = AT_ONCE,
    progress: Progress = lambda done, of: None,
) -> Many:
    """Ask the connection's resolver for each name, `at_once` at the same time.

    KeyboardInterrupt ends it, and what had come is kept. A name that cannot be asked for is
    among `refused`.
    """
    questions: dict[str, tuple[Typed, dns.rdatatype.RdataType]] = {}
    refused: dict[str, str] = {}
    for name in names:
        try:
            typed, rdtype = read_question(name, type, session.say)
        except NotUnderstood as problem:
            refused[name] = str(problem)
            continue
        if session.network.covers(typed.name.to_text()):
            questions[name] = typed, rdtype
        else:
            refused[name] = session.say("not a name of this network")
    answers: dict[str, Answer] = {}
    interrupted = False

    def ask(name: str) -> Answer:
        typed, rdtype = questions[name]
        asked = session.ask_resolver(typed.name, rdtype)
        return Answer(session, typed.name, rdtype, asked, typed.notes)

    with ThreadPoolExecutor(at_once) as threads:
        try:
            running = {threads.submit(ask, name): name for name in questions}
            for future in as_completed(running):
                answers[running[future]] = future.result()
                progress(len(answers), len(questions))
        except KeyboardInterrupt:
            interrupted = True
            threads.shutdown(wait=True, cancel_futures=True)
    in_order = {name: answers[name] for name in questions if name in answers}
    return Many(session, in_order, refused, len(names), interrupted=interrupted)
