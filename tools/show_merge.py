"""Show that the work of two people on other texts merges without a conflict.

In a copy two branches are made of one state. On each some English is changed, `make words` is done,
the Spanish is set right, and the Spanish notebooks are made; then one is merged into the other.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
CATALOGUE = "data/course/locale/guide/es/LC_MESSAGES/labsupport.po"
MARK = " (changed)"
# Keys of texts, by who changes them. In a file of sentences one line stands between the two; of
# notebook 01 both have a paragraph.
ANA = ("visit.ended", "memory.once", "notebook.01.s5.1", "notebook.03.title.2")
BRUNO = ("visit.no_tls", "memory.remembered", "notebook.01.s4.5", "notebook.02.s5.4")
# Messages whose Spanish alone is changed: they are neighbours in the catalogue.
NEIGHBOURS = {"ana": "who.keeps", "bruno": "who.server_without_address"}
WORDS, NOTEBOOKS = "update_words.py", "translate_notebooks.py"


class Copy:
    """A copy of the course with a history of its own."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        for name in names:
            ignored = shutil.ignore_patterns("__pycache__", "*.mo")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        (folder / ".gitignore").write_text("*.mo\n__pycache__/\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Somebody")
        self.git("config", "user.email", "somebody@example.org")
        self.commit("as it is")

    def git(self, *arguments: str) -> str:
        """Run git, and return what it says; a CalledProcessError where it fails."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def commit(self, subject: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)

    def run(self, *tools: str) -> None:
        """Run tools of the copy."""
        env = os.environ | {"PYTHONPATH": str(self.folder)}
        for tool in tools:
            subprocess.run(
                [sys.executable, f"tools/{tool}"],
                cwd=self.folder,
                env=env,
                check=True,
                stdout=subprocess.DEVNULL,
            )

    def catalogue(self) -> polib.POFile:
        return polib.pofile(str(self.folder / CATALOGUE), wrapwidth=0)

    def change(self, key: str, entry: polib.POEntry) -> None:
        """Change the English of a message, where it stands."""
        file = self.folder / entry.occurrences[0][0]
        written = file.read_text(encoding="utf-8")
        before = json.dumps(entry.msgid, ensure_ascii=False)[1:-1]
        if written.count(before) != 1:
            raise LookupError(key)
        file.write_text(written.replace(before, before + MARK), encoding="utf-8")

    def branch(self, name: str, keys: tuple[str, ...]) -> None:
        """Make a branch on which these texts are changed, in English and in Spanish."""
        self.git("switch", "--quiet", "--create", name, "main")
        entries = {entry.msgctxt: entry for entry in self.catalogue()}
        for key in keys:
            self.change(key, entries[key])
        self.run(WORDS)
        catalogue = self.catalogue()
        for entry in catalogue:
            if entry.msgctxt in keys:
                assert entry.fuzzy
                entry.flags.remove("fuzzy")
                entry.previous_msgid = None
            if entry.msgctxt in (*keys, NEIGHBOURS[name]):
                entry.msgstr += MARK
        catalogue.save()
        self.run(NOTEBOOKS)
        self.commit(f"{name}: {', '.join(keys)}")


def merged(folder: Path) -> list[str]:
    """Make both branches in a copy and merge them; return the keys of the texts that are changed.

    Where git finds a conflict, a CalledProcessError is raised.
    """
    copy = Copy(folder, "data", "labsupport", "notebooks", "tools")
    (folder / "labsupport" / "data").symlink_to("../data")  # as the package has it
    copy.branch("ana", ANA)
    copy.branch("bruno", BRUNO)
    copy.git("merge", "--quiet", "--no-edit", "ana")
    copy.run(WORDS, NOTEBOOKS)
    assert copy.git("status", "--porcelain") == "", (
        "after it, make words changes nothing"
    )
    return [entry.msgctxt for entry in copy.catalogue() if entry.msgstr.endswith(MARK)]


def main() -> int:
    """Show it, and say which texts were changed."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            changed = merged(Path(folder))
        except subprocess.CalledProcessError as error:
            print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
            return 1
    print(f"ana changed {', '.join(ANA)}, and the Spanish of {NEIGHBOURS['ana']}.")
    print(
        f"bruno changed {', '.join(BRUNO)}, and the Spanish of {NEIGHBOURS['bruno']}."
    )
    print(f"Merged without a conflict. Changed in the catalogue: {', '.join(changed)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
