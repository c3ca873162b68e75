"""A network that answers from a recording and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from labsupport.dns.transport import HEADER, question_end
from labsupport.exchange import DNS_PORT, WHOIS_PORT, NotSent, Outcome, Reply, Request
from labsupport.exchange.log import Line
from labsupport.exchange.readable import describe
from labsupport.language import SOURCE_LANGUAGE, Language


@dataclass(slots=True)
class RecordedClock:
    """The clock of a recording: it shows when the exchange last replayed was made."""

    time: float

    def now(self) -> float:
        """Return seconds since 1970-01-01 00:00 UTC."""
        return self.time


class ReplayNetwork:
    """Answers requests from `lines` of evidence, as they were answered then.

    A request is the same as a recorded one when all of it is, but for the DNS identifier, the
    case of the name asked, the source port, the time-out and the contents of a probe. Asked
    several times it gets the answers in their order, and then the last one again. `say` is the
    language in which it says what it does not have.

    >>> ReplayNetwork([]).covers("www.museum.example")
    False
    """

    def __init__(self, lines: Iterable[Line], say: Language | None = None) -> None:
        self._say = say or Language.load(SOURCE_LANGUAGE)
        self._recorded: dict[object, list[Line]] = {}
        self._names: set[str] = set()
        first = None
        for line in lines:
            first = first or line
            self._recorded.setdefault(_key(line.request), []).append(line)
            self._names |= _names(line.request)
        self.clock = RecordedClock(first.time if first else 0.0)

    def send(self, request: Request) -> Outcome:
        """Return what became of the same request in the recording; NotSent if it has none."""
        lines = self._recorded.get(_key(request))
        if not lines:
            return NotSent(None, 0.0, (), self._say("replay.not_recorded"))
        line = lines.pop(0) if len(lines) > 1 else lines[0]
        self.clock.time = line.time
        return _adapted(line.outcome, request)

    def covers(self, name: str) -> bool:
        """Say whether the recording has a question about this very name."""
        return _folded(name) in self._names


def _key(request: Request) -> object:
    payload = request.payload
    if request.protocol == "icmp":
        payload = b""
    elif request.port == DNS_PORT and len(payload) >= HEADER:
        end = question_end(payload)
        payload = payload[2:HEADER] + payload[HEADER:end].lower() + payload[end:]
    return (
        request.source,
        request.to_address,
        request.port,
        request.protocol,
        request.server_name,
        request.hop_limit,
        payload,
    )


def _adapted(outcome: Outcome, request: Request) -> Outcome:
    """Give an answer the identifier that was asked with this time."""
    if not isinstance(outcome, Reply):
        return outcome
    if request.protocol == "icmp":
        return replace(outcome, payload=request.payload)
    answer = outcome.payload
    asked = request.payload
    if request.port != DNS_PORT or len(answer) < HEADER:
        return outcome
    return replace(outcome, payload=asked[:2] + answer[2:])


def _names(request: Request) -> set[str]:
    """Return the names that a request is about."""
    asked, host = describe(request)
    names = {host or "", request.server_name or ""}
    if request.port == DNS_PORT:
        names.add(asked.rpartition(" ")[0])
    elif request.port == WHOIS_PORT:
        names.update(asked.split()[-1:])
    elif host:
        _, _, last_part = urlsplit(asked).path.rpartition("/")
        names.add(unquote(last_part))  # RDAP: /domain/<name>
    return {_folded(name) for name in names if name}


def _folded(name: str) -> str:
    return name.lower().rstrip(".")
