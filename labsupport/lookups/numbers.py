"""Reading what a person typed where a number is meant: an address, a prefix, an AS number.

And saying what is nobody's in particular: addresses for private use, for groups, for tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

from labsupport.delegated import LARGEST_AS_NUMBER, Resource
from labsupport.language import Language, mark
from labsupport.lookups.names import NotUnderstood
from labsupport.results import quoted

PRIVATE = mark(
    "{what} is for private use ({source}): homes and offices everywhere have the same addresses "
    "inside. No registry knows who uses them; the public address on the way out is what to ask "
    "for."
)
SHARED = mark(
    "{what} is an inside address of access providers ({source}): all of them use the same ones "
    "between themselves and their customers. No registry knows who uses them; the provider's own "
    "log does, with the public address, the port and the time."
)
OWN_MACHINE = mark("{what} means the machine itself ({source}): it never leaves it.")
OWN_LINE = mark(
    "{what} works only between machines on the same cable or Wi-Fi ({source}): it never passes a "
    "router, so nobody registers it."
)
GROUP = mark(
    "{what} is a multicast address ({source}): it means a group of receivers, not one machine."
)
NOWHERE = mark("{what} is no machine's address ({source}): it is kept for other uses.")

# What is nobody's in particular, with what says so.
SPECIAL: tuple[tuple[str, str, str], ...] = (
    ("0.0.0.0/8", NOWHERE, "RFC 791"),
    ("10.0.0.0/8", PRIVATE, "RFC 1918"),
    ("100.64.0.0/10", SHARED, "RFC 6598"),
    ("127.0.0.0/8", OWN_MACHINE, "RFC 1122"),
    ("169.254.0.0/16", OWN_LINE, "RFC 3927"),
    ("172.16.0.0/12", PRIVATE, "RFC 1918"),
    ("192.168.0.0/16", PRIVATE, "RFC 1918"),
    ("224.0.0.0/4", GROUP, "RFC 5771"),
    ("240.0.0.0/4", NOWHERE, "RFC 1112"),
    ("::/128", NOWHERE, "RFC 4291"),
    ("::1/128", OWN_MACHINE, "RFC 4291"),
    ("fc00::/7", PRIVATE, "RFC 4193"),
    ("fe80::/10", OWN_LINE, "RFC 4291"),
    ("ff00::/8", GROUP, "RFC 4291"),
)
PRIVATE_AS_NUMBERS = (range(64512, 65535), range(4200000000, 4294967295))  # RFC 6996
AS_NUMBERS_OF_NOBODY = (0, 23456, 65535, LARGEST_AS_NUMBER)  # RFC 7607, 6793, 7300


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
    labsupport.lookups.names.NotUnderstood: 198.18.103.0/23 is no prefix: ...
    """
    if not isinstance(text, str):
        raise NotUnderstood(
            say(
                'Type an address, a prefix or an AS number in quotation marks, like "203.0.113.7", '
                '"203.0.113.0/24" or "AS64500". What came is something else: {what}.',
                what=quoted(text),
            )
        )
    typed = text.strip().strip("<>\"'“”«»").strip()
    notes: list[str] = []
    plain = typed.replace("[.]", ".").replace("(.)", ".")
    if plain != typed:
        notes.append(say("The address was written so that nobody clicks on it: that was undone."))
    plain = plain.strip("[]")
    if not plain:
        raise NotUnderstood(
            say(
                "Nothing was typed. Type an address, a prefix or an AS number, like 203.0.113.7, "
                "203.0.113.0/24 or AS64500."
            )
        )
    if found := re.fullmatch(r"as\s*([0-9]+)", plain, re.IGNORECASE):
        asn = int(found.group(1)[:20])
        if asn > LARGEST_AS_NUMBER:
            raise NotUnderstood(
                say("There is no AS number that large: they end at {last}.", last=LARGEST_AS_NUMBER)
            )
        return Number(asn, f"AS{asn}", tuple(notes))
    if "/" in plain and (prefix := _prefix(plain, say)) is not None:
        return Number(prefix, str(prefix), tuple(notes))
    address = _address(plain)
    if address is None:
        raise NotUnderstood(_neither(plain, say))
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if inner is not None:
        notes.append(say("{text} is another way to write {address}.", text=plain, address=inner))
        address = inner
    return Number(address, str(address), tuple(notes))


def of_nobody(number: Number, say: Language) -> str:
    """Say why a number is nobody's in particular; "" where it may be somebody's.

    >>> say = Language.load("en")
    >>> of_nobody(read_number("127.0.0.1", say), say)
    '127.0.0.1 means the machine itself (RFC 1122): it never leaves it.'
    """
    resource = number.resource
    if isinstance(resource, int):
        if any(resource in numbers for numbers in PRIVATE_AS_NUMBERS):
            return say(
                "{what} is for private use (RFC 6996): many networks use it inside, and it means "
                "nothing outside.",
                what=number.text,
            )
        if resource in AS_NUMBERS_OF_NOBODY:
            return say(
                "{what} is no network's number: it is kept for other uses.", what=number.text
            )
        return ""
    for block, words, source in SPECIAL:
        if lies_in(resource, ip_network(block)):
            return say(words, what=number.text, source=source)
    return ""


def lies_in(
    resource: IPv4Address | IPv6Address | IPv4Network | IPv6Network,
    block: IPv4Network | IPv6Network,
) -> bool:
    """Say whether an address or a prefix is a part of a block."""
    if resource.version != block.version:
        return False
    inner = ip_network(resource) if isinstance(resource, IPv4Address | IPv6Address) else resource
    return inner.subnet_of(block)  # type: ignore[arg-type]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _prefix(text: str, say: Language) -> IPv4Network | IPv6Network | None:
    """Read a prefix; None for what is none at all. Raises NotUnderstood for one with host bits."""
    address, _, length = text.partition("/")
    if _address(address) is None or "%" in address:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", length):
        raise NotUnderstood(
            say(
                "{what} is no prefix: after the stroke stands how many bits are fixed, a number "
                "like 24.",
                what=quoted(text),
            )
        )
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_interface(text)
    except ValueError:
        raise NotUnderstood(
            say(
                "{what} is no prefix: {address} has {bits} bits in all.",
                what=quoted(text),
                address=address,
                bits=128 if ":" in address else 32,
            )
        ) from None
    raise NotUnderstood(
        say(
            "{what} is no prefix: a prefix begins at its first address, and this one would be "
            "{prefix}. Type that, or the address alone: {address}.",
            what=text,
            prefix=meant.network,
            address=meant.ip,
        )
    )


def _neither(text: str, say: Language) -> str:
    if re.fullmatch(r"[0-9]+", text):
        return say(
            "{what} alone is no address. For a network, write AS before its number, like AS64500.",
            what=quoted(text),
        )
    if re.search(r"[a-z]", text, re.IGNORECASE) and "." in text and ":" not in text:
        return say(
            '{what} looks like a name. Ask lab.ask("…") for its addresses, and then for one of '
            "them here.",
            what=quoted(text),
        )
    if re.fullmatch(r"[0-9.]+", text):
        return say(
            "{what} is no address: an IPv4 address has four numbers from 0 to 255, without "
            "zeros in front.",
            what=quoted(text),
        )
    return say(
        "{what} is neither an address, nor a prefix, nor an AS number. Type one of them, like "
        "203.0.113.7, 203.0.113.0/24 or AS64500.",
        what=quoted(text),
    )
