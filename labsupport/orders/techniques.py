"""The ways in which a site can be made to disappear, and where each is executed.

Plain data without behaviour; what each does to the lab is in `execution`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    Technique.AUTHOR: Profile(
        Place.AUTHOR, "techniques.author_takes_page_down", "sites"
    ),
    Technique.HOST: Profile(Place.HOST, "techniques.host_switches_site_off", "sites"),
    Technique.CDN: Profile(Place.CDN, "techniques.cdn_no_longer_delivers", "sites"),
    Technique.REGISTRAR_HOLD: Profile(
        Place.REGISTRAR, "techniques.hold_by_the_registrar", "domains"
    ),
    Technique.REGISTRY_HOLD: Profile(
        Place.REGISTRY, "techniques.hold_by_the_registry", "domains"
    ),
    Technique.NAME_SERVERS: Profile(
        Place.REGISTRY, "techniques.other_name_servers_domain", "domains"
    ),
    Technique.PUBLIC_RESOLVER: Profile(
        Place.PUBLIC_RESOLVER, "techniques.public_resolver_does_not", "names"
    ),
    Technique.RESOLVER: Profile(
        Place.PROVIDER_RESOLVER, "techniques.providers_resolvers_do_not", "names"
    ),
    Technique.ADDRESS: Profile(
        Place.PROVIDER_NETWORK, "techniques.providers_block_address", "addresses"
    ),
    Technique.ROUTE: Profile(
        Place.PROVIDER_NETWORK, "techniques.providers_block_whole_route", "addresses"
    ),
    Technique.SERVER_NAME: Profile(
        Place.PROVIDER_NETWORK, "techniques.providers_cut_connections_show", "names"
    ),
}
