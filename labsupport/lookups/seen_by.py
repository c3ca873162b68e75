"""Who sees a question that is really sent: looking is touching.

It is said before anything leaves, so that whoever must not be noticed can stop.
"""

from __future__ import annotations

from labsupport.language import Language, mark

RESOLVER = mark(
    "the resolver ({resolvers}), and the servers that it asks in turn, perhaps the name's own: "
    "they see the resolver, not you"
)
DIRECTORIES = mark("registry and registrar, who see your address")
OWN_SERVERS = mark("the name's own servers, who see your address")

# By the question's name, who sees it besides those on the way.
SEEN_BY: dict[str, tuple[str, ...]] = {
    "ask": (RESOLVER,),
    "at": (RESOLVER,),
    "dnssec": (RESOLVER,),
    "trace": (mark("root servers, and those of the zones above"), OWN_SERVERS),
    "rdap": (DIRECTORIES,),
    "whois": (DIRECTORIES,),
    "compare": (DIRECTORIES,),
    "who": (RESOLVER, DIRECTORIES),
    "diagnose": (
        RESOLVER,
        mark("public resolvers"),
        mark("root servers, and those of the zones above"),
        mark("the name's own machine and all on the way, who see your address"),
        DIRECTORIES,
    ),
    "lookalikes": (RESOLVER, mark("the registries of all names that are tried")),
    "visit": (RESOLVER, mark("the name's own machine and all on the way, who see your address")),
    "path": (RESOLVER, mark("every router on the way, and the machine at its end")),
    "origin": (mark("whoever tells which network announces it, and the registry"),),
    "routes": (mark("an observatory of the Internet's routes"),),
    "certificates": (mark("whoever searches the logs of certificates for you"),),
    "neighbours": (mark("an observatory that collects names"),),
}
# These go from here to machines that may be the target's.
LOUD = ("trace", "visit", "path", "diagnose")


def warning(question: str, resolvers: tuple[str, ...], say: Language) -> str:
    """Return who will see a question, in a sentence; "" where nothing is sent.

    >>> warning("rdap", (), Language.load("en"))
    'Who will see this: registry and registrar, who see your address.'
    """
    if question not in SEEN_BY:
        return ""
    parties = [say(words, resolvers=", ".join(resolvers)) for words in SEEN_BY[question]]
    return say("Who will see this: {parties}.", parties="; ".join(parties))
