"""A wrapper that keeps a line of evidence for every exchange."""

from __future__ import annotations

from labsupport.evidence import LAB, Log
from labsupport.exchange import Around, Network, Outcome, Request


class RecordedNetwork(Around):
    """Carries requests over `network` and writes each into `log`, naming `lab` and `origin`."""

    def __init__(self, network: Network, log: Log, lab: str, origin: str = LAB) -> None:
        super().__init__(network)
        self._log = log
        self._lab = lab
        self._origin = origin

    def send(self, request: Request) -> Outcome:
        """Deliver `request`, and log it with its outcome."""
        time = self.clock.now()
        outcome = self.network.send(request)
        self._log.append(self._lab, time, request, outcome, self._origin)
        return outcome
