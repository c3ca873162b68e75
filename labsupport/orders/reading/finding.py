"""Finding names, pages, addresses and blocks of addresses in a text, however they are written.

The text is gone through once, from run to run of the characters that names and addresses are
made of. What looks like a target and is none is kept as a doubt.
"""

from __future__ import annotations

from dataclasses import replace

from labsupport.orders import targets
from labsupport.orders.order import Span, Target, TargetKind
from labsupport.orders.reading.words import DraftText
from labsupport.orders.vocabulary import Expression, Expressions, words


class _Expressions(Expressions, part="finding"):
    """Names, addresses and ports."""

    run = Expression()
    piece = Expression()
    ellipsis = Expression()
    scheme = Expression()
    url_rest = Expression()
    broken_url = Expression()
    article = Expression()
    registry = Expression()
    no_name = Expression()
    a_word = Expression()
    doubtful = Expression()
    new_sentence = Expression()
    before_numbers = Expression()
    counting = Expression()
    counted_by = Expression()
    numbers = Expression()
    colons = Expression()
    block = Expression()
    mask = Expression()
    several = Expression()
    port = Expression()
    range_or_port = Expression()


RE = _Expressions()

LONGEST_PIECE = 500  # characters that nothing parts; no name is as long
DASHES = "-–—−"
ADDRESS = TargetKind.ADDRESS
URL = TargetKind.URL


class Finds:
    """What stands in a page, from its beginning to its end: places are those in its plain form.

    `doubts` look like targets and are none, or not surely; `mails` are e-mail addresses.
    """

    def __init__(self, page: DraftText) -> None:
        self._page = page
        self._plain = page.plain
        self._folded = page.folded
        self.targets: list[Target] = []
        self.doubts: list[Span] = []
        self.mails: list[Target] = []
        at = 0
        while run := RE.run.search(page.plain, at):
            at = max(self._run(run.start(), run.end()), run.end())
        self.targets.sort(key=lambda one: (one.start, one.end))

    def _run(self, start: int, end: int) -> int:
        """Look at a run of characters; return where what was found in it ends."""
        if self._plain.startswith(("//", "\\\\"), end) and (
            scheme := RE.scheme.search(self._plain, max(start, end - 13), end)
        ):
            self._pieces(start, scheme.start())
            return self._url(scheme.start(), end)
        if "@" in self._plain[start:end]:
            self._mail(start, end)
            return end
        if (after := self._colons(start, end)) is not None:
            return after
        return self._pieces(start, end)

    def _add(self, value: str, kind: TargetKind, start: int, end: int) -> int:
        """Note a target; what was meant as one and is none is a doubt."""
        if not value:
            return self._doubt(start, end)
        self.targets.append(Target(value, kind, start=start, end=end))
        return end

    def _doubt(self, start: int, end: int) -> int:
        self.doubts.append((start, end))
        return end

    # Pages

    def _url(self, start: int, colon: int) -> int:
        """Read a page's address whose "//" stands at `colon`."""
        first = colon + 2
        end = self._url_end(first, first)
        rest = self._plain[first:end]
        broken = RE.broken_url.match(self._plain, end)
        if broken and rest.endswith(("/", "-", "_", "=", "&", "?")):
            end = self._url_end(first, broken.start(1))
            rest += self._plain[broken.start(1) : end]
        page = targets.canonical_url(self._plain[start : colon - 1], rest)
        return self._add(page, URL, start, end)

    def _url_end(self, start: int, first: int) -> int:
        """Where a page's address ends: before the signs of the sentence around it."""
        rest = RE.url_rest.match(self._plain, first)
        assert rest is not None  # it may match nothing
        end = rest.end()
        text = self._plain[start:end]
        over = {
            shut: text.count(shut) - text.count(opened) for opened, shut in ("()", "[]")
        }
        while end > first:
            last = self._plain[end - 1]
            if last in over and over[last] > 0:
                over[last] -= 1
            elif last not in ".,;:!?'*…":
                break
            end -= 1
        return end

    def _host(self, host: Target, written: str, start: int, end: int) -> int:
        """Note a name or an address, or the page whose path stands behind it.

        That a range begins with it, or that it has a port, is a doubt.
        """
        last = self._url_end(start, end) if self._plain.startswith("/", end) else end
        if last > end + 1:
            rest = written + self._plain[end:last]
            page = targets.canonical_url(targets.SCHEME_NOT_WRITTEN, rest)
            return self._add(page, URL, start, last)
        begins = RE.range_or_port if host.kind is ADDRESS else RE.port
        if more := begins.match(self._folded, end):
            self._doubt(start, more.end())
        self.targets.append(replace(host, start=start, end=end))
        return end

    # E-mail addresses

    def _mail(self, start: int, end: int) -> None:
        start, end = self._stripped(start, end, ".+:*" + DASHES, ".+:*_@" + DASHES)
        start = max(start, self._plain.rfind(":", start, end) + 1)
        user, _, host = self._plain[start:end].partition("@")
        name = targets.canonical_name(host)
        if user and targets.public_suffix(name):
            self.mails.append(
                Target(f"{user}@{name}", TargetKind.NAME, start=start, end=end)
            )

    # Addresses

    def _colons(self, start: int, end: int) -> int | None:
        """Read an address of version 6, or a block of them; None where there is none."""
        if self._plain.count(":", start, end) < 2:
            return None
        start, end = self._stripped(start, end, ".+*" + DASHES, ".+*_" + DASHES)
        text = self._plain[start:end]
        if targets.canonical_address(text.partition("-")[0]) and "-" in text:
            return self._doubt(start, end)
        if not RE.colons.fullmatch(text):
            label, _, rest = text.partition(":")
            if label.isalnum() and RE.colons.fullmatch(rest):
                return self._colons(start + len(label) + 1, end)  # "IPv6:2001:db8::80"
            return None
        address = targets.canonical_address(text)
        block = RE.block.match(self._plain, end)
        groups = [group for group in text.split(":") if group]
        if (len(groups) < 2 and not block) or not (address or "::" in text):
            return end  # a time, or the address of a device
        if block:
            return self._block(start, block.end())
        return self._add(address, ADDRESS, start, end)

    def _quad(self, start: int, end: int) -> int:
        """Read four numbers with dots between them."""
        last = RE.before_numbers.search(self._folded, max(0, start - 24), start)
        counted = RE.counted_by.match(self._folded, end)
        if counted or (last and RE.counting.fullmatch(last[1])):
            return end  # "art. 10.0.0.1", "1.234.567.890 pesos"
        if block := RE.block.match(self._plain, end):
            return self._block(start, block.end())
        address = targets.canonical_address(self._plain[start:end])
        if not address:
            return self._doubt(start, end)
        if mask := RE.mask.match(self._folded, end):
            return self._block(start, mask.end(), f"{address}/{mask[1]}")
        return self._host(Target(address, ADDRESS), address, start, end)

    def _block(self, start: int, end: int, written: str = "") -> int:
        value = targets.canonical_prefix(written or self._plain[start:end])
        return self._add(value, TargetKind.PREFIX, start, end)

    # Names

    def _pieces(self, start: int, end: int) -> int:
        """Look at what stands between colons and pluses; return where the last find ends."""
        last = start
        for piece in RE.piece.finditer(self._plain, start, end):
            last = self._piece(*piece.span())
        return last

    def _piece(self, start: int, end: int) -> int:
        if "." not in self._plain[start:end]:
            return end
        if end - start > LONGEST_PIECE:
            return self._doubt(start, end)
        if dots := RE.ellipsis.search(self._plain, start, end):
            self._piece(start, dots.start())
            return self._piece(dots.end(), end)
        text = self._plain[start:end]
        if several := RE.several.fullmatch(text.rstrip(".")):
            return self._doubt(start, start + several.end())
        start, end = self._stripped(start, end, DASHES + "_", ".*_" + DASHES)
        if (
            self._plain[start : start + 1] == "*"
            and self._plain[start + 1 : start + 2] != "."
        ):
            start, end = self._stripped(start, end, "*", "")
        text = self._plain[start:end]
        if "." not in text:
            return end
        if RE.numbers.fullmatch(text):
            parts = text.count(".")
            if parts == 4 and targets.canonical_address(text.rpartition(".")[0]):
                return self._doubt(start, end)
            if parts == 3:
                return self._quad(start, end)
            return end
        return self._name(text, start, end)

    def _name(self, text: str, start: int, end: int) -> int:
        bare = text.removeprefix("*").removeprefix(".")
        labels = bare.split(".")
        if len(labels) > 2 and labels[0].isdigit() and self._page.begins_a_line(start):
            # "1.goles-gratis.example"
            return self._piece(start + len(labels[0]) + 1, end)
        of_words = RE.a_word.fullmatch(bare) or self._page.before(
            RE.registry, start, 40
        )
        if RE.no_name.fullmatch(bare) or (text[0] == "." and of_words):
            return end
        if stop := RE.new_sentence.search(self._plain, start, end):
            self._piece(start, stop.start())
            return self._piece(stop.end(), end)
        name = targets.named(text)
        if name is None:
            return self._unnamed(bare, labels, start, end)
        an_ending = text[0] == "." and len(labels) == 1
        if RE.doubtful.fullmatch(bare) or (
            an_ending and self._page.before(RE.article, start, 30)
        ):
            return self._doubt(start, end)
        return self._host(name, bare, start, end)

    def _unnamed(self, bare: str, labels: list[str], start: int, end: int) -> int:
        """Keep what was meant as a name and is none: an empty or impossible label, no such end."""
        first = labels[0].lower()
        last = labels[-1].lower()
        if first in words("names", "shortened") or (
            len(labels) == 2 and first.isdigit()
        ):
            return end
        meant = targets.public_suffix(targets.canonical_name(last)) or (
            len(last) > 2
            and (len(labels) > 2 or "-" in bare or (bare.islower() and len(first) > 2))
        )
        if meant:
            return self._doubt(start, end)
        return end

    def _stripped(self, start: int, end: int, before: str, behind: str) -> Span:
        text = self._plain[start:end].rstrip(behind)
        return start + len(text) - len(text.lstrip(before)), start + len(text)
