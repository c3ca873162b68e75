"""The root's key, known beforehand: the one thing a chain of trust cannot prove."""

from __future__ import annotations

from functools import lru_cache

import dns.name
import dns.rrset


@lru_cache(maxsize=16)
def read_trust_anchor(text: str) -> dns.rrset.RRset:
    """Return the root's DS set from master-file text, comments and all (RFC 4035 section 4.4).

    >>> read_trust_anchor(". IN DS 7483 13 2 " + 64 * "0")[0].key_tag
    7483
    """
    records = [line.partition(";")[0].split() for line in text.splitlines()]
    values = [" ".join(fields[fields.index("DS") + 1 :]) for fields in records if "DS" in fields]
    return dns.rrset.from_text_list(dns.name.root, 86400, "IN", "DS", values)
