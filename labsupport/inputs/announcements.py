"""Reading what a person typed of an announcement: the block, who announces it, who checks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network

from labsupport.formats.delegated import Prefix
from labsupport.inputs.choices import choices
from labsupport.inputs.folding import folded
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import lies_in, read_number
from labsupport.language import Language
from labsupport.visible import quoted


def read_prefix(text: object, pools: Iterable[Prefix], say: Language) -> Prefix:
    """Return the block in `text`, a part of one of `pools`; raise NotUnderstood otherwise."""
    block = read_number(text, say).resource
    if isinstance(block, int):
        raise NotUnderstood(say("announcement.block"))
    prefix = ip_network(block)
    if any(lies_in(prefix, pool) for pool in pools):
        return prefix
    raise NotUnderstood(say("announcement.outside", prefix=prefix))


def read_network(typed: object, names: Mapping[int, str], say: Language) -> int:
    """Return the AS number of one of `names`, typed as a number or a name.

    Raises NotUnderstood for another.

    >>> read_network("movil norte", {64497: "Móvil Norte"}, Language.load("en"))
    64497
    """
    wanted = folded(str(typed))
    for asn, name in names.items():
        if wanted in (str(asn), f"as{asn}", folded(name)):
            return asn
    if not wanted:
        raise NotUnderstood(say("announcement.by"))
    raise NotUnderstood(say("announcement.network", what=quoted(typed)))


def read_checking(
    typed: object, everybody: Iterable[int], say: Language
) -> tuple[int, ...] | None:
    """Return the networks that check origins; None, for no change, where nothing is typed."""
    if typed == "":
        return None
    options = choices("checking")
    match options.key(typed, say):
        case "nobody":
            return ()
        case "everybody":
            return tuple(everybody)
    raise NotUnderstood(
        say("announcement.checking", all=options.listed(say, either=True))
    )
