"""A case to play: steps, choices, what they lead to in the lab, and the time that they take.

A case is a story in data/course. What was chosen is all that is remembered: the lab is put anew
into the state to which the choices lead. So a choice can be taken back, and a saved case is a list
of choices.
"""

from __future__ import annotations

import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labsupport.blocking.drafts import Draft
from labsupport.blocking.order import Order
from labsupport.blocking.own import OwnOrder
from labsupport.language import Language
from labsupport.lookups.files import (
    candidates,
    create,
    not_read,
    not_written,
    read_file_name,
    renamed,
)
from labsupport.lookups.names import NotUnderstood
from labsupport.results import Explanation, Kind, Result, Table, escaped, quoted, span, utc
from labsupport.teaching import course
from labsupport.teaching.questions import LETTERS

if TYPE_CHECKING:
    from labsupport.handed import Lab
    from labsupport.teaching.form import Form

FORMAT = "labsupport case 1"
MINUTE = 60
MANIFEST = "MANIFEST.txt"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that an archive can tell
# The questions that a story may put to the lab.
ASKED = {
    "ask", "certificates", "compare", "diagnose", "impact", "lookalikes", "mail", "neighbours",
    "order", "origin", "rdap", "review", "trace", "visit", "who", "whois",
}  # fmt: skip
OF_ORDERS = {"order", "review", "impact"}


class StoryError(Exception):
    """A story is not in order; the message says where."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to do: what is replied, where it leads, and what it does to the lab.

    `minutes` go by. `orders` are put in force, `lifts` are taken out of it, and `sets` are marks
    that later steps and counts look at.
    """

    id: str
    text: str
    reply: str
    leads: str
    minutes: int = 0
    orders: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Where one stands: what is told, what is asked of the lab, and what can be done.

    `where` has more paragraphs, each told only under a mark. Without choices the case ends here.
    """

    id: str
    title: str
    text: str
    asks: tuple[tuple[str, ...], ...] = ()
    choices: tuple[Choice, ...] = ()
    where: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Something that grows by the hour, until a mark is set: `per_hour` is invented."""

    label: str
    per_hour: int
    until: str


@dataclass(frozen=True, slots=True)
class Story:
    """A case as it is written. `orders` are texts by their key; `begins` those in force at first.

    `edition` is another one after every change: a saved case belongs to one.
    """

    key: str
    title: str
    steps: Mapping[str, Step]
    first: str
    counts: tuple[Count, ...]
    orders: Mapping[str, str]
    begins: tuple[str, ...]
    edition: str


def read(key: str, data: bytes, orders: Mapping[str, str]) -> Story:
    """Return the story in a file; raise StoryError for one that cannot be played.

    Every choice must lead to a step, and every step must be reached.
    """
    table = tomllib.loads(data.decode("utf-8"))
    try:
        steps = {one["id"]: _step(one) for one in table["step"]}
        counts = tuple(Count(**one) for one in table.get("count", ()))
        story = Story(
            key,
            table["title"],
            steps,
            table["step"][0]["id"],
            counts,
            orders,
            tuple(table.get("begins", ())),
            _edition(data, orders),
        )
    except (KeyError, TypeError) as problem:
        raise StoryError(f"{key}: {problem}") from problem
    if len(steps) != len(table["step"]):
        raise StoryError(f"{key}: a step is there twice")
    for step in steps.values():
        _check(story, step)
    if unreached := set(steps) - _reached(story):
        raise StoryError(f"{key}: nobody comes to {', '.join(sorted(unreached))}")
    return story


def _step(one: dict[str, Any]) -> Step:
    choices = []
    for choice in one.get("choice", ()):
        members: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in choice.items()
        }
        choices.append(Choice(**members))
    asks = tuple(tuple(call) for call in one.get("asks", ()))
    return Step(
        one["id"], one["title"], one["text"].strip(), asks, tuple(choices), one.get("where")
    )


def _check(story: Story, step: Step) -> None:
    place = f"{story.key}, {step.id}"
    for choice in step.choices:
        if choice.leads not in story.steps:
            raise StoryError(f"{place}: {choice.id} leads to {choice.leads}, which is no step")
        if missing := {*choice.orders, *choice.lifts} - set(story.orders):
            raise StoryError(f"{place}: there is no order {', '.join(sorted(missing))}")
    if len({choice.id for choice in step.choices}) != len(step.choices):
        raise StoryError(f"{place}: a choice is there twice")
    for method, *arguments in step.asks:
        if method not in ASKED or (method in OF_ORDERS and arguments[0] not in story.orders):
            raise StoryError(f"{place}: {method} cannot be asked so")


def _reached(story: Story) -> set[str]:
    found, left = set(), [story.first]
    while left:
        if (key := left.pop()) not in found:
            found.add(key)
            left += [choice.leads for choice in story.steps[key].choices]
    return found


def _edition(data: bytes, orders: Mapping[str, str]) -> str:
    whole = data + "\0".join(text for _, text in sorted(orders.items())).encode()
    return hashlib.sha256(whole).hexdigest()[:16]


@cache
def stories(language: str) -> dict[str, Story]:
    """Return the cases of a language by their key."""
    found = {}
    for key, data, orders in course.cases(language):
        found[key] = read(key, data, orders)
    return found


class Case(Result):
    """A case that is being played: it shows where one stands, and what can be done.

    Attributes: `story`; `taken`, the choices so far; `step`, where they led.
    """

    def __init__(self, lab: Lab, story: Story, taken: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(lab.say, None, None)
        self._first = lab
        self.story = story
        self._begin(taken)

    def _begin(self, taken: Sequence[tuple[str, str]]) -> Case:
        """Play the case from its beginning; raise ValueError for what cannot be chosen."""
        self.taken = tuple(taken)
        self.step = self.story.steps[self.story.first]
        self.minutes = 0
        self.marks: frozenset[str] = frozenset()
        self.last: Choice | None = None
        self._orders = list(self.story.begins)
        self._sums = dict.fromkeys(self.story.counts, 0.0)
        self._answers: tuple[Result, ...] | None = None
        self._lab: Lab | None = None
        for step, chosen in self.taken:
            self._go(step, chosen)
        return self

    @property
    def lab(self) -> Lab:
        """The lab as the choices left it, to ask in."""
        if self._lab is None:
            orders = [Order.from_text(self.story.orders[key]) for key in self._orders]
            self._lab = self._first.staged(self.minutes * MINUTE, orders)
        return self._lab

    def _go(self, step: str, chosen: str) -> None:
        found = next((one for one in self.step.choices if one.id == chosen), None)
        if step != self.step.id or found is None:
            raise ValueError(step, chosen)
        for count in self.story.counts:
            if count.until not in self.marks:
                self._sums[count] += count.per_hour * found.minutes / 60
        self.minutes += found.minutes
        self._orders = [key for key in self._orders if key not in found.lifts]
        self._orders += [key for key in found.orders if key not in self._orders]
        self.marks |= set(found.sets)
        self.last, self.step = found, self.story.steps[found.leads]

    # What one can do

    def choose(self, letter: object = "") -> Result:
        """Take a choice by its letter; return the case as it then stands."""
        letters = dict(zip(LETTERS, self.step.choices, strict=False))
        chosen = letters.get(str(letter).strip().strip("().").lower())
        if chosen is None:
            sentence = (
                self.say(
                    "There is no choice {letter} here. There are: {letters}.",
                    letter=quoted(letter),
                    letters=", ".join(letters),
                )
                if letters
                else self.say("The case has ended here. case.undo() takes the last choice back.")
            )
            return Explanation(self.say, Kind.NOT_ASKED, sentence)
        return self._begin((*self.taken, (self.step.id, chosen.id)))

    def undo(self) -> Case:
        """Take the last choice back: time, marks and orders are as before it."""
        return self._begin(self.taken[:-1])

    def save(self, file: object = "case.json") -> Result:
        """Save the choices; `lab.case("case.json")` goes on from there."""
        try:
            name = read_file_name(file, ".json", self.say)
            used = create(name, self._saved(), self.say)
        except NotUnderstood as problem:
            return Explanation(self.say, Kind.NOT_ASKED, str(problem))
        sentence = self.say(
            'The case was saved as {file}. To go on: lab.case("{file}").', file=used
        )
        return Explanation(self.say, None, sentence, renamed(name, used, self.say))

    def _saved(self) -> bytes:
        saved = {
            "format": FORMAT,
            "case": self.story.key,
            "edition": self.story.edition,
            "taken": self.taken,
        }
        return json.dumps(saved, indent=1).encode()

    def keep(self, folder: object = "case-file", by: object = "", matter: object = "") -> Result:
        """Write the case file: what was done, the orders, the evidence and its report.

        It is a new folder, and the same as one archive beside it. A manifest has the checksum of
        each file, and is told with its own: whoever notes that can show later that nothing changed.
        """
        say = self.say
        try:
            name = read_file_name(folder, "", say)
            files = self._files(by, matter)
            used = _written(name, files, say)
        except NotUnderstood as problem:
            return Explanation(say, Kind.NOT_ASKED, str(problem))
        digest = hashlib.sha256(files[MANIFEST]).hexdigest()
        sentence = say(
            "The case file is in the folder {folder}, and the same in {archive}. Note down the "
            "checksum of its list ({manifest}): {digest}.",
            folder=used,
            archive=f"{used}.zip",
            manifest=MANIFEST,
            digest=digest,
        )
        rows = tuple((path, f"{len(data):,}") for path, data in sorted(files.items()))
        table = Table(say("What is in it"), (say("file"), say("octets")), rows)
        return Explanation(say, None, sentence, renamed(name, used, say), table=table)

    def _files(self, by: object, matter: object) -> dict[str, bytes]:
        """Return the files of the case, the manifest last."""
        told = [f"TRAINING – FICTIONAL\n\n{self.story.title}"]
        again = Case(self._first, self.story)
        for step, chosen in (*self.taken, ("", "")):
            told.append(f"{again.step.title}\n{again.state}\n\n{again.told}")
            for choice in again.step.choices:
                if choice.id == chosen:
                    told.append(f"→ {choice.text}\n{choice.reply}")
            if step:
                again._begin((*again.taken, (step, chosen)))
        evidence: dict[str, bytes] = self._first.evidence.files(by, matter)
        files = {
            "case.txt": "\n\n".join(told).encode(),
            "choices.json": self._saved(),
            **{f"orders/{key}.txt": text.encode() for key, text in self.story.orders.items()},
            **{f"evidence/{path}": data for path, data in evidence.items()},
        }
        sums = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
        return {**files, MANIFEST: "".join(sorted(sums, key=lambda line: line[66:])).encode()}

    # How it shows itself

    @property
    def now(self) -> float:
        """The case's time, in seconds since 1970."""
        return self._first.now + self.minutes * MINUTE

    @property
    def told(self) -> str:
        """The text of the step, with the paragraphs of the marks that are set."""
        where = self.step.where or {}
        more = [text.strip() for mark, text in where.items() if self._holds(mark)]
        return "\n\n".join((self.step.text, *more))

    def _holds(self, mark: str) -> bool:
        other = mark.removeprefix("not ")
        return (other in self.marks) is (other == mark)

    @property
    def sentence(self) -> str:
        return f"{self.story.title} · {self.step.title}"

    @property
    def state(self) -> str:
        """The time, and what has grown so far."""
        say = self.say
        parts = [say("It is {when}.", when=utc(self.now))]
        if self.minutes:
            parts.append(say("Time gone by: {span}.", span=span(say, self.minutes * MINUTE)))
        parts += [f"{count.label}: {round(self._sums[count]):,}." for count in self.story.counts]
        return " ".join(parts)

    @property
    def answers(self) -> tuple[Result, ...]:
        """What the lab answers to what is asked at this step; it is asked once."""
        if self._answers is None:
            self._answers = tuple(self._asked(call) for call in self.step.asks)
        return self._answers

    def _asked(self, call: tuple[str, ...]) -> Result:
        method, *arguments = call
        if method in OF_ORDERS:
            text = self.story.orders[arguments[0]]
            order = OwnOrder(
                self.say, Draft(arguments[0], self.say.code, self.story.title, "", text)
            )
            if method == "order":
                return order
            arguments = [order]  # type: ignore[list-item]
        found: Result = getattr(self.lab, method)(*arguments)
        return found

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.step.choices:
            return None
        rows = zip(LETTERS, (choice.text for choice in self.step.choices), strict=False)
        return Table(say("What do you do?"), (say("choice"), say("what it is")), tuple(rows))

    def __repr__(self) -> str:
        parts = [self.sentence, self.state]
        if self.last:
            parts.insert(0, self.last.reply)
        parts += [self.told, *map(repr, self.answers)]
        if table := self.tabulated():
            parts += [table.text(), self.say('To choose: case.choose("a").')]
        return "\n\n".join(parts)

    def _facts_html(self) -> str:
        reply = f"<p><em>{escaped(self.last.reply)}</em></p>" if self.last else ""
        told = "".join(f"<p>{escaped(one)}</p>" for one in self.told.split("\n\n"))
        answers = "".join(one._repr_html_() for one in self.answers)
        table = self.tabulated()
        choices = table.html() if table else ""
        return f"{reply}<p>{escaped(self.state)}</p>{told}{answers}{choices}"


def show(lab: Lab, what: object) -> Result:
    """Begin a case by its name, or go on with a saved one; without either list them."""
    say = lab.say
    known = stories(say.code)
    text = what.strip() if isinstance(what, str) else ""
    if text.lower() in known:
        return Case(lab, known[text.lower()])
    if text.endswith(".json"):
        return _resumed(lab, text, known)
    table = Table(
        say("Cases"),
        (say('for lab.case("…")'), say("what it is")),
        tuple((story.key, story.title) for story in known.values()),
    )
    if not text:
        return Explanation(say, None, say("These cases can be played."), table=table)
    sentence = say(
        "There is no case {name}. There are: {names}.", name=quoted(what), names=", ".join(known)
    )
    return Explanation(say, Kind.NOT_ASKED, sentence)


def _written(name: str, files: Mapping[str, bytes], say: Language) -> str:
    """Write files into a new folder and an archive beside it; return the folder's name.

    The archive is the same whenever it is made of the same files. Raises NotUnderstood.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"{name}/{path}", EARLIEST), data)
    for candidate in candidates(name):
        folder, packed = Path(candidate), Path(f"{candidate}.zip")
        try:
            if packed.exists():
                continue
            folder.mkdir()
            for path, data in files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(data)
            packed.write_bytes(stream.getvalue())
        except FileExistsError:
            continue
        except OSError as problem:
            raise not_written(candidate, problem, say) from problem
        return candidate
    raise AssertionError("there is always a next name")


def box(lab: Lab, what: object) -> Form | Result:
    """Return a form that plays a case: it shows where one stands, and does what is chosen."""
    from labsupport.teaching.form import Content, Field, Said, form  # late: it brings ipywidgets

    found = show(lab, what)
    if not isinstance(found, Case):
        return found
    say, playing = lab.say, found
    code = f"case = lab.case({json.dumps(what)})"

    def press(button: str, values: dict[str, str]) -> Said:
        chosen = values["choice"]
        done = playing.undo() if button == "back" else playing.choose(chosen)
        return Said.by(done, "case.undo()" if button == "back" else f'case.choose("{chosen}")')

    most = max(len(step.choices) for step in playing.story.steps.values())
    content = Content(
        title=playing.story.title,
        fields=(
            Field(
                "list",
                "choice",
                say("Your choice"),
                "a",
                tuple((one, one) for one in LETTERS[:most]),
            ),
        ),
        buttons=(("choose", say("Do this")), ("back", say("Take the last choice back"))),
        code=code,
    )
    made = form(say, content, press)
    made.said = asdict(Said.by(playing, code)) | {"presses": 0}
    return made


def _resumed(lab: Lab, file: str, known: Mapping[str, Story]) -> Result:
    """Go on with a saved case; what cannot be read is said, and the file is left as it is."""
    try:
        data = Path(file).read_bytes()
    except OSError as problem:
        return Explanation(lab.say, Kind.NOT_ASKED, str(not_read(file, problem, lab.say)))
    found = _read_saved(data, known, lab.say, file)
    if isinstance(found, Explanation):
        return found
    story, taken = found
    try:
        return Case(lab, story, taken)
    except ValueError:
        return _not_saved(known, lab.say, file)


Taken = list[tuple[str, str]]


def _read_saved(
    data: bytes, known: Mapping[str, Story], say: Language, file: str
) -> tuple[Story, Taken] | Explanation:
    try:
        saved = json.loads(data)
        story = known[saved["case"]]
        taken = [(str(step), str(chosen)) for step, chosen in saved["taken"]]
        current = saved["format"] == FORMAT and saved["edition"] == story.edition
    except (ValueError, KeyError, TypeError, RecursionError):
        return _not_saved(known, say, file)
    if current:
        return story, taken
    sentence = say(
        "{file} was saved in another edition of the course, where the case was another one. Begin "
        "it anew: lab.case({key}). The file was left as it is.",
        file=file,
        key=json.dumps(story.key),
    )
    return Explanation(say, Kind.NOT_ASKED, sentence)


def _not_saved(known: Mapping[str, Story], say: Language, file: str) -> Explanation:
    sentence = say(
        "{file} holds no saved case: it was cut short, or changed. Begin anew: {calls}. The file "
        "was left as it is.",
        file=file,
        calls=", ".join(f'lab.case("{key}")' for key in known),
    )
    return Explanation(say, Kind.NOT_ASKED, sentence)
