"""What a target is: its one form, the name or the addresses in it, the domain of that name."""

from __future__ import annotations

import functools
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

import idna

from labsupport.inputs.names import LONGEST_LABEL, LONGEST_NAME
from labsupport.orders.order import Target, TargetKind
from labsupport.orders.vocabulary import words
from labsupport.world.model import Prefix

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

NUMBERED = (TargetKind.ADDRESS, TargetKind.PREFIX, TargetKind.URL)

LABEL = re.compile(rf"(?!-)[a-z0-9_-]{{1,{LONGEST_LABEL}}}(?<!-)")
# The DNS has labels that nobody would register, and a draft may name them.
ANY_LABEL = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_LABEL}}}")
PORTS = {"http": 80, "https": 443, "ftp": 21}
SCHEMES = {"http", "https", "ftp", "ftps", "rtmp", "rtmps", "rtsp", "mms", "ws", "wss"}
# How a scheme is written so that nobody clicks on it.
DISGUISED_SCHEMES = {"hxxp": "http", "hxxps": "https", "h++p": "http", "fxp": "ftp"}
# What browsers of today try first where somebody types a page without a scheme.
SCHEME_NOT_WRITTEN = "https"


def canonical_name(text: str) -> str:
    """Return a name small, in A-labels and without a dot at its end; "" where it is impossible.

    >>> canonical_name("WWW.Bücher.example."), canonical_name("a..example")
    ('www.xn--bcher-kva.example', '')
    """
    labels = text.removesuffix(".").lower().split(".")
    if len(labels) > LONGEST_NAME:
        return ""
    encoded = [*map(_encoded, labels)]
    name = ".".join(encoded)
    fits = len(name) <= LONGEST_NAME and all(map(LABEL.fullmatch, encoded))
    return name if fits else ""


@functools.lru_cache(maxsize=10_000)
def _encoded(label: str) -> str:
    """A label by IDNA 2008, "" where it does not allow it (RFC 5891)."""
    if label.isascii() and not label.startswith("xn--"):
        return label
    if len(label) > LONGEST_NAME:
        return ""
    try:
        if label.isascii():
            idna.decode(label)
            return label
        return idna.encode(label, uts46=True, transitional=False).decode("ascii")
    except UnicodeError:  # idna.IDNAError is one
        return ""


def canonical_address(text: str) -> str:
    """Return an address as `ipaddress` writes it, "" where it is none.

    >>> canonical_address("2001:DB8:0::80"), canonical_address("300.1.1.1")
    ('2001:db8::80', '')
    """
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def canonical_prefix(text: str) -> str:
    """Return a block of addresses, "" where it is none or has an address of a host.

    >>> canonical_prefix("203.0.113.0/255.255.255.0"), canonical_prefix("203.0.113.80/24")
    ('203.0.113.0/24', '')
    """
    try:
        return str(ip_network(text))
    except ValueError:
        return ""


def canonical_url(scheme: str, rest: str) -> str:
    """Return a page's address from its scheme and what stands behind "//", "" where it is none.

    Its host is written as a name or an address is; a user's name and a usual port are left out.

    >>> canonical_url("hxxp", "Goles-Gratis.example:80")
    'http://goles-gratis.example/'
    """
    scheme = DISGUISED_SCHEMES.get(scheme.lower(), scheme.lower())
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        return ""
    if address := canonical_address(host):
        host = f"[{address}]" if ":" in address else address
    else:
        host = canonical_name(host)
    if scheme not in SCHEMES or not (address or public_suffix(host)):
        return ""
    at = f":{port}" if port and port != PORTS.get(scheme) else ""
    path = parts.path or "/"
    return urlunsplit((scheme, host + at, path, parts.query, parts.fragment))


def name_in(target: Target) -> str:
    """Return the name that a target is or that stands in its page's address.

    It is "" where there is none, or none that the DNS could hold.

    >>> name_in(Target("https://www.museum.example:8443/salas", TargetKind.URL))
    'www.museum.example'
    >>> name_in(Target("http://203.0.113.80/", TargetKind.URL))
    ''
    """
    if target.kind in (TargetKind.ADDRESS, TargetKind.PREFIX) or address_in(target):
        return ""
    name = _host(target)
    fits = len(name) <= LONGEST_NAME and all(map(ANY_LABEL.fullmatch, name.split(".")))
    return name if fits else ""


def address_in(target: Target) -> IPv4Address | IPv6Address | None:
    """Return the address that a target is, or that stands in the place of a name in its page's.

    >>> address_in(Target("http://[2001:db8::80]/", TargetKind.URL))
    IPv6Address('2001:db8::80')
    """
    block = block_in(target)
    if block is None or target.kind is TargetKind.PREFIX:
        return None
    return block.network_address


def block_in(target: Target) -> Prefix | None:
    """Return the block of addresses that a target is, an address being a block of one.

    >>> block_in(Target("203.0.113.80", TargetKind.ADDRESS))
    IPv4Network('203.0.113.80/32')
    """
    try:
        if target.kind in NUMBERED:
            return ip_network(_host(target))
        return None
    except ValueError:
        return None


def is_page(target: Target) -> bool:
    """Whether a target is a page of a site and not its first one.

    >>> is_page(Target("https://www.museum.example/", TargetKind.URL))
    False
    """
    parts = _parts(target)
    return target.kind is TargetKind.URL and (
        parts.path not in ("", "/") or bool(parts.query)
    )


def _host(target: Target) -> str:
    if target.kind is not TargetKind.URL:
        return target.value
    return _parts(target).hostname or ""


def _parts(target: Target) -> SplitResult:
    try:
        return urlsplit(target.value)
    except ValueError:
        return urlsplit("")


def without_www(name: str) -> str:
    """Return a site's name without the "www." that it may be typed with or without."""
    return name.removeprefix("www.")


def same_site(name: str) -> tuple[str, str, str]:
    """Return the names under which the site called `name` may answer, its own first.

    >>> same_site("museum.example")
    ('museum.example', 'www.museum.example', 'museum.example')
    """
    return name, f"www.{name}", without_www(name)


def public_suffix(name: str) -> str:
    """Return the ending of `name` under which others register, "" where it has none known.

    The endings are the lab's own and those of the Public Suffix List, without the section of
    private firms.

    >>> public_suffix("www.corte.gob.test"), public_suffix("com.ar"), public_suffix("plazo.los")
    ('gob.test', 'com.ar', '')
    """
    own = words("names", "suffixes")
    labels = name.split(".")
    for ending in (".".join(labels[-2:]), labels[-1]):
        if ending in own:
            return ending
    if labels[-1] in words("names", "not_dns"):
        return ""
    return _suffixes(only_icann=True).publicsuffix(name) or ""


def registered(name: str) -> tuple[str, str]:
    """Return the registered domain that `name` is or stands in, and its public suffix.

    The domain is "" where `name` is itself a suffix. An ending that nobody knows counts as one.

    >>> registered("a.b.com.ar"), registered("www.corte.gob.test"), registered("com.ar")
    (('b.com.ar', 'com.ar'), ('corte.gob.test', 'gob.test'), ('', 'com.ar'))
    """
    suffix = public_suffix(name) or name.rpartition(".")[2]
    own = name.removesuffix(suffix).removesuffix(".").rpartition(".")[2]
    return f"{own}.{suffix}" if own else "", suffix


def platform_of(name: str) -> str:
    """Return the ending of `name` that a platform gives its customers, "" where it has none.

    >>> platform_of("somebody.github.io"), platform_of("museum.example")
    ('github.io', '')
    """
    suffix = public_suffix(name)
    listed = _suffixes(only_icann=False).publicsuffix(name) or ""
    if suffix in ("", listed) or suffix in words("names", "suffixes"):
        return ""
    return listed


@functools.cache
def _suffixes(*, only_icann: bool) -> PublicSuffixList:
    """The endings under which registries let others register, or platforms too."""
    from publicsuffixlist import PublicSuffixList  # late: a file of ten thousand lines

    return PublicSuffixList(accept_unknown=False, only_icann=only_icann)


def named(text: str) -> Target | None:
    """Return the name or the ending that `text` is, None where it is none that the DNS has.

    >>> named(".com.test").kind.value, named("com.test").kind.value, named("plazo.no obstante")
    ('suffix', 'suffix', None)
    """
    wildcard = text.startswith("*.")
    name = canonical_name(text.removeprefix("*").removeprefix("."))
    suffix = public_suffix(name) if name else ""
    if not suffix or ("." not in name and not text.startswith((".", "*."))):
        return None
    if suffix == name:
        return Target(name, TargetKind.SUFFIX)
    return Target(name, TargetKind.NAME, subtree=wildcard or text.startswith("."))
