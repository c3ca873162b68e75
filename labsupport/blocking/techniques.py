"""The ways in which a site can be made to disappear, and where each is executed.

Plain data without behaviour; what each does to the lab is in `execution`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from labsupport.language import mark


class Technique(StrEnum):
    """How a site is made to disappear. The values are what files and calls have."""

    AUTHOR = "author"  # whoever wrote the page takes it down
    HOST = "host"  # the hosting company no longer gives the site out
    CDN = "cdn"  # the content delivery network no longer delivers it
    REGISTRAR_HOLD = "registrar hold"  # client hold
    REGISTRY_HOLD = "registry hold"  # server hold
    NAME_SERVERS = "name servers"  # the domain is handed to other name servers
    PUBLIC_RESOLVER = "public resolver"
    RESOLVER = "resolver"  # of an access provider
    ADDRESS = "address"  # an access provider passes nothing on to an address
    ROUTE = "route"  # an access provider passes nothing on to a whole announced block
    SERVER_NAME = "server name"  # connections that show the name are cut


class Place(StrEnum):
    """The eight places, from whoever wrote a page to whoever connects its reader."""

    AUTHOR = "author"
    HOST = "host"
    CDN = "content delivery network"
    REGISTRAR = "registrar"
    REGISTRY = "registry"
    PUBLIC_RESOLVER = "public resolver"
    PROVIDER_RESOLVER = "access provider's resolver"
    PROVIDER_NETWORK = "access provider's network"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is said of a technique wherever it is used.

    `place` executes it; `name` is what a person calls it. It acts `on` "names", "addresses",
    "sites" or "domains". `everywhere` says whether it holds for the whole Internet, or only
    for those whom the executor serves.
    """

    technique: Technique
    place: Place
    name: str
    on: str
    everywhere: bool


PROFILES: dict[Technique, Profile] = {
    profile.technique: profile
    for profile in (
        Profile(
            Technique.AUTHOR, Place.AUTHOR, mark("the author takes the page down"), "sites", True
        ),
        Profile(Technique.HOST, Place.HOST, mark("the host switches the site off"), "sites", True),
        Profile(Technique.CDN, Place.CDN, mark("the CDN no longer delivers it"), "sites", True),
        Profile(
            Technique.REGISTRAR_HOLD,
            Place.REGISTRAR,
            mark("hold by the registrar"),
            "domains",
            True,
        ),
        Profile(
            Technique.REGISTRY_HOLD, Place.REGISTRY, mark("hold by the registry"), "domains", True
        ),
        Profile(
            Technique.NAME_SERVERS,
            Place.REGISTRY,
            mark("other name servers for the domain"),
            "domains",
            True,
        ),
        Profile(
            Technique.PUBLIC_RESOLVER,
            Place.PUBLIC_RESOLVER,
            mark("the public resolver does not answer"),
            "names",
            False,
        ),
        Profile(
            Technique.RESOLVER,
            Place.PROVIDER_RESOLVER,
            mark("the providers' resolvers do not answer"),
            "names",
            False,
        ),
        Profile(
            Technique.ADDRESS,
            Place.PROVIDER_NETWORK,
            mark("the providers block the address"),
            "addresses",
            False,
        ),
        Profile(
            Technique.ROUTE,
            Place.PROVIDER_NETWORK,
            mark("the providers block the whole route"),
            "addresses",
            False,
        ),
        Profile(
            Technique.SERVER_NAME,
            Place.PROVIDER_NETWORK,
            mark("the providers cut connections that show the name"),
            "names",
            False,
        ),
    )
}

PLACES: dict[Place, str] = {
    Place.AUTHOR: mark("author"),
    Place.HOST: mark("host"),
    Place.CDN: mark("content delivery network"),
    Place.REGISTRAR: mark("registrar"),
    Place.REGISTRY: mark("registry"),
    Place.PUBLIC_RESOLVER: mark("public resolver"),
    Place.PROVIDER_RESOLVER: mark("access provider's resolver"),
    Place.PROVIDER_NETWORK: mark("access provider's network"),
}
