"""Finding names, pages, addresses and blocks of addresses in a text, however they are written.

The text is gone through once, from run to run of the characters that names and addresses are
made of. What looks like a target and is none is kept as a doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labsupport.blocking.order import Span, Target, TargetKind
from labsupport.blocking.reading.words import Page
from labsupport.blocking.targets import (
    SCHEME_NOT_WRITTEN,
    between,
    canonical_address,
    canonical_name,
    canonical_prefix,
    canonical_url,
    named,
    public_suffix,
)
from labsupport.blocking.vocabulary import Expressions, words

RE = Expressions("finding")

LONGEST_PIECE = 500  # characters that nothing parts; no name is as long
LONGEST_URL = 8000

RUN = re.compile(r"[\w.\-*@+:]+")
PIECE = re.compile(r"[^:+]+")
ELLIPSIS = re.compile(r"\.{3,}")
SCHEME = re.compile(r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{1,11}:\Z")
URL_REST = re.compile(r"[^\s\x00-\x1f\x7f<>\"«»“”„‘’`|^{}\\\u3001\u3002\uff0c]*")
# What goes on in the next line: "replica-2.html", and no word, name, address or next item.
BROKEN_URL = re.compile(
    r"[ \t]*\n[ \t]*((?=[\w.%-]*[\w%][-_/=&?%0-9])"
    r"(?!\w{1,3}[.)]\s|[\w-]+(?:\.[\w-]+)*\.(?!(?:html?|php|aspx?|pdf)\b)\w)[\w%][^\s<>\"]{2,})"
)
NEXT_URL = re.compile(r"[,;|](?=[A-Za-z][A-Za-z+]{1,7}://|www\.)")

QUAD = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)+")
QUAD_RANGE = re.compile(rf"({QUAD})-({QUAD}|[0-9]{{1,3}})")
ALL_OF_IT = re.compile(r"((?:[0-9]{1,3}\.){3})([*xX])|(?:[0-9]{1,3}\.){2}[*xX]\.[*xX]")
COLONS = re.compile(r"[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,}(?:\.[0-9]{1,3}){0,3}")
HARDWARE = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+")
BLOCK = re.compile(rf"/({QUAD}|[0-9]{{1,3}})(?![0-9]|[.,]?\w)")
DASH = re.compile(
    rf"\s{{0,3}}[-–—−]\s{{0,3}}({QUAD}|[0-9A-Fa-f]{{0,4}}:[0-9A-Fa-f:.]{{1,45}})(?!\w)"
)
BEFORE_NUMBERS = re.compile(r"([^\s(,;:.]+)[.:\s]*\Z")
PORT = re.compile(r"\]?:[0-9]{1,5}(?![\w:])")
GLUE = "/\\–—−"


@dataclass
class Finds:
    """What was found: places are those in the plain form of a page.

    `doubts` look like targets and are none, or not surely; `mails` are e-mail addresses.
    """

    targets: list[Target] = field(default_factory=list)
    doubts: list[Span] = field(default_factory=list)
    mails: list[Target] = field(default_factory=list)


def find(page: Page) -> Finds:
    """Return what stands in a page, from its beginning to its end."""
    finder = _Finder(page)
    finder.spelt()
    place = 0
    while run := RUN.search(page.plain, place):
        place = max(finder.run(run.start(), run.end()), run.end())
    finds = finder.finds
    finds.targets.sort(key=lambda one: (one.start, one.end))
    return finds


class _Finder:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._plain = page.plain
        self._folded = page.folded
        self._spelt: list[Span] = []
        self.finds = Finds()

    def spelt(self) -> None:
        """Find names whose dots are words: "www punto goles-gratis punto example"."""
        if not any(f" {word} " in self._folded for word in ("dot", "punto", "ponto")):
            return
        for found in RE.spelt.finditer(self._plain):
            written = RE.spelt_dot.sub(".", found.group())
            address = canonical_address(written) if NUMBERS.fullmatch(written) else ""
            name = named(written)
            sure = "-" in written or written.lower().startswith("www.")
            if address or (name and sure):
                self._spelt.append(found.span())
                value, kind = (name.value, name.kind) if name else (address, TargetKind.ADDRESS)
                self._add(value, kind, *found.span())
            elif name and written.lower().rpartition(".")[2] not in words("names", "words"):
                self.finds.doubts.append(found.span())

    def run(self, start: int, end: int) -> int:
        """Look at a run of characters; return where what was found in it ends."""
        while self._spelt and self._spelt[0][1] <= start:
            self._spelt.pop(0)
        if self._spelt and self._spelt[0][0] < end:
            return self._spelt[0][1]
        if self._plain.startswith(("//", "\\\\"), end) and (
            scheme := SCHEME.search(self._plain, max(start, end - 13), end)
        ):
            self._pieces(start, scheme.start())
            return self._url(scheme.start(), end)
        if "@" in self._plain[start:end]:
            self._mail(start, end)
            return end
        if (after := self._colons(start, end)) is not None:
            return after
        return self._pieces(start, end)

    def _add(
        self, value: str, kind: TargetKind, start: int, end: int, subtree: bool = False
    ) -> None:
        self.finds.targets.append(Target(value, kind, subtree, start=start, end=end))

    def _doubt(self, start: int, end: int) -> int:
        self.finds.doubts.append((start, end))
        return end

    # Pages

    def _url(self, start: int, colon: int) -> int:
        """Read a page's address whose "//" stands at `colon`."""
        first = colon + 2
        end = self._url_end(first, first)
        rest = self._plain[first:end]
        broken = BROKEN_URL.match(self._plain, end)
        if broken and rest.endswith(("/", "-", "_", "=", "&", "?")):
            end = self._url_end(first, broken.start(1))
            rest += self._plain[broken.start(1) : end]
        value = canonical_url(self._plain[start : colon - 1], rest)
        if not value or len(rest) > LONGEST_URL:
            return self._doubt(start, end)
        self._add(value, TargetKind.URL, start, end)
        return end

    def _url_end(self, start: int, first: int) -> int:
        """Where a page's address ends: before the signs of the sentence around it."""
        found = URL_REST.match(self._plain, first)
        assert found is not None  # it may match nothing
        end = found.end()
        if following := NEXT_URL.search(self._plain, first, end):
            end = following.start()
        text = self._plain[start:end]
        over = {shut: text.count(shut) - text.count(opened) for opened, shut in ("()", "[]")}
        while end > first:
            last = self._plain[end - 1]
            if last in over and over[last] > 0:
                over[last] -= 1
            elif last not in ".,;:!?'*…":
                break
            end -= 1
        return end

    def _page_behind(self, host: str, start: int, end: int) -> int | None:
        """Read the path that stands behind a host without a scheme; None where none does."""
        if not self._plain.startswith("/", end):
            return None
        last = self._url_end(start, end)
        path = self._plain[end:last]
        if len(path) < 2:
            return None
        segment = path[1:].split("/", 1)[0]
        value = canonical_url(SCHEME_NOT_WRITTEN, host + path)
        if not value or ("." in segment and named(segment)) or len(path) > LONGEST_URL:
            return self._doubt(start, last)  # two names with a stroke between them, or one page?
        self._add(value, TargetKind.URL, start, last)
        return last

    # E-mail addresses

    def _mail(self, start: int, end: int) -> None:
        start, end = self._stripped(start, end, "-.+:*", ".-+:*_@")
        start = max(start, self._plain.rfind(":", start, end) + 1)
        user, _, host = self._plain[start:end].partition("@")
        name = canonical_name(host)
        if not public_suffix(name):
            return
        if user:
            self.finds.mails.append(Target(f"{user}@{name}", TargetKind.NAME, start=start, end=end))
        else:
            self._doubt(start, end)

    # Addresses

    def _colons(self, start: int, end: int) -> int | None:
        """Read an address of version 6, or a block of them; None where there is none."""
        if self._plain.count(":", start, end) < 2:
            return None
        start, end = self._stripped(start, end, ".-+*", ".-+*_")
        if self._plain[end - 1 : end] == ":" and self._plain[end - 2] != ":":
            end -= 1
        text = self._plain[start:end]
        first, dash, last = text.partition("-")
        if dash and canonical_address(first) and ":" in last:
            return self._range(canonical_address(first), canonical_address(last), start, end)
        if not COLONS.fullmatch(text):
            label, _, rest = text.partition(":")
            if label.isalnum() and COLONS.fullmatch(rest):
                return self._colons(start + len(label) + 1, end)  # "IPv6:2001:db8::80"
            return None
        address = canonical_address(text)
        groups = [group for group in text.split(":") if group]
        if HARDWARE.fullmatch(text) or (len(groups) < 2 and not BLOCK.match(self._plain, end)):
            return end
        if not address:
            return self._doubt(start, end)
        if block := BLOCK.match(self._plain, end):
            return self._block(start, block.end())
        return self._address(address, start, end)

    def _quad(self, start: int, end: int) -> int:
        """Read four numbers with dots between them."""
        if self._counted(start, end):
            return end
        if block := BLOCK.match(self._plain, end):
            return self._block(start, block.end())
        address = canonical_address(self._plain[start:end])
        if not address:
            return self._doubt(start, end)
        if mask := RE.mask.match(self._folded, end):
            return self._block(start, mask.end(), f"{address}/{mask[1]}")
        page = self._page_behind(address, start, end)
        return page if page is not None else self._address(address, start, end)

    def _address(self, address: str, start: int, end: int) -> int:
        """Note an address, and those up to the other end of its range if it begins one."""
        if (dash := DASH.match(self._plain, end)) and (":" in dash[1]) == (":" in address):
            last = dash.group().rstrip(".:")
            return self._range(
                address, canonical_address(last.lstrip(" \t\n-–—−")), start, end + len(last)
            )
        if through := RE.through.match(self._folded, end):
            return self._range(address, canonical_address(through[1]), start, through.end())
        if to := RE.to.match(self._folded, end):
            if self._page.before(RE.range_begins, start):
                return self._range(address, canonical_address(to[1]), start, to.end())
            if to[0].split()[0] not in ("y", "e", "and"):
                self._doubt(start, to.end())  # a range, or one instead of the other?
        if port := PORT.match(self._plain, end) or RE.port_beside.match(self._folded, end):
            self._doubt(start, port.end())
        self._add(address, TargetKind.ADDRESS, start, end)
        return end

    def _block(self, start: int, end: int, written: str = "") -> int:
        value = canonical_prefix(written or self._plain[start:end])
        if not value:
            return self._doubt(start, end)
        self._add(value, TargetKind.PREFIX, start, end)
        return end

    def _range(self, first: str, last: str, start: int, end: int) -> int:
        blocks = between(first, last) if last else []
        if not blocks:
            return self._doubt(start, end)
        for block in blocks:
            kind = TargetKind.PREFIX if "/" in block else TargetKind.ADDRESS
            self._add(block, kind, start, end)
        return end

    def _counted(self, start: int, end: int) -> bool:
        """Say whether what stands around numbers tells that they are no address."""
        return bool(
            _counting(self._folded[max(0, start - 24) : start])
            or RE.counted_by.match(self._folded, end)
        )

    # Names

    def _pieces(self, start: int, end: int) -> int:
        """Look at what stands between colons and pluses; return where the last find ends."""
        last = start
        for piece in PIECE.finditer(self._plain, start, end):
            last = self._piece(*piece.span())
        return last

    def _piece(self, start: int, end: int) -> int:
        if "." not in self._plain[start:end]:
            return end
        if end - start > LONGEST_PIECE:
            return self._doubt(start, end)
        if dots := ELLIPSIS.search(self._plain, start, end):
            self._piece(start, dots.start())
            return self._piece(dots.end(), end)
        text = self._plain[start:end]
        if every := ALL_OF_IT.fullmatch(text.rstrip(".")):
            return self._all_of_it(every, start)
        start, end = self._stripped(start, end, "-_", ".-_*")
        if self._plain[start : start + 1] == "*" and self._plain[start + 1 : start + 2] != ".":
            start, end = self._stripped(start, end, "*", "")
        text = self._plain[start:end]
        if "." not in text:
            return end
        if NUMBERS.fullmatch(text):
            parts = text.count(".")
            if parts == 4 and canonical_address(text.rpartition(".")[0]):
                return self._doubt(start, end)
            return self._quad(start, end) if parts == 3 else end
        if found := QUAD_RANGE.fullmatch(text):
            last = ".".join(found[1].split(".")[: 3 - found[2].count(".")] + found[2].split("."))
            return self._range(canonical_address(found[1]), canonical_address(last), start, end)
        return self._name(text, start, end)

    def _all_of_it(self, every: re.Match[str], start: int) -> int:
        """Read "203.0.113.*"; an x may stand for anything."""
        span = start, start + every.end()
        return self._block(*span, f"{every[1]}0/24") if every[2] == "*" else self._doubt(*span)

    def _name(self, text: str, start: int, end: int) -> int:
        bare = text.removeprefix("*").removeprefix(".")
        labels = bare.split(".")
        if len(labels) > 2 and labels[0].isdigit() and self._page.begins_a_line(start):
            return self._piece(start + len(labels[0]) + 1, end)  # "1.goles-gratis.example"
        last = labels[-1].lower()
        if not any(sign.isalpha() for sign in last):
            return end
        of_words = _begins_a_sentence(labels) or self._page.before(RE.registry, start, 40)
        if _is_no_name(bare, labels, last) or (text[0] == "." and of_words):
            return end
        if stop := _sentence_end(labels):
            left = ".".join(labels[:stop])
            cut = start + len(text) - len(bare) + len(left)
            self._piece(start, cut)
            return self._piece(cut + 1, end)
        found = named(text)
        if found is None:
            return self._unnamed(bare, labels, start, end)
        if (first := self._glued(start)) < start or self._doubtful(bare, labels, start, end):
            return self._doubt(first, end)
        if found.kind is TargetKind.NAME:
            page = self._page_behind(bare, start, end)
            if page is not None:
                return page
            if port := PORT.match(self._plain, end) or RE.port_beside.match(self._folded, end):
                self._doubt(start, port.end())
        self._add(found.value, found.kind, start, end, found.subtree)
        return end

    def _doubtful(self, bare: str, labels: list[str], start: int, end: int) -> bool:
        """Say whether this may be something else than a name: a file, a sentence's end."""
        last = labels[-1].lower()
        if last in words("names", "doubtful") and labels[0].lower() != "www":
            return True
        if all(len(label) <= 2 for label in labels) and bare[0].isupper():
            return True
        if len(labels) == 1:
            return self._plain[start] == "." and bool(self._page.before(RE.article, start, 30))
        of_words = labels[0].isalpha() and last in words("names", "words")
        return of_words and len(labels) == 2 and bare.isupper()

    def _unnamed(self, bare: str, labels: list[str], start: int, end: int) -> int:
        """Keep what was meant as a name and is none: an empty or impossible label, no such end."""
        if self._plain.startswith("(", end):
            return end  # a call in a program
        first, last = labels[0].lower(), labels[-1].lower()
        if first in words("names", "shortened") or (len(labels) == 2 and first.isdigit()):
            return end
        if last in words("names", "words"):
            return end
        meant = public_suffix(canonical_name(last)) or (
            len(last) > 2
            and (len(labels) > 2 or "-" in bare or (bare.islower() and len(first) > 2))
        )
        return self._doubt(self._glued(start), end) if meant else end

    def _glued(self, start: int) -> int:
        """Where what is glued to the name before it begins, as in "goles–gratis"."""
        if start < 2 or self._plain[start - 1] not in GLUE or self._plain[start - 2].isspace():
            return start
        return start - len(self._plain[max(0, start - 100) : start].split()[-1])

    def _stripped(self, start: int, end: int, before: str, behind: str) -> Span:
        while start < end and self._plain[start] in before:
            start += 1
        while end > start and self._plain[end - 1] in behind:
            end -= 1
        return start, end


def _is_no_name(bare: str, labels: list[str], last: str) -> bool:
    """Say whether this is a file, or short for words: "anexo.pdf", "S.A.", "art.de", "3.er"."""
    if last in words("names", "files") or bare.lower() in words("names", "initials"):
        return True
    if len(labels) > 1 and all(len(label) == 1 for label in labels):
        return True
    if all(label.isdigit() for label in labels[:-1]) and len(labels) > 1:
        ordinal = last in words("names", "ordinals") and len(labels[-2]) < 3
        return ordinal or (last in words("names", "words") and labels[-1][0].isupper())
    shortened = words("names", "shortened")
    short = len(labels) == 2 and labels[0].lower() in shortened
    return short and (last in shortened or last in words("names", "words"))


def _begins_a_sentence(labels: list[str]) -> bool:
    """Say whether a full stop stands before a word: "la medida .La empresa"."""
    word = labels[0]
    return len(labels) == 1 and (
        word.lower() in words("names", "words") or (word[0].isupper() and not word.isupper())
    )


def _sentence_end(labels: list[str]) -> int:
    """Before which label a sentence ends whose full stop no space follows; 0 where none does.

    >>> _sentence_end(["medida", "La"]), _sentence_end(["goles-gratis", "example", "The"])
    (1, 2)
    """
    for place in range(1, len(labels)):
        before, label = labels[place - 1], labels[place]
        begins = before[-1:].islower() and label[:1].isupper()
        if begins and label.lower() not in words("names", "plain"):
            return place
    return 0


def _counting(before: str) -> bool:
    """Say whether what stands before numbers tells that they are no address: "art.", "$"."""
    last = BEFORE_NUMBERS.search(before)
    return last is not None and RE.counting.fullmatch(last[1]) is not None
