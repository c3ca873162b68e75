"""`lab.investigate`: to look closer at a name, an address, a page or a message."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, overload

from labsupport.declared import ABOVE, DIRECTORIES, OWN_MACHINE, RESOLVER
from labsupport.facade.room import Room, asks
from labsupport.inputs.names import Typed, read_name, read_own
from labsupport.inputs.numbers import read_number
from labsupport.inputs.registered import read_domain, read_what
from labsupport.inputs.urls import read_url
from labsupport.results import Explanation, Statement

if TYPE_CHECKING:
    from labsupport.answers.certificates import CertificatesPage
    from labsupport.answers.compare import ComparisonPage
    from labsupport.answers.diagnose import DiagnosisPage
    from labsupport.answers.lookalikes import LookalikesPage
    from labsupport.answers.mail import MailPage
    from labsupport.answers.memory import MemoryPage
    from labsupport.answers.neighbours import NeighboursPage
    from labsupport.answers.observers import ObserversPage
    from labsupport.answers.server_log import Published
    from labsupport.answers.subscribers import SubscribersPage


class InvestigateRoom(Room, path="investigate"):
    """To look closer at a name, an address, a page or a message.

    >>> from labsupport import Lab
    >>> Lab("en").investigate.diagnose("www.museum.example").cause.name
    'NOTHING'
    """

    @asks('"www.museum.example"', outside=True)
    def memory(self, name: object = "", type: object = "A") -> MemoryPage | Explanation:
        """Tell from the answers so far how long the resolver still remembers this one.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.ask("www.museum.example").kind.name
        'FOUND'
        >>> lab.investigate.memory("www.museum.example").kind.name
        'FOUND'
        """
        from labsupport.answers import memory

        context = self._context
        lookup = functools.partial(memory.memory, lines=context.log.lines)
        return context.look_up(lookup, name, type)

    @asks('"ana"', lab_only="lab.record_made_whoever_runs")
    def publish(self, name: object = "") -> Published | Explanation:
        """Make a record under a name of your own; its `.log()` says who asked for it.

        `name` is one word, before .racimo.example. Lab only: it is made in the lab's own zone.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> mine = lab.investigate.publish("ana")
        >>> lab.ask(mine.name).kind.name, len(mine.log().lines)
        ('FOUND', 1)
        """
        from labsupport.answers import server_log
        from labsupport.world.changes import OWN_ADDRESS, OWN_ZONE, Publication

        context = self._context
        typed = read_own(name, OWN_ZONE, context.say)
        network = context.offline
        record = f"{typed.name.to_text()} 600 A {OWN_ADDRESS}"
        network.change(Publication(zone=OWN_ZONE, record=record))
        asked = functools.partial(network.questions, OWN_ZONE)
        return server_log.Published(
            context.session, typed, OWN_ZONE, OWN_ADDRESS, asked
        )

    @asks(
        '"cooperativa.example"',
        means="lab.do_directories_agree_what",
        seen_by=(DIRECTORIES,),
        outside=True,
        lesson=True,
    )
    def compare(self, name: object = "") -> ComparisonPage | Statement:
        """Put what registry and registrar say of a name beside each other, by RDAP and WHOIS.

        >>> from labsupport import Lab
        >>> Lab("en").investigate.compare("museum.example").kind
        <Kind.FOUND: 'found'>
        """
        from labsupport.answers import compare

        context = self._context
        asked = read_domain(name, context.say)
        return context.unregistered(asked) or compare.compare(context.session, asked)

    @asks(
        '"bancodelfaro.example"',
        means="lab.names_can_taken_what",
        seen_by=(RESOLVER, "lab.registries_all_names_tried"),
        outside=True,
    )
    def lookalikes(self, name: object = "") -> LookalikesPage | Explanation:
        """Make names that can be taken for this one, and say which of them exist.

        >>> from labsupport import Lab
        >>> [one.name for one in Lab("en").investigate.lookalikes("museum.example").found]
        []
        """
        from labsupport.answers import lookalikes

        context = self._context
        asked = read_domain(name, context.say)
        return context.unregistered(asked) or lookalikes.lookalikes(
            context.session, asked
        )

    @asks(
        '"www.museum.example"',
        means="lab.certificates_known_what",
        seen_by=("lab.whoever_searches_logs_certificates",),
        service="certificate_log",
        outside=True,
    )
    def certificates(self, name: object = "") -> CertificatesPage | Explanation:
        """Say which certificates logs have of a name, and which other names stand in them.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.investigate.certificates("www.bancodelfaro-clientes.example").others[0]
        'www.xn--bncodelfaro-yij.example'
        """
        from labsupport.answers import certificates

        context = self._context
        asked = read_name(name, context.say)
        return context.unregistered(asked) or certificates.certificates(
            context.session, asked
        )

    @asks(
        '"goles-gratis.example"',
        seen_by=("lab.observatory_collects_names",),
        service="passive_dns",
        outside=True,
    )
    def neighbours(self, name: object = "") -> NeighboursPage | Explanation:
        """Say who else was seen at the addresses of a name, or at an address.

        >>> from labsupport import Lab
        >>> len(Lab("en").investigate.neighbours("goles-gratis.example").names)
        212
        """
        from labsupport.answers import neighbours

        context = self._context
        asked = read_what(name, context.say)
        return context.unregistered(asked) or neighbours.neighbours(
            context.session, asked
        )

    @asks(
        '"198.18.128.2", "2026-10-29 20:14:37 -03:00", port=40212',
        lab_only="lab.who_connection_stands_provider",
        words={"tolerance": "span"},
    )
    def subscribers(
        self,
        address: object = "",
        time: object = "",
        port: object = "",
        destination: object = "",
        tolerance: object = "",
        destination_port: object = "",
        protocol: object = "",
    ) -> SubscribersPage | Explanation:
        """Search an access provider's log for who fits what is known of a connection.

        `address` is the shared one, `port` the source port, `destination` the address that was
        visited, `destination_port` its port, `protocol` "tcp" or "udp". `time` needs its zone
        ("2026-10-29 20:14:37 -03:00"), and `tolerance` says how far the clocks may disagree
        ("5 minutes"). Lab only: no protocol answers this.

        >>> from labsupport import Lab
        >>> time = "2026-10-29 20:14:37 -03:00"
        >>> Lab("en").investigate.subscribers("198.18.128.2", time, port=40212).kind
        <Kind.FOUND: 'found'>
        """
        from labsupport.answers import subscribers

        context = self._context
        typed = (
            address,
            time,
            port,
            destination,
            tolerance,
            destination_port,
            protocol,
        )
        return subscribers.subscribers(
            context.offline.world.translations, context.session, *typed
        )

    @asks(
        '"www.aula-abierta.org.test", "https"',
        means="lab.who_can_see_what",
        lab_only="lab.real_visit_does_not",
        words={"way": "way"},
        outside=True,
    )
    def observers(
        self, page: object = "", way: object = ""
    ) -> ObserversPage | Explanation:
        """Say who can see what of a visit: "http", "https", "doh", "ech", "vpn", or all ways.

        Lab only: a real visit does not tell who carried it.

        >>> from labsupport import Lab
        >>> Lab("en").investigate.observers("www.museum.example", "https").kind.name
        'FOUND'
        """
        from labsupport.answers import observers

        context = self._context
        url = read_url(page, context.say)
        if not context.network.covers(url.host):
            return context.outside(url.host, url.notes)
        services = context.inside.services
        return observers.observers(context.session, url, way, services, context.log)

    @overload
    def mail(self) -> Statement: ...

    @overload
    def mail(self, what: object) -> MailPage | Explanation: ...

    @asks('"aviso"', outside=True)
    def mail(self, what: object = "") -> MailPage | Statement:
        """Read the header of a mail line by line: who wrote each, and what can be relied on.

        `what` is one of the lab's own mails, or the text of one. Nothing is asked of anybody.

        >>> from labsupport import Lab
        >>> Lab("en").investigate.mail("aviso").head.address("From")
        'avisos@bancodelfaro.example'
        """
        from labsupport.answers import mail
        from labsupport.world.tables import read_mails

        context = self._context
        return mail.mail(what, read_mails(), context.offline.clock.now(), context.say)

    @asks(
        '"www.museum.example"',
        seen_by=(RESOLVER, "lab.public_resolvers", ABOVE, OWN_MACHINE, DIRECTORIES),
        loud=True,
        outside=True,
    )
    def diagnose(self, name: object = "") -> DiagnosisPage | Explanation:
        """Say why a site does not open: block, outage, misconfiguration or expiry.

        `name` is that of a site, a page's address ("http://www.museum.example:8080/horario"), or an
        address. In the lab it is looked at from every connection; live from here, through the
        connection's resolver and through public ones.

        >>> from labsupport import Lab
        >>> Lab("en").investigate.diagnose("www.museum.example").cause.name
        'NOTHING'
        """
        from labsupport.answers import diagnose

        context = self._context
        url = read_url(name, context.say, addresses=True)
        asked = (
            read_number(url.address, context.say)
            if url.address
            else Typed(url.name, url.host, url.notes)
        )
        refused = context.unregistered(asked)
        return refused or diagnose.diagnose(context.vantage_points(), url)
