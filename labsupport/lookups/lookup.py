"""What a lookup returns: facts, without a word of any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labsupport.kinds import Kind, Provenance
from labsupport.lookups.session import Session


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

    kind: Kind
    reason: str
    not_said: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


def unanswered(
    kind: Kind, reason: str, notes: tuple[str, ...] = (), /, **values: object
) -> Unanswered:
    """Return that nothing was found out, where nobody was asked."""
    return Unanswered(kind=kind, notes=notes, reason=reason, values=values)


class NoAnswer(Exception):
    """Nobody answered, or nothing came that can be used.

    `reason` and `not_said` name sentences, which `host` and `values` fill, as in Unanswered.
    `host` is who was asked, "" where nothing was sent.
    """

    def __init__(
        self,
        kind: Kind,
        reason: str,
        host: str = "",
        /,
        *,
        not_said: str = "",
        **values: object,
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.host = host
        self.not_said = not_said
        self.values = {"host": host, **values}

    def unanswered(self, session: Session, notes: tuple[str, ...] = ()) -> Unanswered:
        """Return what was found out where somebody was asked in vain, or nobody."""
        answered = self.kind not in (Kind.NO_ANSWER, Kind.NOT_COVERED)
        return Unanswered(
            kind=self.kind,
            provenance=session.provenance(self.host, answered=answered),
            notes=notes,
            reason=str(self),
            not_said=self.not_said,
            values=self.values,
        )
