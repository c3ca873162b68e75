"""`lab.investigate.mail`: the header of a mail. Nobody is asked anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from labsupport.formats.mail import Head, read_head
from labsupport.kinds import Kind, Provenance, Source
from labsupport.lookups.lookup import Lookup


@dataclass(frozen=True, eq=False, kw_only=True)
class Mail(Lookup):
    """What the header of a mail says. `raw` is the whole mail; only the lab's have a provenance."""

    raw: bytes

    @cached_property
    def head(self) -> Head:
        """Its head; without lines where the mail has none."""
        return read_head(self.raw)


def mail(what: str, mails: Mapping[str, bytes], now: float) -> Mail | None:
    """Return one of the lab's `mails` by its name, or the one whose text is given.

    None where no mail has that name. `now` is the lab's time, in seconds since 1970.
    """
    name = what.strip().lower()
    if "\n" in name:
        return Mail(kind=Kind.FOUND, raw=what.encode("utf-8", "replace"))
    if name not in mails:
        return None
    return Mail(
        kind=Kind.FOUND, provenance=Provenance(Source.LAB, "", now), raw=mails[name]
    )
