"""What a language is called by those who ask for it: a code, a region, a name."""

from __future__ import annotations

import re

from labsupport.language.conventions import unaccented

NAMES = {"en": "English", "es": "Español", "pt": "Português"}  # each as it calls itself
# Small and without accents; on Windows a machine's language begins so: Spanish_Argentina.
CALLED = {
    "en": ("eng", "english", "ingles"),
    "es": ("spa", "espanol", "castellano", "spanish", "castilian", "espanhol"),
    "pt": ("por", "portugues", "portuguese", "brasileiro", "brasileno", "brazilian"),
}
NEAREST = {"pt": "es"}  # what who reads one reads most easily besides


def code_of(text: object) -> str | None:
    """Return the code of a language that is called so; None where none is.

    A region does not count, nor do capitals and accents.

    >>> [code_of(text) for text in ("ES", "es-CO", "es_AR.UTF-8", "Español", "pt-BR", "estonian")]
    ['es', 'es', 'es', 'es', 'pt', None]
    """
    if not isinstance(text, str):
        return None
    name = re.split(r"[-_.@]", unaccented(text.casefold()))[0].strip()
    return next((code for code in NAMES if name == code or name in CALLED[code]), None)
