"""The lab with servers that answer what a test writes."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from labsupport import Lab
from labsupport.exchange import HTTPS_PORT, WHOIS_PORT, Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.lab_protocol import context_of
from labsupport.network.offline import OfflineNetwork
from labsupport.world import World

WORLD = World.load()
RDAP_JSON = (("Content-Type", "application/rdap+json"),)


class Scripted(OfflineNetwork):
    """`pages` are answers by their web address, `texts` those of WHOIS servers by their host.

    None in the place of an answer is silence. `asked` is what was asked, in order.
    """

    def __init__(
        self,
        pages: dict[str, HttpResponse | None] | None = None,
        texts: dict[str, bytes | None] | None = None,
    ) -> None:
        super().__init__(WORLD)
        self.pages = pages or {}
        self.texts = texts or {}
        self.asked: list[str] = []
        self._hosts_at = {
            address: directory.host
            for directory in WORLD.directories
            if directory.kind.startswith("whois")
            for address in directory.addresses
        }

    def send(self, request: Request) -> Outcome:
        outcome = super().send(request)
        if request.port == WHOIS_PORT:
            host = self._hosts_at[request.to_address]
            self.asked.append(f"{host} {request.payload.decode().strip()}")
            text = self.texts.get(host, b"")
            if text is None:
                return Silence(None, request.timeout)
            return (
                replace(outcome, payload=text)
                if text and isinstance(outcome, Reply)
                else outcome
            )
        if request.port == HTTPS_PORT and request.server_name:
            target = HttpRequest.from_bytes(request.payload).target
            url = f"https://{request.server_name}{target}"
            self.asked.append(url)
            if url in self.pages and isinstance(outcome, Reply):
                page = self.pages[url]
                if page is None:
                    return Silence(None, request.timeout)
                return replace(outcome, payload=page.to_bytes())
        return outcome

    @property
    def hosts(self) -> list[str]:
        """The servers that were asked, in order."""
        return [urlsplit(one).hostname or one.split()[0] for one in self.asked]


def lab(
    pages: dict[str, HttpResponse | None] | None = None,
    texts: dict[str, bytes | None] | None = None,
) -> tuple[Lab, Scripted]:
    """Return a lab whose servers answer so, and its network."""
    network = Scripted(pages, texts)
    found = Lab("en")
    context_of(found).inside = replace(context_of(found).inside, network=network)
    return found, network
