"""A wrapper that ends a question which takes too long, however often something comes.

Each exchange is bounded by itself; a server that names ever more servers, pages or addresses could
have a question go on for hours.
"""

from __future__ import annotations

import time

from labsupport.bounds import LONGEST_QUESTION
from labsupport.exchange import Around, Network, NotSent, Outcome, Request
from labsupport.language import Language


class TimeLimitedNetwork(Around):
    """Carries what one question sends over `network`, until LONGEST_QUESTION after it was made."""

    now = staticmethod(time.monotonic)

    def __init__(self, network: Network, say: Language) -> None:
        super().__init__(network)
        self.say = say
        self._until = self.now() + LONGEST_QUESTION

    def send(self, request: Request) -> Outcome:
        """Deliver `request`, or say that there was no time left for it."""
        if self.now() < self._until:
            return self.network.send(request)
        return NotSent(None, 0.0, (), self.say("live.took_too_long"))
