"""A wrapper that keeps a line of evidence for every exchange."""

from __future__ import annotations

from labsupport.evidence import Log
from labsupport.exchange import Clock, Network, Outcome, Request


class RecordedNetwork:
    """Carries requests over `network` and writes each into `log`, naming `lab`."""

    def __init__(self, network: Network, log: Log, lab: str) -> None:
        self._network = network
        self._log = log
        self._lab = lab

    @property
    def clock(self) -> Clock:
        """The clock of the network below."""
        return self._network.clock

    def send(self, request: Request) -> Outcome:
        """Deliver `request`, and log it with its outcome."""
        time = self.clock.now()
        outcome = self._network.send(request)
        self._log.append(self._lab, time, request, outcome)
        return outcome

    def covers(self, name: str) -> bool:
        """Say whether the network below can know `name`."""
        return self._network.covers(name)
