"""Reading what a person typed where a number is meant: an address, a prefix, an AS number.

And saying what is nobody's in particular: addresses for private use, for groups, for tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network

from labsupport.formats.delegated import (
    LARGEST_AS_NUMBER,
    AddressOrPrefix,
    Prefix,
    Resource,
)
from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.visible import quoted

# What is nobody's in particular: what it is for, and what says so.
SPECIAL: tuple[tuple[str, str, str], ...] = (
    ("0.0.0.0/8", "nowhere", "RFC 791"),
    ("10.0.0.0/8", "private", "RFC 1918"),
    ("100.64.0.0/10", "shared", "RFC 6598"),
    ("127.0.0.0/8", "own_machine", "RFC 1122"),
    ("169.254.0.0/16", "own_line", "RFC 3927"),
    ("172.16.0.0/12", "private", "RFC 1918"),
    ("192.168.0.0/16", "private", "RFC 1918"),
    ("224.0.0.0/4", "group", "RFC 5771"),
    ("240.0.0.0/4", "nowhere", "RFC 1112"),
    ("::/128", "nowhere", "RFC 4291"),
    ("::1/128", "own_machine", "RFC 4291"),
    ("fc00::/7", "private", "RFC 4193"),
    ("fe80::/10", "own_line", "RFC 4291"),
    ("ff00::/8", "group", "RFC 4291"),
)
PRIVATE_AS_NUMBERS = (range(64512, 65535), range(4200000000, 4294967295))  # RFC 6996
AS_NUMBERS_OF_NOBODY = (0, 23456, 65535, LARGEST_AS_NUMBER)  # RFC 7607, 6793, 7300
NOT_SPECIAL = "", ""


@dataclass(frozen=True, slots=True)
class Number:
    """An address, a prefix or an AS number as it was understood; `notes` say what was made of it.

    `text` is how people write it.
    """

    resource: Resource
    text: str
    notes: tuple[str, ...] = ()


def read_number(text: object, say: Language) -> Number:
    """Return the address, prefix or AS number in `text`; raise NotUnderstood if it is none.

    >>> say = Language.load("en")
    >>> read_number("203.0.113.7", say).text, read_number("as64500", say).text
    ('203.0.113.7', 'AS64500')
    >>> read_number("198.18.103.0/23", say)
    Traceback (most recent call last):
    labsupport.inputs.names.NotUnderstood: 198.18.103.0/23 is no prefix: ...
    """
    if not isinstance(text, str):
        raise NotUnderstood(say("numbers.no_text", what=quoted(text)))
    typed = text.strip().strip("<>\"'“”«»").strip()
    notes: tuple[str, ...] = ()
    plain = typed.replace("[.]", ".").replace("(.)", ".")
    if plain != typed:
        notes = (say("numbers.undone"),)
    plain = plain.strip("[]")
    if not plain:
        raise NotUnderstood(say("numbers.nothing"))
    if as_number := re.fullmatch(r"as\s*([0-9]+)", plain, re.IGNORECASE):
        asn = int(as_number[1][:20])
        if asn > LARGEST_AS_NUMBER:
            raise NotUnderstood(say("numbers.too_large", last=LARGEST_AS_NUMBER))
        return Number(asn, f"AS{asn}", notes)
    if "/" in plain and (prefix := _prefix(plain, say)) is not None:
        return Number(prefix, str(prefix), notes)
    address = _address(plain)
    if address is None:
        raise NotUnderstood(say(f"numbers.{_neither(plain)}", what=quoted(plain)))
    return Number(address, str(address), notes)


def of_nobody(number: Number, say: Language) -> str:
    """Say why a number is nobody's in particular; "" where it may be somebody's.

    >>> say = Language.load("en")
    >>> of_nobody(read_number("127.0.0.1", say), say)
    '127.0.0.1 means the machine itself (RFC 1122): it never leaves it.'
    """
    key, source = special(number.resource)
    return say(f"numbers.{key}", what=number.text, source=source) if key else ""


def is_nobodys(address: str) -> bool:
    """Say whether an address is nobody's in particular.

    >>> is_nobodys("127.0.0.1"), is_nobodys("203.0.113.7")
    (True, False)
    """
    parsed = _address(address)
    return parsed is not None and special(parsed) != NOT_SPECIAL


def special(resource: Resource) -> tuple[str, str]:
    """Return what a number is for that is nobody's, and what says so; "" and "" for others."""
    if isinstance(resource, int):
        if any(resource in numbers for numbers in PRIVATE_AS_NUMBERS):
            return "private_as", ""
        return ("no_as", "") if resource in AS_NUMBERS_OF_NOBODY else NOT_SPECIAL
    for block, key, rfc in SPECIAL:
        if lies_in(resource, ip_network(block)):
            return key, rfc
    return NOT_SPECIAL


def lies_in(resource: AddressOrPrefix, block: Prefix) -> bool:
    """Say whether an address or a prefix is a part of a block."""
    same = resource.version == block.version
    return same and ip_network(resource).subnet_of(block)  # type: ignore[arg-type]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped  # logs write IPv4 in IPv6 as well
    return address


def _prefix(text: str, say: Language) -> Prefix | None:
    """Read a prefix; None for what is none at all. Raises NotUnderstood for one with host bits."""
    address = text.partition("/")[0]
    if _address(address) is None or "%" in address:
        return None
    try:
        meant = ip_interface(text)
    except ValueError:
        raise NotUnderstood(say("numbers.no_length", what=quoted(text))) from None
    prefix = meant.network
    if meant.ip != prefix.network_address:
        raise NotUnderstood(
            say("numbers.host_bits", what=text, prefix=prefix, address=meant.ip)
        )
    return prefix


def _neither(text: str) -> str:
    """Say what stands in the place of a number: the key of what is said of it."""
    if re.fullmatch(r"[0-9]+", text):
        return "bare"
    if re.search(r"[a-z]", text, re.IGNORECASE) and "." in text and ":" not in text:
        return "name"
    return "four_numbers" if re.fullmatch(r"[0-9.]+", text) else "neither"
