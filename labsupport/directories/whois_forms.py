"""What the keys, headings and sentences of WHOIS servers mean: the tables of the reader.

A server's form is not recognised as a whole: servers mix forms, and change them. A key means the
same wherever it stands; where it does not ("address", "name", "country"), the heading above it or
the first key of its block decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import product

from labsupport.directories.record import Outcome


class Means(Enum):
    """Where the value of a key goes. In brackets: what the table holds besides."""

    NAME = auto()
    HANDLE = auto()
    STATUS = auto()
    EVENT = auto()
    """[RDAP's word for the action]"""
    SERVER = auto()
    CHECK = auto()
    """What a registry found at a name server. [RDAP's word for the action]"""
    SIGNED = auto()
    DS = auto()
    REFERRAL = auto()
    LINK = auto()
    """[what the link leads to]"""
    CONTACT = auto()
    """[role; field of `Contact`, or "" for who has the role, and what stands below]"""
    POINTER = auto()
    """The handle of a contact shown elsewhere. [role]"""
    NETWORK = auto()
    NUMBER = auto()
    ORIGIN = auto()
    NET_NAME = auto()
    TYPE = auto()
    PARENT = auto()
    COUNTRY = auto()
    REMARK = auto()
    ORGANIZATION = auto()
    """The holder with its handle behind, as ARIN writes it: "Alojar S.A. (ALOJAR)"."""


Meaning = tuple[Means, str, str]


def _rows(means: Means, detail: str, *names: str) -> dict[str, Meaning]:
    return dict.fromkeys(names, (means, detail, ""))


# A contact's fields by their names under a heading, in a block of its own, or behind a role.
FIELDS = {
    **dict.fromkeys(("name", "nombre", "contact name", "person", "role", "nom"), "name"),
    **dict.fromkeys(
        ("organization", "organisation", "organizacion", "org", "org-name", "company"),
        "organisation",
    ),
    **dict.fromkeys(("email", "e-mail", "mail", "abuse-mailbox", "contact email"), "emails"),
    **dict.fromkeys(("phone", "phone number", "telephone", "voice", "telefono"), "phones"),
    **dict.fromkeys(
        ("street", "street1", "street2", "street3", "address", "address1", "address2", "address3"),
        "address",
    ),
    **dict.fromkeys(("city", "ciudad", "locality", "postal address", "direccion"), "address"),
    **dict.fromkeys(("state", "state/province", "stateprov", "province", "estado"), "address"),
    **dict.fromkeys(("postal code", "postalcode", "zip", "zip code", "zipcode"), "address"),
    **dict.fromkeys(("country", "country/economy", "country code", "pais"), "country"),
    **dict.fromkeys(("id", "handle", "nic-hdl", "nic-hdl-br", "registry id"), "handle"),
    **dict.fromkeys(("url", "website", "web", "web site"), "url"),
    **dict.fromkeys(("fax", "fax-no", "fax number"), "faxes"),
    "type": "kind",
    "contact type": "kind",
}

ROLES = {
    **dict.fromkeys(
        ("registrant", "registrant contact", "owner", "holder", "titular"), "registrant"
    ),
    **dict.fromkeys(
        ("admin", "admin contact", "administrative contact", "administrative"), "administrative"
    ),
    **dict.fromkeys(("tech", "tech contact", "technical contact", "technical"), "technical"),
    **dict.fromkeys(("billing", "billing contact"), "billing"),
    "registrar": "registrar",
    "reseller": "reseller",
    "abuse contact": "abuse",
}
"""RDAP's word (RFC 9083 section 10.2.4) for how a role is called in a key or heading."""

HEADINGS = ROLES | {
    "sponsoring registrar": "registrar",
    "contacto administrativo": "administrative",
    "contacto tecnico": "technical",
    "contacto de cobranza": "billing",
    "technical contacts": "technical",
    "contact information": "contact",
    "on-site(s)": "",
    "domain": "domain",
    "relevant dates": "",
    "important dates": "",
    "name servers": "",
    "nameservers": "",
    "domain nameservers": "",
}
"""What stands under a heading: fields of the contact with a role, of a "contact" of which no role
is told, of the "domain", or "" for none of them."""

KEYS: dict[str, Meaning] = {
    **{
        f"{prefix} {field}": (Means.CONTACT, role, slot)
        for (prefix, role), (field, slot) in product(ROLES.items(), FIELDS.items())
    },
    **{f"registry {prefix} id": (Means.CONTACT, role, "handle") for prefix, role in ROLES.items()},
    # ARIN: OrgAbuseEmail, RTechHandle, …
    **{
        f"{owner}{what}{field}": (Means.CONTACT, role, slot)
        for owner, (what, role), (field, slot) in product(
            ("org", "r"),
            (("abuse", "abuse"), ("tech", "technical"), ("noc", "noc"), ("routing", "noc")),
            (("handle", "handle"), ("name", "name"), ("phone", "phones"), ("email", "emails")),
        )
    },
    **{name: (Means.CONTACT, role, "") for name, role in ROLES.items()},
    **dict.fromkeys(
        ("sponsoring registrar", "registrado por", "authorized agency"),
        (Means.CONTACT, "registrar", ""),
    ),
    "contacto administrativo": (Means.CONTACT, "administrative", ""),
    "contacto tecnico": (Means.CONTACT, "technical", ""),
    "contacto de cobranza": (Means.CONTACT, "billing", ""),
    "registrar iana id": (Means.CONTACT, "registrar", "IANA Registrar ID"),
    **_rows(Means.LINK, "about", "registrar url", "url"),
    "registrar abuse contact email": (Means.CONTACT, "registrar abuse", "emails"),
    "registrar abuse contact phone": (Means.CONTACT, "registrar abuse", "phones"),
    "owner": (Means.CONTACT, "registrant", "organisation"),
    "ownerid": (Means.CONTACT, "registrant", "handle"),
    "responsible": (Means.CONTACT, "registrant", "name"),
    # LACNIC and registro.br, RIPE and its like: the handle of a contact below.
    **_rows(Means.POINTER, "administrative", "owner-c", "admin-c"),
    **_rows(Means.POINTER, "technical", "tech-c"),
    **_rows(Means.POINTER, "abuse", "abuse-c"),
    **_rows(Means.POINTER, "billing", "billing-c"),
    **_rows(Means.POINTER, "noc", "routing-c"),
    **_rows(Means.POINTER, "registrant", "org"),
    **_rows(Means.POINTER, "abuse", "mnt-irt"),
    **_rows(Means.NAME, "", "domain name", "domain", "nombre de dominio", "dominio"),
    **_rows(Means.HANDLE, "", "registry domain id", "domain id", "roid", "nethandle", "ashandle"),
    **_rows(Means.STATUS, "", "domain status", "status", "registration status", "state"),
    **_rows(Means.STATUS, "", "estatus del dominio", "estado del dominio", "domain state"),
    **_rows(Means.EVENT, "registration", "creation date", "created", "created on", "create date"),
    **_rows(Means.EVENT, "registration", "created date", "registered", "registered on"),
    **_rows(Means.EVENT, "registration", "registration date", "registered date", "regdate"),
    **_rows(Means.EVENT, "registration", "fecha de creacion", "fecha de registro"),
    **_rows(Means.EVENT, "expiration", "registry expiry date", "expiration date", "expires"),
    **_rows(Means.EVENT, "expiration", "expires on", "expiry date", "expire date", "expire"),
    **_rows(Means.EVENT, "expiration", "paid-till", "renewal date", "fecha de vencimiento"),
    **_rows(Means.EVENT, "registrar expiration", "registrar registration expiration date"),
    **_rows(Means.EVENT, "last changed", "updated date", "last updated", "last updated on"),
    **_rows(Means.EVENT, "last changed", "changed", "modified", "last modified", "last-modified"),
    **_rows(Means.EVENT, "last changed", "last-update", "updated", "last update"),
    **_rows(Means.EVENT, "last changed", "ultima actualizacion"),
    **_rows(Means.SERVER, "", "name server", "nserver", "nameserver", "name servers", "dns"),
    **_rows(Means.SERVER, "", "nameservers", "domain nameservers", "host name", "domain servers"),
    **_rows(Means.SERVER, "", "servidor(es) de nombres de dominio"),
    # As NIC.br and LACNIC call them in RDAP
    **_rows(Means.CHECK, "delegation check", "nsstat"),
    **_rows(Means.CHECK, "last correct delegation check", "nslastaa"),
    **_rows(Means.SIGNED, "", "dnssec", "dnssec signed"),
    **_rows(Means.DS, "", "ds-rdata", "ds", "dnssec ds data", "dnssec ds records", "dsrecord"),
    **_rows(Means.REFERRAL, "", "registrar whois server", "whois server", "refer", "whois"),
    **_rows(Means.REFERRAL, "", "referralserver", "whois tcp uri"),
    **_rows(Means.LINK, "related", "referral url", "whois web url"),
    **_rows(Means.NETWORK, "", "inetnum", "inet6num", "netrange", "route", "route6", "cidr"),
    **_rows(Means.NETWORK, "", "inetrev"),
    **_rows(Means.NUMBER, "", "aut-num", "asnumber", "as-block"),
    **_rows(Means.ORIGIN, "", "origin", "originas"),
    **_rows(Means.NET_NAME, "", "netname", "as-name", "asname"),
    **_rows(Means.TYPE, "", "nettype"),
    **_rows(Means.PARENT, "", "parent", "inetnum-up"),
    **_rows(Means.COUNTRY, "", "country"),
    **_rows(Means.REMARK, "", "remarks", "descr", "comment"),
    **_rows(Means.ORGANIZATION, "", "organization", "customer"),
}

NUMBERS = ("inetnum", "inet6num", "netrange", "aut-num", "asnumber", "as-block", "route", "route6")
"""The first key of a block about numbers."""

CONTACTS = (
    *("person", "role", "nic-hdl", "nic-hdl-br", "organisation", "org-name", "irt", "contact"),
    *("orgname", "custname"),
)
"""The first key of a block about somebody."""

CONTACT_FIELDS = {key: field for key, field in FIELDS.items() if key not in ("org", "type")} | {
    "organisation": "organisation",
    "orgname": "organisation",
    "custname": "organisation",
    "orgid": "handle",
    "irt": "handle",
    "contact": "handle",
}
"""The fields in a block about somebody."""

# Values

STATUS = {
    "ok": "active",
    "linked": "associated",
    "active": "active",
    "activo": "active",
    "published": "active",
    "registered": "active",
    "registrado": "active",
    "registered until expiry date": "active",
    "delegated": "active",
    "connect": "active",
    "allocated": "active",
    "assigned": "active",
    "reallocated": "active",
    "reassigned": "active",
    "inactive": "inactive",
    "not delegated": "inactive",
    "verified": "validated",
    "locked": "locked",
    "reserved": "reserved",
    "blocked": "reserved",
    "prohibited": "reserved",
    "premium": "reserved",
    "quarantine": "redemption period",
    "redemption": "redemption period",
}
"""RDAP's word for a state that is not EPP's, in lower case."""

EPP = frozenset(
    {
        *("addperiod", "autorenewperiod", "redemptionperiod", "renewperiod", "transferperiod"),
        *("clientdeleteprohibited", "clienthold", "clientrenewprohibited"),
        *("clienttransferprohibited", "clientupdateprohibited"),
        *("pendingcreate", "pendingdelete", "pendingrenew", "pendingrestore"),
        *("pendingtransfer", "pendingupdate", "serverdeleteprohibited", "serverhold"),
        *("serverrenewprohibited", "servertransferprohibited", "serverupdateprohibited"),
    }
)
"""EPP's states (RFC 5731 section 2.3, RFC 3915 section 3.1), without spaces and capitals."""

FREE = {"free", "available", "not registered", "no object found", "not found", "avail"}
"""States that say that nobody has the name."""

# Sentences


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence of a server, what it comes to, and whose it is. `words` is matched in one line."""

    outcome: Outcome
    words: str
    whose: str


SAYINGS = (
    Saying(Outcome.THROTTLED, r"query rate limit exceeded", "LACNIC, registro.br"),
    Saying(Outcome.THROTTLED, r"maximum concurrent connections limit", "LACNIC, registro.br"),
    Saying(Outcome.THROTTLED, r"temporarily denied|passed the daily limit", "RIPE, APNIC, AFRINIC"),
    Saying(Outcome.THROTTLED, r"whois limit exceeded|limit exceeded\b", "PIR, many"),
    Saying(Outcome.THROTTLED, r"look ?up quota exceeded|quota (?:has been )?exceeded", "CoCCA"),
    Saying(Outcome.THROTTLED, r"quota\b.* exceeded|will be replenished", "Nominet"),
    Saying(Outcome.THROTTLED, r"excessive querying, grace period|still in grace period", "EURid"),
    Saying(Outcome.THROTTLED, r"exceeded (?:allowed|maximum) connection", ".ru, a registrar"),
    Saying(Outcome.THROTTLED, r"connection limit reached|query limitation is", "a registrar, .my"),
    Saying(Outcome.THROTTLED, r"you (?:have )?exceeded (?:this|the|your)\b", "SWITCH, .ws"),
    Saying(Outcome.THROTTLED, r"query rate of \d+", "CentralNic"),
    Saying(Outcome.THROTTLED, r"too many (?:requests|queries|connections)", "SIDN, web servers"),
    Saying(
        Outcome.THROTTLED, r"limite de consultas\b.*\b(?:excedido|superado)", "none: by analogy"
    ),
    Saying(Outcome.THROTTLED, r"try again (?:later|in \d)|temporarily unavailable", "many"),
    Saying(Outcome.THROTTLED, r"intente (?:de nuevo )?m[aá]s tarde", "none: by analogy"),
    Saying(Outcome.REFUSED, r"^(?:error:201: )?access denied\b", "RIPE, APNIC, AFRINIC"),
    Saying(Outcome.REFUSED, r"permanently\b.* denied", "RIPE"),
    Saying(Outcome.REFUSED, r"^permission denied|^permiss[aã]o negada", "LACNIC, registro.br"),
    Saying(Outcome.REFUSED, r"black-?listed", "many"),
    Saying(Outcome.REFUSED, r"requests of this client are not permitted", "SWITCH"),
    Saying(Outcome.REFUSED, r"contained within a list of ip addresses", "a registrar"),
    Saying(
        Outcome.REFUSED,
        r"^(?:error:1\d\d: )?(?:invalid|malformed) (?:query|request|search)",
        "many",
    ),
    Saying(Outcome.REFUSED, r"^error:(?:10[2-9]|11\d)\b", "RIPE, APNIC, AFRINIC"),
    Saying(Outcome.REFUSED, r"^unallocated resource|^no inetnum of", "none: from memory"),
    Saying(Outcome.REFUSED, r"whois service (?:has been |is )?(?:retired|discontinued)", "memory"),
    Saying(Outcome.ABSENT, r"^no match(?: found| record found)?\b", "VeriSign, ARIN, registro.br"),
    Saying(
        Outcome.ABSENT, r"^(?:error:101: |\S+: )?no entries found", "RIPE and its like, .cl, .fr"
    ),
    Saying(
        Outcome.ABSENT, r"^no (?:data|records?|objects?|information) (?:was |were )?found", "many"
    ),
    Saying(Outcome.ABSENT, r"^no information available about", ".pl"),
    Saying(
        Outcome.ABSENT,
        r"^(?:the )?(?:domain|queried object)\b.* (?:not found|does not exist)",
        "many",
    ),
    Saying(Outcome.ABSENT, r"^(?:object )?not found\b", "many gTLDs"),
    Saying(Outcome.ABSENT, r"^domain not found|object_not_found|^\S+ not found\.?$", "gTLDs, .mx"),
    Saying(Outcome.ABSENT, r"no se encuentra registrado|^el dominio no existe", ".ar, .cr"),
    Saying(Outcome.ABSENT, r"no_se_encontro_el_objeto|^no se encontr[oó]", ".mx"),
    Saying(Outcome.ABSENT, r"^nothing found\b|not have an entry in our database", ".at, SWITCH"),
    Saying(Outcome.ABSENT, r"^this query returned 0 objects", "IANA (memory)"),
    Saying(Outcome.ABSENT, r"^this domain name has not been registered", "Nominet (memory)"),
    Saying(Outcome.ABSENT, r"^the domain \S+ is not registered", ".pr"),
    Saying(
        Outcome.ABSENT, r"^(?:domain )?\S+ (?:is free|is available for registration)", "SIDN, gTLDs"
    ),
    Saying(Outcome.ABSENT, r"^(?:registration )?status: *(?:free|available)\b", ".be, .eu"),
    # A name that is held back is registered by nobody, and cannot be had: the directory knows it.
    Saying(
        Outcome.FOUND, r"^reserved\b|\breserved (?:name|by the registry)|\bis reserved\b", "gTLDs"
    ),
    Saying(
        Outcome.FOUND, r"not available for registration|premium name|cannot be registered", "many"
    ),
)
"""In the order in which they are tried: who is throttled has been told nothing else."""

CONDITIONAL = re.compile(r"\b(?:if|may|when|whenever|reserves?|cuando|si)\b", re.IGNORECASE)
"""A sentence of the terms of use, which says what would happen."""
