# Before the first cell of a notebook has run, a mistyped line gets a sentence too.
from labsupport.language import Language
from labsupport.teaching import mishaps, patience

mishaps.explain_from_now_on(Language.load("en"))
patience.limit_cells()
del Language, mishaps, patience
