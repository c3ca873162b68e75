# Before the first cell of a notebook has run, a mistyped line gets a sentence too.
from labsupport.language import Language
from labsupport.teaching import mishaps

mishaps.explain_from_now_on(Language.load("en"))
del Language, mishaps
