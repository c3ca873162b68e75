"""A recording as a network: what was asked is answered as it was then, and nothing is sent.

A file of evidence is a recording: an instructor asks at home, and a room without a network gets
the answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from labsupport.evidence import file_format
from labsupport.evidence.record_file import content_of
from labsupport.exchange import DNS_PORT
from labsupport.exchange.entry import Entry
from labsupport.exchange.log import INVENTED, LAB_CLOCK, Line
from labsupport.language import Language
from labsupport.network.replay import ReplayNetwork
from labsupport.reasons import reason_of
from labsupport.results import Statement, Table, utc

VERSION = re.compile(r"[0-9]{4}\.[0-9]{1,4}")  # of the lab's world


class CannotEnter(Exception):
    """A sentence for a person: why a recording, or the real Internet, cannot be entered."""


class Recording:
    """A recording that was opened: a file of evidence; raises CannotEnter where it holds none.

    `of_the_lab` says that the lab answered.
    """

    def __init__(self, file: object, say: Language) -> None:
        try:
            recorded = file_format.read(content_of(Path(str(file))))
        except OSError as problem:
            reason = reason_of(problem, say)
            text = say(
                "recording.file_cannot_read_reason", file=str(file), reason=reason
            )
            raise CannotEnter(text) from problem
        if not recorded.lines:
            raise CannotEnter(say("recording.file_no_recording_holds", file=str(file)))
        self.network = ReplayNetwork(recorded.lines, say)
        invented = any(line.origin in INVENTED for line in recorded.lines)
        self.of_the_lab = invented or recorded.opening.get("clock") == LAB_CLOCK
        self._lines = recorded.lines
        world = str(recorded.opening.get("world", ""))
        self._world = world if VERSION.fullmatch(world) else ""

    def told(self, say: Language) -> Statement:
        """Say from when the recording is, and what was asked then."""
        times = [line.time for line in self._lines]
        sentence = say("recording.told", begins=utc(min(times)), ends=utc(max(times)))
        asked = dict.fromkeys((line.question,) for line in self._lines if line.question)
        table = Table(
            say("recording.what_was_asked"), (say("recording.question"),), tuple(asked)
        )
        return Statement(say, None, sentence, table=table if asked else None)

    def entered_by(self, entry: Entry) -> Entry:
        """Return `entry` as it was when the recording was made, as far as that shows in it."""
        sources = _by_frequency(line.request.source for line in self._lines)
        resolvers = _by_frequency(filter(None, map(_resolver, self._lines)))
        return replace(
            entry,
            source=next((address for address in sources if ":" not in address), ""),
            source6=next((address for address in sources if ":" in address), ""),
            resolvers=tuple(resolvers),
            world=self._world,
        )


def _by_frequency(addresses: Iterable[str]) -> list[str]:
    return [address for address, _ in Counter(addresses).most_common()]


def _resolver(line: Line) -> str:
    """The resolver that was asked in a line, "" where it was none: the bit for recursion tells."""
    request = line.request
    recursive = (
        request.port == DNS_PORT and len(request.payload) > 2 and request.payload[2] & 1
    )
    return request.to_address if recursive else ""
