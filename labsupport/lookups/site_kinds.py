"""What web sites are, in words."""

from __future__ import annotations

from labsupport.language import mark

# What a site is, in the words of the lab's observatory; no real one tells it.
KINDS: dict[str, str] = {
    "accountant": mark("accountant"),
    "architect": mark("architect"),
    "association": mark("association"),
    "bank": mark("bank"),
    "blog": mark("blog"),
    "church": mark("church"),
    "court": mark("court"),
    "craftsman": mark("craftsman"),
    "culture": mark("culture"),
    "customer pages": mark("customer pages"),
    "elections": mark("elections"),
    "expert's office": mark("expert's office"),
    "health": mark("health"),
    "hosting company": mark("hosting company"),
    "hotel": mark("hotel"),
    "law office": mark("law office"),
    "library": mark("library"),
    "look-alike": mark("look-alike"),
    "municipality": mark("municipality"),
    "museum": mark("museum"),
    "newspaper": mark("newspaper"),
    "notice page": mark("notice page"),
    "publisher": mark("publisher"),
    "radio": mark("radio"),
    "restaurant": mark("restaurant"),
    "school": mark("school"),
    "shop": mark("shop"),
    "sport": mark("sport"),
    "streaming": mark("streaming"),
    "technology": mark("technology"),
    "transport": mark("transport"),
    "university": mark("university"),
    "veterinary": mark("veterinary"),
    "water company": mark("water company"),
}
# The kinds that are named first, since the public depends on them: the table has all.
NAMED_FIRST = (
    "health",
    "court",
    "school",
    "elections",
    "newspaper",
    "water company",
    "municipality",
    "radio",
    "bank",
    "university",
    "library",
)
