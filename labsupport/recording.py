"""A recording as a network: what was asked is answered as it was then, and nothing is sent.

A file of evidence is a recording: an instructor asks at home, and a room without a network gets
the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import dns.exception
import dns.flags
import dns.message

from labsupport import evidence
from labsupport.entry import Entry
from labsupport.evidence import INVENTED, LAB_CLOCK, Line
from labsupport.exchange import DNS_PORT
from labsupport.language import Language
from labsupport.network.replay import ReplayNetwork
from labsupport.results import Explanation, Table, utc


class CannotPlay(Exception):
    """A sentence for a person: why a recording cannot be played."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was opened. `begins` and `ends` are seconds since 1970.

    `questions` are those that a person asked, in order; `of_the_lab` says that the lab answered.
    The rest is the connection that was asked from, and the resolvers that it asked.
    """

    network: ReplayNetwork
    begins: float
    ends: float
    questions: tuple[str, ...]
    of_the_lab: bool
    source: str
    source6: str
    resolvers: tuple[str, ...]

    @classmethod
    def open(cls, file: object, say: Language) -> Recording:
        """Read a file of evidence; raise CannotPlay where it holds none."""
        path = Path(str(file))
        try:
            found = evidence.read(path)
        except OSError as problem:
            raise CannotPlay(
                say(
                    "{file} cannot be read: {reason}.",
                    file=str(file),
                    reason=problem.strerror or str(problem),
                )
            ) from problem
        if not found.lines:
            raise CannotPlay(say("{file} is no recording: it holds no exchange.", file=str(file)))
        times = [line.time for line in found.lines]
        sources = _most_frequent(line.request.source for line in found.lines)
        return cls(
            ReplayNetwork(found.lines, say),
            min(times),
            max(times),
            tuple(dict.fromkeys(line.question for line in found.lines if line.question)),
            found.opening.get("clock") == LAB_CLOCK
            or any(line.origin in INVENTED for line in found.lines),
            next((address for address in sources if ":" not in address), ""),
            next((address for address in sources if ":" in address), ""),
            tuple(_most_frequent(filter(None, map(_resolver, found.lines)))),
        )

    def told(self, say: Language) -> Explanation:
        """Say from when a recording is, and what was asked then."""
        sentence = say(
            "A recording: what was asked from {begins} to {ends} is answered as it was then. "
            "Nothing is sent.",
            begins=utc(self.begins),
            ends=utc(self.ends),
        )
        rows = tuple((question,) for question in self.questions)
        table = Table(say("What was asked"), (say("question"),), rows) if rows else None
        return Explanation(say, None, sentence, table=table)

    def entered_by(self, entry: Entry) -> Entry:
        """Return `entry` as it was when the recording was made, as far as that shows in it."""
        return replace(entry, source=self.source, source6=self.source6, resolvers=self.resolvers)


def _most_frequent(values: Iterable[str]) -> list[str]:
    return [value for value, _ in Counter(values).most_common()]


def _resolver(line: Line) -> str:
    """The resolver that was asked in a line, "" where it was none."""
    request = line.request
    if request.port != DNS_PORT:
        return ""
    try:
        flags = dns.message.from_wire(request.payload).flags
    except dns.exception.DNSException:
        return ""
    return request.to_address if flags & dns.flags.RD else ""
