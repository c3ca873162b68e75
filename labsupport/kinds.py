"""The kinds of answer there are, and where an answer came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of answer. They must never be confused: silence is not absence."""

    FOUND = "found"
    NO_SUCH_TYPE = "exists, but not of this type"
    NO_SUCH_NAME = "does not exist"
    REFUSED = "refused or throttled"
    FAILED = "failed validation or server failure"
    NO_SERVER = "no server published"
    NO_ANSWER = "no answer"
    NOT_COVERED = "not covered"
    NOT_ASKED = "not asked"


class Source(StrEnum):
    """Which Internet answered."""

    LAB = "lab"
    LIVE = "live"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an answer came from: which Internet, which server, when (seconds since 1970).

    `answered` is False when `server` was asked and nothing came back. `world` is the version of the
    lab's world where the lab answered, now or when the recording was made; else "".
    """

    source: Source
    server: str
    time: float
    answered: bool = True
    world: str = ""
