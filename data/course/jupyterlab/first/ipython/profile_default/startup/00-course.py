# Before the first cell of a notebook has run, a mistyped line gets a sentence too.
from labsupport.language import Language
from labsupport.teaching import mishaps, notebook, patience

mishaps.explain_from_now_on(Language.load("en"))
notebook.keep_no_history()
patience.limit_cells()
del Language, mishaps, notebook, patience
