"""Reading what a person typed: a name, an address, a record type.

People paste addresses of pages, e-mail addresses and names with brackets in them. What
can be understood is taken, and said; what cannot gets a sentence that says what to do.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rdatatype
import dns.reversename
import idna

from labsupport.inputs.choices import choices
from labsupport.language import Language
from labsupport.visible import is_blank, quoted

LONGEST_NAME = 253
# Alphabets with letters that can be taken for Latin ones (Unicode TR 39, confusables).
LOOKING_LATIN = {"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LISU"}
LONGEST_LABEL = 63

# Types that are parts of the protocol, not records one can look up (RFC 6895 section 3.1), and
# those that come along with what they sign, or that many servers no longer answer (RFC 8482).
NOT_RECORDS = {"OPT", "TSIG", "TKEY", "AXFR", "IXFR", "MAILA", "MAILB", "NONE", "TYPE0"}
NOT_RECORDS |= {"ANY", "RRSIG"}
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}  # categories of Unicode


class NotUnderstood(Exception):
    """What was typed cannot be asked; the text says why and what to do, in words."""


def no_name(number: str, say: Language) -> NotUnderstood:
    """Return what to raise where an address or another number stands in the place of a name."""
    return NotUnderstood(say("names.number_for_a_name", number=number))


@dataclass(frozen=True, slots=True)
class Typed:
    """A name as it was understood; `notes` say what was made of the text.

    `text` is what people call it: the name, or the address whose reverse name it is.
    """

    name: dns.name.Name
    text: str
    notes: tuple[str, ...] = ()


def read_question(
    text: object, type_text: object, say: Language
) -> tuple[Typed, dns.rdatatype.RdataType]:
    """Return the name and the record type that are asked for; raise NotUnderstood otherwise.

    Names with letters beyond a to z are converted by IDNA 2008 (RFC 5891). An IP address in
    the place of a name asks for its reverse name (PTR, RFC 1035 section 3.5).

    >>> typed, rdtype = read_question("https://WWW.Museum.example/", "A", Language.load("en"))
    >>> typed.name
    <DNS name www.museum.example.>
    >>> typed, rdtype = read_question("203.0.113.7", "A", Language.load("en"))
    >>> typed.name, rdtype.name
    (<DNS name 7.113.0.203.in-addr.arpa.>, 'PTR')
    """
    rdtype = read_type(type_text, say)
    if not isinstance(text, str):
        raise NotUnderstood(say("names.no_text", what=quoted(text)))
    notes: list[str] = []
    host = _host(text, say, notes)
    address = _address(host)
    if address is None:
        name = _name(host, say, notes)
        return Typed(name, shown(name), tuple(notes)), rdtype
    notes.append(say("names.reverse_name", address=address))
    name = dns.reversename.from_address(address)
    return Typed(name, address, tuple(notes)), dns.rdatatype.PTR


def read_own(name: object, zone: str, say: Language) -> Typed:
    """Return the name in `zone` that begins with a word of a person's choice.

    Raises NotUnderstood where it is no word.
    """
    word = (
        name.strip().lower().removesuffix("." + zone) if isinstance(name, str) else ""
    )
    if not re.fullmatch(r"[\w-]+", word):
        raise NotUnderstood(say("log.one_word", what=quoted(name)))
    typed, _ = read_question(f"{word}.{zone}", "A", say)
    return typed


def read_name(text: object, say: Language) -> Typed:
    """Return the name in `text`; raise NotUnderstood where it is none, or an address."""
    typed, rdtype = read_question(text, "A", say)
    if rdtype == dns.rdatatype.PTR:
        raise no_name(typed.text, say)
    return typed


def read_type(text: object, say: Language) -> dns.rdatatype.RdataType:
    """Return the record type called `text`; raise NotUnderstood if there is none.

    A type is called by its letters (RFC 1035 section 3.2.2), or by a word for it.

    >>> read_type("mx", Language.load("en")).name, read_type("correo", Language.load("es")).name
    ('MX', 'MX')
    """
    if isinstance(text, dns.rdatatype.RdataType):
        return text
    types = choices("record type")
    if isinstance(text, str):
        try:
            rdtype = dns.rdatatype.from_text(text.strip())
        except (dns.exception.DNSException, ValueError):
            if key := types.key(text, say):
                return dns.rdatatype.from_text(key)
        else:
            if dns.rdatatype.to_text(rdtype) not in NOT_RECORDS:
                return rdtype
    raise NotUnderstood(
        say("names.no_type", what=quoted(text), types=types.listed(say))
    )


def shown(name: dns.name.Name) -> str:
    """Return `name` as people write it: no dot at the end, and the root as ".".

    >>> shown(dns.name.from_text("www.museum.example."))
    'www.museum.example'
    """
    return "." if name == dns.name.root else name.to_text(omit_final_dot=True)


def _host(text: str, say: Language, notes: list[str]) -> str:
    """Take the host out of what may be a page's address or an e-mail address."""
    host = text.strip().strip("<>\"'“”«»")
    if not host:
        raise NotUnderstood(say("names.no_name_given_type"))
    plain = host.replace("[.]", ".").replace("(.)", ".").replace("[dot]", ".")
    plain = re.sub(r"^hxxp", "http", plain, flags=re.IGNORECASE)
    if plain != host:
        notes.append(say("names.name_written_so_nobody"))
        host = plain
    if _address(host) is not None:
        return host
    given = host
    first, _, _ = host.partition("/")
    if _address(first) is not None:  # of a block of addresses
        host = first
    elif "/" in host or re.fullmatch(r"[^:]+:\d{1,5}", host):
        try:
            host = urlsplit(host if "://" in host else f"//{host}").hostname or ""
        except ValueError:
            host = ""
    elif "@" in host:
        host = host.rpartition("@")[2]
    if not host:
        raise NotUnderstood(say("names.no_name_found_what", what=quoted(text)))
    if host != given:
        notes.append(say("names.what_given_only_taken", host=host))
    return host


def _address(host: str) -> str | None:
    """Return the IP address that `host` is, without brackets and scope; None if it is none."""
    address, _, _ = host.rstrip(".").strip("[]").partition("%")
    return ip_text(address) or None


def ip_text(text: str) -> str:
    """Return the IP address that a text is, "" where it is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _name(host: str, say: Language, notes: list[str]) -> dns.name.Name:
    if host == ".":
        return dns.name.root
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host):
        raise NotUnderstood(say("names.no_address", what=quoted(host)))
    _refuse(host, _is_space_or_control, say)
    labels = host.rstrip(".").replace("。", ".").split(".")
    try:
        encoded = ".".join(map(_label, labels)).lower()
        name = dns.name.from_text(encoded)
    except (
        dns.exception.DNSException,
        UnicodeError,
    ) as error:  # which idna's own errors are
        reason = say(
            "names.no_name", what=quoted(host), part=LONGEST_LABEL, most=LONGEST_NAME
        )
        raise NotUnderstood(reason) from error
    # not before: an emoji is told to be one, and has such a mark
    _refuse(host, is_blank, say)
    if any(label.startswith("xn--") for label in encoded.split(".")):
        notes.append(say("names.encoded", name=encoded))
    notes.extend(_warnings(encoded, say))
    return name


def _is_space_or_control(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in UNSEEN


def _refuse(host: str, unseen: Callable[[str], bool], say: Language) -> None:
    """Raise NotUnderstood where a character of a name is not seen."""
    if bad := next(filter(unseen, host), None):
        raise NotUnderstood(
            say("names.invisible", what=quoted(host), code=f"{ord(bad):04X}")
        )


def _label(label: str) -> str:
    if not label.isascii():
        return idna.encode(label, uts46=True).decode("ascii")
    if not re.fullmatch(r"[A-Za-z0-9_*-]+", label):
        raise UnicodeError(label)
    return label


def _warnings(encoded: str, say: Language) -> Iterator[str]:
    """Remarks on labels that could be taken for another name."""
    for label in encoded.split("."):
        try:
            text = idna.decode(label) if label.startswith("xn--") else ""
        except idna.IDNAError:
            continue
        foreign = {c: _script(c) for c in text if c.isalpha() and _script(c) != "LATIN"}
        if LOOKING_LATIN.isdisjoint(foreign.values()):
            continue
        letters = [f"{c} (U+{ord(c):04X}, {unicodedata.name(c, '?')})" for c in foreign]
        yield say("names.look_alike", label=text, letters=say.listed(letters))


def _script(character: str) -> str:
    """The alphabet of a letter, from its Unicode name ("CYRILLIC SMALL LETTER A")."""
    return unicodedata.name(character, "?").partition(" ")[0]
