"""What every edition says of itself: which state of the course it is, made when, for what."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata

from labsupport.editions import originals
from labsupport.language import Language, mark

COURSE = mark("The Internet, for those who must decide about it")
CANNOT = mark(
    "What this edition cannot do: run a line, take a question of your own, move the lab's clock, "
    "or keep a record of what was asked. It shows what the lab answered when the course was made."
)


@dataclass(frozen=True, slots=True)
class About:
    """Which state of the course an edition shows: `date` is the day on which it was made."""

    version: str
    date: str
    state: str

    def line(self, say: Language) -> str:
        """Return it in words."""
        return say(
            "Edition without a server, made on {date} from version {version} of the course "
            "(its notebooks have the checksum {state}).",
            date=self.date,
            version=self.version,
            state=self.state,
        )


def about(language: str, *, instructor: bool = False) -> About:
    """Return what an edition that is made now says of itself.

    SOURCE_DATE_EPOCH, where it is set, is the time for "now": so an edition can be made again,
    the same to the last octet.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return About(
        metadata.version("labsupport"),
        f"{now:%Y-%m-%d}",
        originals.state(language, instructor=instructor),
    )
