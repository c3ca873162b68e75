"""Does everything work on this machine? Asked once, at the start of the course."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from labsupport import checksums
from labsupport.kinds import Kind, Provenance, Source
from labsupport.lab_protocol import Lab, context_of
from labsupport.network_check import TOOL, WAYS, RoomCheck
from labsupport.results import Result, Table, span

MOST_NAMED = 5  # of files
PACKAGES = ("dnspython", "ipywidgets")
NOT_IN_A_PAGE = ("cryptography", "pandas", "matplotlib", "jupyterlab")


@dataclass(eq=False, repr=False, kw_only=True)
class Examination(Result):
    """Whether everything works that the course needs, and what the network lets through.

    Attributes: `checks`, what was tried on this machine, each with its problem in words or "";
    `room`, what its network lets through, None where that was not tried.
    """

    kind: Kind
    checks: tuple[tuple[str, str], ...]
    room: RoomCheck | None

    @property
    def sentence(self) -> str:
        say = self.say
        if self.kind is Kind.FAILED:
            return say("doctor.not_working")
        if self.room is None:
            return say("doctor.everything_works_you_can")
        ways = self.room.is_open
        if not any(is_open for key, is_open in ways.items() if key != TOOL):
            return say("doctor.no_network")
        if all(ways.values()):
            return say("doctor.everything_works_live_questions")
        return say(
            "doctor.partly_live", count=sum(not is_open for is_open in ways.values())
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (words, "✗ " + problem if problem else "✓", "")
            for words, problem in self.checks
        ]
        if self.room is None:
            tried = tuple(row[:2] for row in rows)
            return Table(
                say("doctor.what_was_tried"),
                (say("doctor.check"), say("doctor.result")),
                tried,
            )
        for way in WAYS:
            is_open = self.room.is_open[way]
            means = (
                say("doctor.nothing_is_missing")
                if is_open
                else say(f"network_otherwise.{way}")
            )
            works = "✓" if is_open else "✗ " + say("doctor.does_not_work")
            rows.append((say(f"network_ways.{way}"), works, means))
        if (ahead := self.room.clock_ahead) is not None:
            off = self.room.clock_is_off
            remark = say("doctor.set_clock")
            distance = (
                say("doctor.off_by_span", span=span(say, abs(ahead))) if off else ""
            )
            clock = say("doctor.this_computer_clock")
            rows.append((clock, f"✗ {distance}" if off else "✓", remark if off else ""))
        columns = (
            say("doctor.check"),
            say("doctor.result"),
            say("doctor.what_means_course"),
        )
        return Table(say("doctor.what_was_tried"), columns, tuple(rows))


def examine(lab: Lab, room: RoomCheck | None = None) -> Examination:
    """Try, one by one, what the course needs; say of each whether it works, and what to do.

    `room` is what the network lets through, where that was tried.
    """
    say = context_of(lab).say
    wanted: tuple[tuple[str, Callable[[Lab], str]], ...] = (
        (say("doctor.the_packages_are_there"), _packages),
        (say("doctor.the_data_are_whole"), _data),
        (say("doctor.files_can_be_written"), _writing),
        (say("doctor.the_lab_internet_answers"), _answers),
        (say("doctor.signatures_can_be_checked"), _signatures),
    )
    checks = tuple((words, check(lab)) for words, check in wanted)
    kind = Kind.FAILED if any(problem for _, problem in checks) else Kind.FOUND
    source, now = (
        (Source.LIVE, time.time()) if room else (Source.LAB, context_of(lab).now)
    )
    return Examination(
        say, Provenance(source, "", now), kind=kind, checks=checks, room=room
    )


def _packages(lab: Lab) -> str:
    installed = {distribution.name for distribution in metadata.distributions()}
    wanted = PACKAGES if sys.platform == "emscripten" else PACKAGES + NOT_IN_A_PAGE
    missing = [package for package in wanted if package not in installed]
    if not missing:
        return ""
    say = context_of(lab).say
    return say("doctor.packages_missing", packages=say.listed(missing))


def _data(lab: Lab) -> str:
    if checksums.is_checkout():
        return ""
    try:
        damaged = checksums.damaged()
    except (OSError, ValueError):
        damaged = [checksums.NAME]
    if not damaged:
        return ""
    say = context_of(lab).say
    files = say.listed(damaged)
    if len(damaged) > MOST_NAMED:
        files = ", ".join([*damaged[:MOST_NAMED], "…"])
    return say("doctor.files_changed", files=files)


def _writing(lab: Lab) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=".") as file:
            file.write(b".")
    except OSError:
        return context_of(lab).say("doctor.folder_cannot_written_copy")
    return ""


def _answers(lab: Lab) -> str:
    answer = lab.ask("www.museum.example")
    if answer.kind is Kind.FOUND:
        return ""
    return answer.sentence


def _signatures(lab: Lab) -> str:
    secure = lab.dnssec("www.museum.example").kind is Kind.FOUND
    broken = lab.dnssec("www.alterado.example").kind is Kind.FAILED
    if secure and broken:
        return ""
    return context_of(lab).say("doctor.true_forged_answer_not")
