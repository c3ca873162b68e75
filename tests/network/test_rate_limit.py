"""Servers are spared: a pace that they bear, and their own word when to come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from said import says

from labsupport.exchange import Clock, NotSent, Outcome, Reply, Request
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.language import Language
from labsupport.network.offline import LabClock
from labsupport.network.rate_limit import (
    AT_ONCE,
    LONGEST_WAIT,
    SECONDS_EACH,
    RateLimitedNetwork,
)

SAY = Language.load("en")
PAGE = HttpRequest(
    "GET", "/domain/museum.example", (("Host", "rdap.nic.example"),)
).to_bytes()
RDAP = Request("", 0, "192.0.2.1", 443, "https", "rdap.nic.example", PAGE)
WHOIS = Request("", 0, "192.0.2.1", 43, "tcp", None, b"museum.example\r\n")
DNS = Request("", 0, "192.0.2.53", 53, "udp", None, bytes(20))
OK = HttpResponse(200)


def limited_network(
    servers: Servers, sleep: Callable[[float], None]
) -> RateLimitedNetwork:
    network = RateLimitedNetwork(servers, SAY)
    network.now, network.sleep = (lambda: servers.time), sleep
    return network


class Servers:
    """Answer what a test says; time passes only where somebody sleeps. `sent` has the times."""

    def __init__(self, *answers: HttpResponse) -> None:
        self._answers = list(answers)
        self.time = 0.0
        self.sent: list[float] = []

    @property
    def clock(self) -> Clock:
        return LabClock(self.time)

    def covers(self, name: str) -> bool:
        return True

    def send(self, request: Request) -> Outcome:
        self.sent.append(self.time)
        answer = self._answers.pop(0) if self._answers else OK
        return Reply(request.to_address, 0.0, (), answer.to_bytes())

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def limited(self) -> RateLimitedNetwork:
        return limited_network(self, self.sleep)


@pytest.mark.parametrize("request_", [RDAP, WHOIS])
def test_a_directory_gets_some_at_once_and_then_one_at_a_time(
    request_: Request,
) -> None:
    servers = Servers()
    limited = servers.limited()
    for _ in range(AT_ONCE + 3):
        assert isinstance(limited.send(request_), Reply)
    assert servers.sent[:AT_ONCE] == [0.0] * AT_ONCE
    assert servers.sent[AT_ONCE:] == pytest.approx(
        [SECONDS_EACH * n for n in (1, 2, 3)]
    )


def test_another_server_has_a_pace_of_its_own() -> None:
    servers = Servers()
    limited = servers.limited()
    for number in range(3 * AT_ONCE):
        limited.send(replace(RDAP, to_address=f"192.0.2.{number % 3}"))
    assert servers.time == 0.0


def test_who_does_not_ask_for_a_while_may_ask_at_once_again() -> None:
    servers = Servers()
    limited = servers.limited()
    for _ in range(AT_ONCE):
        limited.send(RDAP)
    servers.sleep(AT_ONCE * SECONDS_EACH)
    for _ in range(AT_ONCE):
        limited.send(RDAP)
    assert servers.sent[AT_ONCE:] == [AT_ONCE * SECONDS_EACH] * AT_ONCE


def test_dns_has_no_limit() -> None:
    servers = Servers()
    for _ in range(100):
        servers.limited().send(DNS)
    assert servers.time == 0.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_a_short_wait_is_asked_once_more(status: int) -> None:
    servers = Servers(HttpResponse(status, (("Retry-After", "7"),)), OK)
    outcome = servers.limited().send(RDAP)
    assert isinstance(outcome, Reply)
    assert HttpResponse.from_bytes(outcome.payload).status == 200
    assert servers.sent == [0.0, 7.0]


@pytest.mark.parametrize("seconds", [120, 365 * 24 * 3600])
def test_a_server_that_asks_for_a_long_wait_is_left_alone_until_then(
    seconds: int,
) -> None:
    servers = Servers(HttpResponse(429, (("Retry-After", str(seconds)),)))
    limited = servers.limited()
    first = limited.send(RDAP)
    assert isinstance(first, Reply)
    assert HttpResponse.from_bytes(first.payload).status == 429
    second = limited.send(RDAP)
    assert isinstance(second, NotSent)
    assert says(second.reason, "rate_limit.too_often", count=seconds)
    assert len(servers.sent) == 1
    servers.sleep(seconds + 1)
    assert isinstance(limited.send(RDAP), Reply)


@pytest.mark.parametrize(
    "value", ["", "soon", "-1", "Wed, 25 Nov 2026 12:00:00 GMT", "9999999999"]
)
def test_what_names_no_wait_is_passed_on(value: str) -> None:
    servers = Servers(HttpResponse(429, (("Retry-After", value),)))
    assert isinstance(servers.limited().send(RDAP), Reply)
    assert servers.time == 0.0


def test_nobody_waits_longer_than_a_while() -> None:
    servers = Servers()
    waits: list[float] = []
    sleep: Callable[[float], None] = servers.sleep

    def watched(seconds: float) -> None:
        waits.append(seconds)
        sleep(0.0)  # as if many asked at the same moment

    limited = limited_network(servers, watched)
    outcomes = [limited.send(RDAP) for _ in range(3 * AT_ONCE)]
    assert max(waits) <= LONGEST_WAIT
    assert any(isinstance(outcome, NotSent) for outcome in outcomes)


def test_dns_over_https_is_no_directory() -> None:
    servers = Servers()
    limited = servers.limited()
    asked = HttpRequest(
        "POST", "/dns-query", (("Host", "dns.resuelve.example"),), bytes(20)
    )
    for _ in range(3 * AT_ONCE):
        limited.send(replace(RDAP, payload=asked.to_bytes()))
    assert servers.time == 0.0
