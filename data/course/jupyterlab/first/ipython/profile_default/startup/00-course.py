# Before the first cell of a notebook has run, a mistyped line gets a sentence too.
from pathlib import Path

from labsupport.course import errors, notebook, time_limit
from labsupport.language import Language, languages

# A notebook in another language than English lies in a folder called by it.
errors.explain_from_now_on(
    Language.load(Path.cwd().name if Path.cwd().name in languages() else "en")
)
notebook.keep_no_history()
time_limit.limit_cells()
del Language, Path, errors, languages, notebook, time_limit
