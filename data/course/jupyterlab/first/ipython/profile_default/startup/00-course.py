# Before the first cell of a notebook has run, a mistyped line gets a sentence too.
from labsupport.course import errors, notebook, time_limit
from labsupport.language import Language

errors.explain_from_now_on(Language.load("en"))
notebook.keep_no_history()
time_limit.limit_cells()
del Language, errors, notebook, time_limit
