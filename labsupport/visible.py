"""What came from somebody, made safe to show: nothing hidden, nothing too long, no markup."""

from __future__ import annotations

import html
import unicodedata

from labsupport.bounds import LONGEST_TEXT

# Jupyter would set what stands between two dollar signs as mathematics, with links in it.
NO_MATHS = "mathjax_ignore tex2jax_ignore"


def visible(text: str) -> str:
    """Return `text` with every invisible or direction-changing character spelt out.

    >>> visible("safe\\u202egnp.exe")
    'safe<U+202E>gnp.exe'
    """
    hidden = filter(_is_hidden, {*text} - {"\n"})
    spelt_out = {ord(character): f"<U+{ord(character):04X}>" for character in hidden}
    return text.translate(spelt_out) if spelt_out else text


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or is_blank(character)


def is_blank(character: str) -> bool:
    """Whether a letter, mark or symbol draws nothing, and is no space."""
    return character in _BLANK


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text that is not longer than what is shown, with a mark where it was cut.

    >>> cut("museum.example", 6)
    'museum [...]'
    """
    return text if len(text) <= most else f"{text[:most]} [...]"


_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
# The fillers of Hangul and Khitan, variation selectors, the blank pattern of Braille, and their
# like; data/course/report/verify.html has those that are not Default_Ignorable_Code_Point as well.
_BLANK = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001107f\U00016fe4\U0001d159",
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0x13441, 0x13443)),
    *map(chr, range(0xE0100, 0xE01F0)),
}
LONGEST_QUOTATION = 40


def quoted(typed: object) -> str:
    """Return what somebody typed as a quotation: visible, on one line, no longer than 40.

    >>> quoted("www.\\nmuseum"), quoted(443)
    ('“www. museum”', '“443”')
    """
    text = typed if isinstance(typed, str) else repr(typed)
    text = visible(text.replace("\n", " "))
    if len(text) > LONGEST_QUOTATION:
        text = f"{text[:LONGEST_QUOTATION]}…"
    return f"“{text}”"


def escaped(value: object) -> str:
    """Return `value` as text that is safe inside HTML."""
    return html.escape(visible(str(value)))
