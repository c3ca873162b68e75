"""A question ends, however many servers, pages and addresses it is led to."""

from __future__ import annotations

import pytest

from labsupport.bounds import LONGEST_QUESTION
from labsupport.exchange import Around, NotSent, Outcome, Reply, Request
from labsupport.language import Language
from labsupport.network.offline import OfflineNetwork
from labsupport.network.time_limit import TimeLimitedNetwork
from labsupport.world import World

SAY = Language.load("en")
ASKED = Request("", 0, "192.0.2.53", 53, "udp", None, bytes(20))


class Slow(Around):
    """Every exchange takes half a minute; `sent` is how many there were."""

    sent, seconds = 0, 1000.0

    def send(self, request: Request) -> Outcome:
        self.sent += 1
        self.seconds += 30
        return Reply(request.to_address, 30.0)


def test_nothing_more_is_sent_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Slow(OfflineNetwork(World.load()))
    monkeypatch.setattr(TimeLimitedNetwork, "now", lambda _: slow.seconds)
    network = TimeLimitedNetwork(slow, SAY)
    outcomes = [network.send(ASKED) for _ in range(20)]
    assert slow.sent == LONGEST_QUESTION / 30
    assert all(isinstance(one, Reply) for one in outcomes[: slow.sent])
    for one in outcomes[slow.sent :]:
        assert isinstance(one, NotSent)
        assert one.reason == SAY("live.took_too_long")
    another = TimeLimitedNetwork(slow, SAY)  # the next question has its own time
    assert isinstance(another.send(ASKED), Reply)
