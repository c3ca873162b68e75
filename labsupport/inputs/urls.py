"""Reading what a person typed where a page is meant, or a resolver."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

import dns.name
import dns.rdatatype

from labsupport.exchange import PORTS
from labsupport.inputs.names import NotUnderstood, Typed, ip_text, read_question, shown
from labsupport.language import SOURCE_LANGUAGE, Language
from labsupport.visible import quoted

LAST_PORT = 65535
FORM = re.compile(r"https://([^/:@?#\[\]]+)(/[^?#\s]*)?", re.IGNORECASE)
# All that may stand in the target of a request as it is (RFC 3986 section 2).
TARGET_CHARACTERS = "/?%:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Url:
    """The address of a page, as it was understood; `notes` say what was made of the text.

    `target` is what the machine is asked for: the path, with the query. `own_port` is None
    for the usual port of the scheme.
    """

    scheme: str
    name: dns.name.Name
    target: str = "/"
    notes: tuple[str, ...] = ()
    own_port: int | None = None

    @property
    def host(self) -> str:
        """The name in it, as people write it."""
        return shown(self.name)

    @property
    def address(self) -> str:
        """The address that stands in the place of the name, "" where a name does."""
        return ip_text(self.host)

    @property
    def port(self) -> int:
        """The port at which the machine is called."""
        return self.own_port or PORTS[self.scheme]

    @property
    def authority(self) -> str:
        """The name, with the port where that is not the usual one (RFC 3986 section 3.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.own_port}" if self.own_port else host

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read_url(text: object, say: Language, *, addresses: bool = False) -> Url:
    """Return the page that `text` means; raise NotUnderstood when it means none.

    A name alone means its first page over HTTPS, as in a browser. With `addresses`, an address may
    stand in the place of the name.

    >>> str(read_url("WWW.museum.example", Language.load("en")))
    'https://www.museum.example/'
    >>> str(read_url("http://www.museum.example:8080/horario?d=1#top", Language.load("en")))
    'http://www.museum.example:8080/horario?d=1'
    """
    scheme = ""
    host = text
    target = ""
    port = None
    notes: tuple[str, ...] = ()
    if isinstance(text, str):
        cleaned = text.strip().strip("<>\"'“”«»").partition("#")[0]
        before_query, question_mark, query = cleaned.partition("?")
        # Browsers read \ as / there: else https://one\@other would seem to lead to the other.
        before_query = before_query.replace("\\", "/")
        parts = re.fullmatch(r"(?:(\w+)://)?([^/]*)(.*)", before_query, re.DOTALL)
        assert parts is not None  # every text has such parts
        typed_scheme, host, path = parts.groups()
        target = path + question_mark + query
        scheme = re.sub("^hxxp", "http", (typed_scheme or "https").lower())
        if scheme not in PORTS:
            raise NotUnderstood(say("web.scheme", scheme=scheme[:20]))
        if typed_scheme and "@" in host:
            host = host.rpartition("@")[2]
            notes = (say("web.before_at", host=host),)
        if with_port := re.fullmatch(r"([^:]*|\[.*\]):([0-9]{0,9})", host):
            host = with_port.group(1)
            port = _read_port(with_port.group(2), scheme, say)
    typed, rdtype = read_question(host, "A", say)
    if addresses and rdtype != dns.rdatatype.A:
        typed = Typed(dns.name.from_text(typed.text), typed.text)
    elif rdtype != dns.rdatatype.A:
        raise NotUnderstood(say("web.address", address=typed.text))
    target = "/" + quote(target.removeprefix("/"), safe=TARGET_CHARACTERS)
    return Url(scheme, typed.name, target, notes + typed.notes, port)


def url_of(text: str, *, addresses: bool = False) -> Url:
    """Return the page that a machine names; raise NotUnderstood when it names none.

    It is read as if somebody had typed it, and nobody is told what was made of it.
    """
    return read_url(text, Language.load(SOURCE_LANGUAGE), addresses=addresses)


def has_name(where: object) -> bool:
    """Say whether `where` is a resolver's name with the way to ask it, and no address.

    >>> has_name("https://dns.resuelve.example"), has_name("198.18.104.104")
    (True, False)
    """
    return isinstance(where, str) and "://" in where


def read_resolver(where: object, say: Language) -> str | Url:
    """Return a resolver's address, or the page at which it is asked over HTTPS (RFC 8484).

    Raises NotUnderstood when `where` means none. The page is the first one, where none is typed.

    >>> say = Language.load("en")
    >>> read_resolver(" 198.18.104.104", say)
    '198.18.104.104'
    >>> str(read_resolver("HTTPS://DNS.Resuelve.example", say))
    'https://dns.resuelve.example/'
    """
    text = str(where).strip()
    if address := ip_text(text):
        return address
    parts = FORM.fullmatch(text)
    if parts is None:
        raise NotUnderstood(say("resolver.none", where=quoted(where)))
    host = parts[1]
    path = parts[2] or ""
    target = path if path.strip("/") else "/"
    if ip_text(host):
        return Url("https", dns.name.from_text(host), target)
    typed, _ = read_question(host, "A", say)
    return Url("https", typed.name, target)


def _read_port(digits: str, scheme: str, say: Language) -> int | None:
    """Return the port that stands in a page's address; None for the usual one, or for none."""
    if not digits:
        return None
    port = int(digits)
    if not 1 <= port <= LAST_PORT:
        raise NotUnderstood(say("web.port", port=port, last=LAST_PORT))
    return None if port == PORTS[scheme] else port
