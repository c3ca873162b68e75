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
    hidden = {ord(c): f"<U+{ord(c):04X}>" for c in {*text} - {"\n"} if _is_hidden(c)}
    return text.translate(hidden) if hidden else text


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
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code)
    for first, last in (
        (0x180B, 0x180F),
        (0xFE00, 0xFE0F),
        (0x1107F, 0x1107F),
        (0x13441, 0x13442),
        (0x16FE4, 0x16FE4),
        (0x1D159, 0x1D159),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
}
LONGEST_QUOTATION = 40


def quoted(typed: object) -> str:
    """Return what somebody typed as a quotation: visible, on one line, no longer than 40.

    >>> quoted("www.\\nmuseum"), quoted(443)
    ('“www. museum”', '“443”')
    """
    text = visible((typed if isinstance(typed, str) else repr(typed)).replace("\n", " "))
    return f"“{text[:LONGEST_QUOTATION]}…”" if len(text) > LONGEST_QUOTATION else f"“{text}”"


def escaped(value: object) -> str:
    """Return `value` as text that is safe inside HTML."""
    return html.escape(visible(str(value)))
