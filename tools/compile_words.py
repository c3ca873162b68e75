"""Compile the translations: of each .po file, the .mo file that the course reads.

Babel's own command takes a file without a header for doubtful, and writes the time of day into
what it makes. What is doubtful (fuzzy) or not translated is left out here as there.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

GUIDE = re.compile("data/course/en/guide/|notebooks/en/instructor/")


def main() -> int:
    """Compile the catalogues of the folder that is named: LANGUAGE/LC_MESSAGES/labsupport.po.

    Beside that folder a participant's lies, without the instructor's guide and its answers.
    """
    folder = Path(sys.argv[1])
    for file in sorted(folder.glob("*/LC_MESSAGES/labsupport.po")):
        code = file.parts[-3]
        with file.open("rb") as stream:
            catalogue = read_po(stream, locale=code)
        done = sum(bool(one.id and one.string and not one.fuzzy) for one in catalogue)
        print(f"{code}: {done} of {len(catalogue)} messages are translated")
        compile_to(file.with_suffix(".mo"), catalogue)
        for one in [one for one in catalogue if one.id and is_of_the_guide(one)]:
            catalogue.delete(one.id, one.context)
        compile_to(folder.parent / file.relative_to(folder).with_suffix(".mo"), catalogue)
    return 0


def is_of_the_guide(message: Message) -> bool:
    """Whether a text stands nowhere else than in the guide."""
    return all(GUIDE.match(place) for place, _ in message.locations)


def compile_to(file: Path, catalogue: Catalog) -> None:
    """Write a catalogue, the same octets each time."""
    catalogue.fuzzy = False
    catalogue.creation_date = datetime.fromtimestamp(0, UTC)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_mo(stream, catalogue)


if __name__ == "__main__":
    sys.exit(main())
