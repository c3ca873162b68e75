"""A network that writes down what it carries."""

from __future__ import annotations

from labsupport import exchange
from labsupport.exchange import Around, Outcome, Request
from labsupport.exchange.log import LAB, Log


class RecordedNetwork(Around):
    """Carries requests over `network` and writes each into `log`, naming `lab` and `origin`."""

    def __init__(
        self, network: exchange.Network, log: Log, lab: str, origin: str = LAB
    ) -> None:
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
