"""What a person types in the place of a key: the words of closed lists, by language.

data/course/typed.toml declares each list once: its keys, and the words for each. A key is what the
course knows a thing by (`registrar hold`); in Spanish one types *suspensión*.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from labsupport.inputs.folding import folded
from labsupport.language import SOURCE_LANGUAGE, Language

# of a number: "-5 minutes" is another thing than "5 minutes"
SIGNS = (
    "",
    "-",
    "−",
    "+",
)
ALIKE = 0.75  # from which share of letters on a misspelt word is proposed


@dataclass(frozen=True)
class Choices:
    """A closed list: of each key the words for it, by the code of a language, that shown first."""

    words: Mapping[str, Mapping[str, Sequence[str]]]

    def key(self, typed: object, say: Language) -> str | None:
        """Return the key that was typed, by its words in a language or in English; None if none.

        Case, accents, spaces and hyphens do not count.

        >>> spanish, typed = Language.load("es"), choices("technique")
        >>> typed.key("Suspension", spanish), typed.key("hold", spanish), typed.key("?", spanish)
        ('registrar hold', 'registrar hold', None)
        """
        if not isinstance(typed, str) or typed.strip()[:1] in SIGNS:
            return None
        return self._known(say.code).get(folded(typed))

    def word(self, key: str, say: Language) -> str:
        """Return the word that is shown for a key.

        >>> choices("technique").word("registrar hold", Language.load("es"))
        'suspensión'
        """
        words = self.words.get(key, {}).get(say.code, ())
        return words[0] if words and say.code != SOURCE_LANGUAGE else key

    def listed(
        self, say: Language, keys: Iterable[str] = (), *, either: bool = False
    ) -> str:
        """Return what may be typed, in quotation marks; English behind it where it differs.

        With `either` the list ends in "or".

        >>> choices("case").listed(Language.load("es"), ["fraud", "wrong-order"])
        '"fraude" ("fraud") y "orden-equivocada" ("wrong-order")'
        """
        quoted = [self._quoted(key, say) for key in keys or self.words]
        return say.listed(quoted, either=either)

    def near(self, typed: object, say: Language, keys: Iterable[str] = ()) -> list[str]:
        """Return up to three keys whose words look like what was typed, the nearest first.

        >>> choices("question").near("consultr", Language.load("es"))
        ['ask']
        """
        keys_by_word = self._known(say.code)
        among = set(keys or self.words)
        words = [word for word, key in keys_by_word.items() if key in among]
        wanted = folded(typed) if isinstance(typed, str) else ""
        near = difflib.get_close_matches(wanted[:100], words, n=6, cutoff=ALIKE)
        nearest = dict.fromkeys(keys_by_word[word] for word in near)
        return list(nearest)[:3]

    def _quoted(self, key: str, say: Language) -> str:
        word = self.word(key, say)
        return f'"{word}"' if word == key else f'"{word}" ("{key}")'

    def _known(self, code: str) -> dict[str, str]:
        """Return the key of each word, small and without signs; the language's own come first."""
        keys_by_word: dict[str, str] = {}
        for language in (code, SOURCE_LANGUAGE):
            for key, by_language in self.words.items():
                for word in by_language.get(language, ()):
                    keys_by_word.setdefault(folded(word), key)
        for key in self.words:
            keys_by_word.setdefault(folded(key), key)
        return keys_by_word


@functools.cache
def choices(name: str) -> Choices:
    """Return a list of data/course/typed.toml by its name."""
    return Choices(_lists()[name])


@functools.cache
def _lists() -> dict[str, dict[str, dict[str, list[str]]]]:
    file = resources.files("labsupport.data").joinpath("course/typed.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
