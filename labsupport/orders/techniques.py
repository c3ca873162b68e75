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

    AUTHOR = mark("author")
    HOST = mark("host")
    CDN = mark("content delivery network")
    REGISTRAR = mark("registrar")
    REGISTRY = mark("registry")
    PUBLIC_RESOLVER = mark("public resolver")
    PROVIDER_RESOLVER = mark("access provider's resolver")
    PROVIDER_NETWORK = mark("access provider's network")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is said of a technique wherever it is used.

    `place` executes it; `name` is what a person calls it. It acts `on` "names", "addresses",
    "sites" or "domains".
    """

    place: Place
    name: str
    on: str

    @property
    def everywhere(self) -> bool:
        """Whether it holds for the whole Internet, or only for those whom the executor serves."""
        return self.on in ("sites", "domains")


PROFILES: dict[Technique, Profile] = {
    Technique.AUTHOR: Profile(Place.AUTHOR, mark("the author takes the page down"), "sites"),
    Technique.HOST: Profile(Place.HOST, mark("the host switches the site off"), "sites"),
    Technique.CDN: Profile(Place.CDN, mark("the CDN no longer delivers it"), "sites"),
    Technique.REGISTRAR_HOLD: Profile(Place.REGISTRAR, mark("hold by the registrar"), "domains"),
    Technique.REGISTRY_HOLD: Profile(Place.REGISTRY, mark("hold by the registry"), "domains"),
    Technique.NAME_SERVERS: Profile(
        Place.REGISTRY, mark("other name servers for the domain"), "domains"
    ),
    Technique.PUBLIC_RESOLVER: Profile(
        Place.PUBLIC_RESOLVER, mark("the public resolver does not answer"), "names"
    ),
    Technique.RESOLVER: Profile(
        Place.PROVIDER_RESOLVER, mark("the providers' resolvers do not answer"), "names"
    ),
    Technique.ADDRESS: Profile(
        Place.PROVIDER_NETWORK, mark("the providers block the address"), "addresses"
    ),
    Technique.ROUTE: Profile(
        Place.PROVIDER_NETWORK, mark("the providers block the whole route"), "addresses"
    ),
    Technique.SERVER_NAME: Profile(
        Place.PROVIDER_NETWORK, mark("the providers cut connections that show the name"), "names"
    ),
}
