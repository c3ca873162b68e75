"""`lab.routes`: which way every network has chosen to a prefix."""

from __future__ import annotations

from collections import Counter

from labsupport.answers.origin import called
from labsupport.answers.page import Page
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import read_number
from labsupport.language import table, tell
from labsupport.lookups import routes as lookup
from labsupport.lookups.observatory import OriginValidation
from labsupport.lookups.routes import Routes
from labsupport.lookups.session import Session
from labsupport.results import Result, Table


class RoutesPage(Page[Routes]):
    """The routes to a prefix."""

    LIMITS = ("routes.path", "routes.last_number", "routes.now")

    @property
    def sentence(self) -> str:
        say, facts, pairs = self.say, self.facts, self.facts.announcements
        if not pairs:
            return tell(say, "routes.nobody", what=facts.asked)
        if len(pairs) == 1:
            return f"{self._one_origin()} {self._said_of_roas()}"
        announced = "; ".join(f"{self._called(asn)} {prefix}" for prefix, asn in pairs)
        origins = {origin for _, origin in pairs}
        start = tell(say, "routes.several_announce", count=len(origins), announced=announced)
        if facts.decisive is None:
            return f"{start} {tell(say, 'routes.several')}"
        return f"{start} {self._who_follows_whom()} {self._said_of_roas()}"

    def _one_origin(self) -> str:
        ((prefix, asn),) = self.facts.announcements
        others = [seen for seen in self.facts.seen if seen.network != asn]
        start = tell(self.say, "routes.one", network=self._called(asn), prefix=prefix)
        if not others:
            return f"{start} {tell(self.say, 'routes.no_other')}"
        longest = max(len(seen.path) for seen in others)
        more = tell(self.say, "routes.others_know", count=len(others), longest=longest)
        return f"{start} {more}"

    def _who_follows_whom(self) -> str:
        say = self.say
        counted = Counter(
            self._name(seen.origin)
            for network, seen in self.facts.followed.items()
            if network != seen.origin
        )
        parts = [
            tell(say, "routes.followers", count=count, network=name)
            for name, count in counted.most_common()
        ]
        follow, total = ", ".join(parts), counted.total()
        return tell(say, "routes.follow", prefix=self.facts.decisive, total=total, parts=follow)

    def _said_of_roas(self) -> str:
        checks = self.facts.checks.items()
        against = [asn for (_, asn), check in checks if check.contradicts]
        unknown = [asn for (_, asn), check in checks if check is not OriginValidation.VALID]
        key = "contradicted" if against else "unknown" if unknown else "authorised"
        return tell(self.say, f"routes.{key}", network=self._called(*(against or unknown)))

    def tabulated(self) -> Table | None:
        say, facts, checks = self.say, self.facts, table(self.say, "origin_checks")
        if facts.decisive is None:  # nothing, or several prefixes: the sentence lists them
            return None
        several = len({seen.prefix for seen in facts.followed.values()}) > 1
        return Table(
            say("The routes to {what}", what=facts.asked),
            (
                say("network"),
                *([say("to")] if several else []),
                *(say("through"), say("origin"), say("origin check"), say("AS path")),
            ),
            tuple(
                (
                    self._name(seen.network),
                    *([str(seen.prefix)] if several else []),
                    " → ".join(map(self._name, seen.path[1:-1])) or "–",
                    self._name(seen.origin),
                    checks[facts.checks[seen.prefix, seen.origin]],
                    " ".join(map(str, seen.path)),
                )
                for _, seen in sorted(facts.followed.items())
            ),
        )

    def _name(self, asn: int) -> str:
        names = self.facts.names
        return names[asn].name if asn in names else f"AS{asn}"

    def _called(self, *asns: int) -> str:
        return called(list(dict.fromkeys(asns)), self.facts.names, self.say)


def routes(session: Session, text: object) -> Result:
    """Return the route that every network has to a prefix, or to the prefix of an address.

    Raises NotUnderstood when `text` is neither.
    """
    say = session.say
    asked = read_number(text, say)
    if isinstance(asked.resource, int):
        raise NotUnderstood(tell(say, "routes.network", what=asked.text))
    return RoutesPage.of(say, lookup.routes(session, asked))
