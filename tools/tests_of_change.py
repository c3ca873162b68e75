"""Run the tests that go with what differs from a commit (`main`, if none is named), and no others.

A changed module is gone with by the tests that import it or have its name in theirs, and by its own
doctests; of other files `GO_WITH` has the table. What depends on a change by way of other modules
is left out: before a commit all tests are run.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
OF_TEXTS = ("tests/test_messages.py", "tests/test_translations.py")
OF_WORDS = ("tests/test_words.py", "tests/test_catalogues.py", *OF_TEXTS)
OF_QUESTIONS = (
    "tests/course/test_errors.py",
    "tests/test_seen_by.py",
    "tests/test_lab.py",
)
# By how the path of a changed file begins; the first that fits.
GO_WITH: dict[str, tuple[str, ...]] = {
    "labsupport/facade/": OF_QUESTIONS,
    "labsupport/lab": OF_QUESTIONS,
    "labsupport/declared.py": OF_QUESTIONS,
    "data/course/typed.toml": ("tests/inputs/test_choices.py", *OF_WORDS),
    "data/course/en/sentences/": OF_WORDS,
    "data/course/locale/": OF_WORDS,
    "data/course/papers/": ("tests/evidence/test_report.py", "tests/test_words.py"),
    "data/course/en/cases/": (
        "tests/course/test_case.py",
        "tests/course/test_case_paper.py",
        *OF_TEXTS,
    ),
    "data/course/en/guide/": ("tests/course/test_guide.py", *OF_TEXTS),
    "data/course/en/questions.toml": ("tests/course/test_questions.py", *OF_TEXTS),
    "data/course/en/findings.toml": (
        "tests/orders/test_review.py",
        "tests/orders/test_remedies.py",
        *OF_TEXTS,
    ),
    "data/course/en/glossary.toml": ("tests/course/test_glossary.py", *OF_TEXTS),
    "data/course/en/": OF_TEXTS,
    "data/course/glossary/": ("tests/course/test_glossary.py",),
    "data/course/terms.csv": ("tests/course/test_glossary.py", *OF_TEXTS),
    "data/course/orders/": (
        "tests/orders/test_review.py",
        "tests/orders/test_remedies.py",
    ),
    "data/directories/": ("tests/rdds",),
    "data/reference/": ("tests/test_reference.py",),
    "data/world/": ("tests/world",),
    "notebooks/": (
        "tests/test_notebooks.py",
        "tests/course/test_minutes.py",
        *OF_WORDS,
    ),
    "docs/": ("tests/test_docs.py", "tests/course/test_old_lines.py"),
    "README": ("tests/test_docs.py", "tests/course/test_old_lines.py"),
    "tests/samples/glossary/": ("tests/course/test_glossary.py",),
    "tests/samples/orders/": ("tests/orders/test_remedies.py",),
    "tests/samples/typed_use.py": ("tests/test_types.py",),
    "tests/samples/whois/": ("tests/rdds",),
}


def changed(commit: str) -> list[str]:
    """Return what differs from a commit, new files among it, as paths from the root."""
    asked = (
        ("diff", "--name-only", "--diff-filter=d", commit),
        ("ls-files", "--others", "--exclude-standard"),
    )
    found: list[str] = []
    for arguments in asked:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
        )
        found += done.stdout.splitlines()
    return sorted(set(found))


def tests_of(path: str, imports: dict[str, set[str]]) -> set[str]:
    """Return the tests that go with a changed file; `imports` has what each file of tests imports.

    >>> imports = {"tests/test_a.py": {"labsupport.orders.impact"}, "tests/test_b.py": set()}
    >>> sorted(tests_of("labsupport/orders/impact.py", imports))
    ['labsupport/orders/impact.py', 'tests/test_a.py']
    """
    found: set[str] = set()
    file = Path(path)
    if path in imports:
        found.add(path)
    if file.suffix == ".py":
        module = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        # tests and tools import each other without a package
        names = {
            module,
            file.stem,
        }
        found |= {test for test, known in imports.items() if names & known}
        found |= {test for test in imports if file.stem in Path(test).stem}
        if path.startswith("labsupport/"):
            found.add(path)
    begins = next((begin for begin in GO_WITH if path.startswith(begin)), "")
    return found | set(GO_WITH.get(begins, ()))


def imports_of_tests() -> dict[str, set[str]]:
    """Return by each file of tests, the real ones left out, the modules that it imports."""
    return {
        file.relative_to(ROOT).as_posix(): set(_imports(file))
        for file in sorted((ROOT / "tests").rglob("test_*.py"))
        if "real" not in file.parts
    }


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def main(arguments: list[str]) -> int:
    """Run them, and say of which changes no test is known."""
    imports = imports_of_tests()
    tests: set[str] = set()
    for path in changed(arguments[0] if arguments else "main"):
        found = tests_of(path, imports)
        if not found:
            print(f"No test is known that goes with {path}.")
        tests |= found
    if not tests:
        print("There is nothing to run.")
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile"]
    return subprocess.run([*command, *sorted(tests)], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
