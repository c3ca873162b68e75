"""The lines of a WHOIS answer, and what their keys, headings and sentences mean.

The meanings are in data/directories/whois.toml; its head says what its lines mean. A server's form
is not recognised as a whole: servers mix forms, and change them. So the tables of the file are put
together: a key means the same wherever it stands; where it does not ("address", "name", "country"),
the heading above it or the first key of its block decides.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources

from labsupport.rdds import values
from labsupport.rdds.record import DirectoryOutcome

Row = tuple[str, str, str, str]
"""A key as the forms have it, the same as written, its value, and the heading it stands under."""

Meaning = tuple[str, str, str]
"""Where the value of a key goes, and with what: an action, a role, a contact's field."""

NOT_A_SIGN = str.maketrans("áàâãçéêíñóôõúü", "aaaaceeinooouu")
LONGEST_KEY = 60
AROUND = "%#;*>!.<- \t"
TABLES = resources.files("labsupport.data").joinpath("directories/whois.toml")
FORMS = tomllib.loads(TABLES.read_text("utf-8"))
KINDS = (
    "name",
    "handle",
    "status",
    "server",
    "signed",
    "ds",
    "referral",
    "network",
    "number",
    "origin",
    "country",
    "organization",
)


def plain(key: str) -> str:
    """Return a key as words: no dots that fill, accents, or numbers.

    >>> plain("Fecha de Creación..."), plain("Street_2")
    ('fecha de creacion', 'street')
    """
    letters = key.lower().translate(NOT_A_SIGN)
    words = re.sub(r"[-_.#*\d]+", " ", letters).split()
    return " ".join(words)


def _named(kind: str) -> dict[str, str]:
    """Return the words of the lines of a kind, with what stands behind its dot."""
    named: dict[str, str] = {}
    for form in FORMS.values():
        for line, words in form.items():
            first, _, rest = line.partition(".")
            if first != kind:
                continue
            for word in words.split(","):
                named[" ".join(word.split())] = rest
    return named


FIELDS = _named("field")
"""A contact's fields by their names under a heading, in a block of its own, or behind a role."""

ROLES = _named("role")
"""RDAP's word (RFC 9083 section 10.2.4) for how a role is called in a key or heading."""

HEADINGS = ROLES | _named("heading") | dict.fromkeys(_named("server"), "")
"""What stands under a heading: a contact with a role, the "domain", or "" for neither."""

NUMBERS = frozenset(_named("numbers"))
SOMEBODY = frozenset(_named("somebody"))
CONTACT_FIELDS = {k: field for k, field in FIELDS.items() if k != "org"} | _named(
    "person"
)
"""The fields in a block about somebody."""

STATES = {values.status(word): state for word, state in _named("state").items()}
"""RDAP's word for a state that is not EPP's, in lower case; "free": nobody has the name."""


def _keys() -> dict[str, Meaning]:
    keys: dict[str, Meaning] = {}
    starts = {f"{word} ": role for word, role in ROLES.items()} | _named("prefix")
    for start, role in starts.items():
        for field, slot in FIELDS.items():
            keys[f"{start}{field}"] = ("contact", role, slot)
    keys |= {word: ("contact", role, "") for word, role in ROLES.items()}
    for kind in ("event", "pointer", *KINDS):
        keys |= {word: (kind, rest, "") for word, rest in _named(kind).items()}
    for role in ROLES.values():
        keys |= {word: ("contact", role, slot) for word, slot in _named(role).items()}
    return {plain(key): meaning for key, meaning in keys.items()} | keys


KEYS = _keys()
IGNORED = frozenset(_named("ignored"))  # known, so that it is taken for no prose
KNOWN = {plain(word): word for word in (*CONTACT_FIELDS, *HEADINGS, *IGNORED)} | {
    word: word for word in (*KEYS, *CONTACT_FIELDS, *HEADINGS, *IGNORED)
}
"""Every key and heading, by itself and as `plain` has it."""

OUTCOMES = {
    "throttled": DirectoryOutcome.THROTTLED,
    "refused": DirectoryOutcome.REFUSED,
    "absent": DirectoryOutcome.ABSENT,
    # A name that is held back is registered by nobody, and cannot be had: it is known.
    "held": DirectoryOutcome.FOUND,
}


def _sentences(name: str) -> re.Pattern[str]:
    """Return a pattern of all sentences with that meaning."""
    words: list[str] = []
    for form in FORMS.values():
        words += form.get(name, ())
    return re.compile("|".join(f"(?:{pattern})" for pattern in words))


SENTENCES = {outcome: _sentences(name) for name, outcome in OUTCOMES.items()}
"""In the order in which they are tried: who is throttled has been told nothing else."""


def kind_of(key: str) -> str:
    """Return where the value of a key goes; "" where that is nowhere by itself."""
    return KEYS[key][0] if key in KEYS else ""


def decode(data: bytes) -> str:
    """Return `data` as text with line feeds only.

    What is not UTF-8 is read line by line, for servers send what registrars stored: UTF-8 where
    it is that, else Windows-1252.

    >>> decode("Añil\\r\\n".encode("iso-8859-1"))
    'Añil\\n'
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\n".join(map(_line, data.split(b"\n")))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def cut(text: str) -> tuple[list[list[Row]], list[list[str]]]:
    """Cut an answer into blocks of rows, and what is no row into paragraphs of lines."""
    blocks: list[list[Row]] = [[]]
    paragraphs: list[list[str]] = [[]]
    heading = written = ""
    closing = False  # behind ">>>" are the server's own words
    for line in text.split("\n"):
        stripped = line.strip()
        content = stripped.strip("%# \t")
        closing = closing or stripped.startswith(">>>")
        if not content:
            paragraphs.append([])
        if not stripped:
            blocks.append([])
            heading = ""
        elif not content:
            continue
        elif closing or stripped[0] in "%#":
            paragraphs[-1].append(content)
        else:
            head, colon, value = (part.strip() for part in stripped.partition(":"))
            key = _key(head)
            if value and (key or values.withheld(value)):
                blocks[-1].append((key or head, head, value, heading))
            elif key and (colon or key in HEADINGS):
                if key in HEADINGS or not heading:
                    heading = key
                    written = head
            elif heading and (kind_of(heading) == "server" or not (colon and value)):
                # A value below its key, or one more line of it
                blocks[-1].append((heading, written, stripped, heading))
            else:
                paragraphs[-1].append(stripped)
    return list(filter(None, blocks)), list(filter(None, paragraphs))


def _key(head: str) -> str:
    """Return a key as the forms have it; "" where they have it not."""
    lower = head.lower()
    if len(lower) > LONGEST_KEY:
        return ""
    return KNOWN.get(lower) or KNOWN.get(plain(lower), "")
