"""Reading what a person typed of a connection: its address, time, ports, destination, protocol."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import TypeVar

from labsupport.formats.nat_log import Criteria
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import Number, of_nobody
from labsupport.inputs.times import read_span, read_zoned
from labsupport.language import Language
from labsupport.visible import quoted

T = TypeVar("T")


def read_criteria(  # noqa: PLR0913 - what may be known of a connection, each typed by itself
    say: Language,
    address: object,
    time: object = "",
    port: object = "",
    destination: object = "",
    tolerance: object = "",
    destination_port: object = "",
    protocol: object = "",
) -> tuple[Criteria, tuple[str, ...]]:
    """Return what is known of a connection, and remarks on how the time was read.

    `address` is the public address a server saw; `time` has a time zone; `port` is the source
    port; `destination` the server's address; `tolerance` how far the clocks may be apart;
    `destination_port` the server's port; `protocol` "tcp" or "udp". All but the first may be
    left out (""). Raises NotUnderstood for what cannot be read.
    """

    def read(reader: Callable[[object, Language], T], typed: object) -> T | None:
        return None if typed == "" else reader(typed, say)

    moment = None
    zone = 0.0
    notes: tuple[str, ...] = ()
    if time != "":
        moment, zone, notes = _read_time(time, say)
    public = _read_address("subscribers.type_public", address, say)
    if problem := of_nobody(Number(ip_address(public), public), say):
        raise NotUnderstood(f"{problem} {say('subscribers.type_public')}")
    criteria = Criteria(
        public,
        moment,
        read(read_source_port, port),
        read(partial(_read_address, "subscribers.type_destination"), destination),
        read(read_destination_port, destination_port),
        read(read_protocol, protocol),
        read(read_span, tolerance) or 0,
        zone,
    )
    if criteria.tolerance and moment is None:
        raise NotUnderstood(say("subscribers.tolerance"))
    return criteria, notes


def _read_address(advice: str, text: object, say: Language) -> str:
    """Return an IPv4 address; raise NotUnderstood, with the advice of a key, for what is none."""
    try:
        address = ip_address(text.strip() if isinstance(text, str) else "")
    except ValueError:
        problem = say("connections.what_is_no_address", what=quoted(text))
        raise NotUnderstood(f"{problem} {say(advice)}") from None
    if isinstance(address, IPv6Address):
        raise NotUnderstood(say("subscribers.ipv6", address=address))
    return str(address)


def _read_port(key: str, text: object, say: Language) -> int:
    digits = "" if isinstance(text, bool) else str(text).strip()
    number = int(digits) if re.fullmatch("[0-9]{1,5}", digits) else 0
    if not 1 <= number <= 65535:
        raise NotUnderstood(say(key, what=quoted(text)))
    return number


read_source_port = partial(_read_port, "subscribers.source_port")
read_destination_port = partial(_read_port, "subscribers.destination_port")


def read_protocol(text: object, say: Language) -> str:
    """Return "tcp" or "udp"; raise NotUnderstood for anything else."""
    protocol = text.strip().lower() if isinstance(text, str) else ""
    if protocol not in ("tcp", "udp"):
        raise NotUnderstood(say("subscribers.protocol", what=quoted(text)))
    return protocol


def _read_time(text: object, say: Language) -> tuple[float, float, tuple[str, ...]]:
    """Return seconds since 1970, the zone's, and remarks; raise NotUnderstood for no time."""
    moment = read_zoned(text, say)
    zone = moment.local.utcoffset()
    assert moment.time is not None
    assert zone is not None
    notes: tuple[str, ...] = ()
    if moment.without_seconds:
        notes = (say("subscribers.no_seconds", time=f"{moment.local:%H:%M:%S}"),)
    if moment.fraction:
        notes = (say("subscribers.fraction"),)
    return moment.time, zone.total_seconds(), notes
