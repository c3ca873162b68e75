"""What the directories share: names as people ask for them, and the forms of answers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import idna

from labsupport.world.registers import rfc3339
from labsupport.world.tables import read_countries, read_text

if TYPE_CHECKING:
    import jinja2

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
LONGEST_NAME = 253  # characters, without the dot at the end (RFC 1035 section 2.3.4)


class NoName(ValueError):
    """This text is no domain name."""


def ascii_name(text: str) -> str:
    """Return a name in A-labels, in lower case, without the dot at the end.

    Raises NoName when it is none.

    >>> ascii_name("PEÑA-azul.example.")
    'xn--pea-azul-e3a.example'
    """
    name = text.strip().lower().removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            raise NoName(text) from None
    if len(name) > LONGEST_NAME or not all(map(LABEL.fullmatch, name.split("."))):
        raise NoName(text)
    return name


@cache
def form(path: str) -> jinja2.Template:
    """Return a template below data/world, which puts an answer into its directory's form."""
    import jinja2  # late: many a lesson asks no directory

    strict = jinja2.StrictUndefined
    environment = jinja2.Environment(
        undefined=strict, trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {
        "by_version": _by_version,
        "day": "{:%Y%m%d}".format,
        "epp_phone": _epp_phone,
        "epp_status": epp_status,
        "rfc3339": rfc3339,
        "unicode": lambda name: idna.decode(name) if "xn--" in name else name,
    }
    environment.globals["codes"] = read_countries()
    return environment.from_string(read_text(path))


def _by_version(addresses: tuple[str, ...]) -> dict[str, list[str]]:
    by_version: dict[str, list[str]] = {}
    for address in addresses:
        version = "v6" if ":" in address else "v4"
        by_version.setdefault(version, []).append(address)
    return by_version


def epp_status(status: str) -> str:
    """Return a status of RDAP in the words of EPP (RFC 8056 section 2).

    >>> epp_status("client transfer prohibited"), epp_status("active")
    ('clientTransferProhibited', 'ok')
    """
    if status == "active":
        return "ok"
    first, *others = status.split()
    return first + "".join(word.capitalize() for word in others)


def _epp_phone(phone: str) -> str:
    """A telephone number as EPP writes it (RFC 5733 section 2.5): +1.3705550107."""
    country, rest = phone.split("-", 1)
    return f"{country}.{rest.replace('-', '')}"
