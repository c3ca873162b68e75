"""What a lookup returns: facts, without a word of any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labsupport.kinds import Kind, Provenance


@dataclass(frozen=True, eq=False, kw_only=True)
class Lookup:
    """What was found out. What one question finds besides are its own fields.

    `kind` is the kind of answer, None for what is no answer to a question or proves none;
    `provenance` says who gave it, None where nobody was asked;
    `notes` are remarks on how the question was understood, as the reader of it made them.
    """

    kind: Kind | None
    provenance: Provenance | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Unanswered(Lookup):
    """Nothing was found out: `reason` names the sentence that says why, `values` fill it.

    `not_said` names a second one, "" for none: what that does not say of what was asked.
    """

    reason: str
    not_said: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
