"""`lab.orders`: orders to block. Nothing of these is recorded: a draft is nobody's business."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from labsupport.facade.room import Room, asks
from labsupport.kinds import Provenance, Source
from labsupport.results import Explanation, Statement

if TYPE_CHECKING:
    from labsupport.course.form import Form
    from labsupport.orders.drafts import OwnOrder
    from labsupport.orders.export import Configuration
    from labsupport.orders.impact import Impact
    from labsupport.orders.measure import Evasion, TechniqueComparison, TechniqueTrial
    from labsupport.orders.review import Review
    from labsupport.orders.worksheet import Worksheet

OWN = 'lab.orders.draft("flawed")'
CLEAN = 'lab.orders.draft("clean")'


class OrdersRoom(Room, path="orders"):
    """Orders to block: the lab's own drafts, yours reviewed, and what an order comes to.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> lab.orders.review(lab.orders.draft("flawed")).findings[0].code
    'address-in-brackets'
    """

    @overload
    def draft(self) -> Statement: ...

    @overload
    def draft(self, key: object, language: object = "") -> OwnOrder | Explanation: ...

    @asks('"flawed"', words={"key": "draft"})
    def draft(self, key: object = "", language: object = "") -> OwnOrder | Statement:
        """Show one of the lab's own draft orders.

        >>> from labsupport import Lab
        >>> Lab("en").orders.draft("clean").order.technique
        <Technique.RESOLVER: 'resolver'>
        """
        from labsupport.orders import drafts

        say = self._context.say
        return drafts.show_all(say) if key == "" else drafts.show(key, language, say)

    @asks()
    def drafts(self) -> Statement | Explanation:
        """List the lab's own draft orders.

        >>> from labsupport import Lab
        >>> Lab("en").orders.drafts().table["key"][0]
        'clean'
        """
        from labsupport.orders import drafts

        return drafts.show_all(self._context.say)

    @asks()
    def form(self) -> Form | Explanation:
        """Show a form that asks for an order's parts; nothing that is typed there is kept.

        >>> from labsupport import Lab
        >>> type(Lab("en").orders.form()).__name__
        'Form'
        """
        from labsupport.course import order_box

        return order_box.order_form(self._context.lab)

    @asks()
    def confirmed(self) -> Statement | Explanation:
        """Show the order that you confirmed last in the box, without its words.

        It is carried out by `lab.with_order(lab.orders.confirmed())`. It is in the kernel's memory
        and nowhere else.

        >>> from labsupport import Lab
        >>> Lab("en").orders.confirmed().kind is None
        True
        """
        from labsupport.orders.proposal import Proposal

        context = self._context
        if context.confirmed is None:
            sentence = context.say("proposal.nothing_confirmed")
            return Statement(context.say, None, sentence)
        return Proposal(context.say, context.confirmed)

    @overload
    def review(self) -> Form: ...

    @overload
    def review(self, order: object) -> Review | Explanation: ...

    @asks(OWN, of_orders=True)
    def review(self, order: object = None) -> Review | Form | Explanation:
        """Say what to look at in an order before it is signed.

        `order` is a text, an `Order`, or one of the lab's own (`lab.orders.draft("flawed")`).
        Without one, a form takes it: nothing that is typed there is kept. What a text says is shown
        only in that form: whatever a cell shows is saved with the notebook.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.orders.review(lab.orders.draft("flawed")).findings[0].code
        'address-in-brackets'
        """
        from labsupport.orders import drafts, review

        context = self._context
        if order is None:
            from labsupport.course import order_box

            return order_box.order_box(context.lab)
        read, own = context.read_order(order)
        trial = context.trial
        session = trial.session(trial.seats[0])
        text = order.draft.text if isinstance(order, drafts.OwnOrder) else ""
        return review.review(read, session, context.say, own=own, text=text)

    @asks(OWN, of_orders=True)
    def impact(self, order: object = "") -> Impact | Explanation:
        """Say which sites of the lab go dark under an order.

        Nobody is asked: how many sites share an address is not in the DNS. Of a target that the
        lab does not know, only what is published is said: whether a CDN, a cloud, a public
        resolver or a platform has it (data/reference/shared-infrastructure.csv).

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.orders.impact(lab.orders.draft("hold")).bystanders
        ()
        """
        from labsupport.orders import impact
        from labsupport.orders.proposal import Proposal

        context = self._context
        read, own = context.read_order(order)
        if not read.confirmed:
            return Proposal(context.say, read)
        trial = context.trial
        provenance = Provenance(Source.LAB, "", trial.now, world=trial.world.version)
        execution = trial.execution(read)
        return impact.impact(
            trial.world, read, execution, context.say, provenance, own=own
        )

    @asks('"resolver", "goles-gratis.example"', words={"technique": "technique"})
    def technique(
        self, technique: object = "", name: object = ""
    ) -> TechniqueTrial | Explanation:
        """Execute one way of blocking on a site in a copy of the lab; look from every side.

        `technique` is "registrar hold", "resolver", "address", "host" or another. `.figure()` shows
        how the site goes dark and comes back, if it is blocked for two days, at every connection.

        >>> from labsupport import Lab
        >>> tried = Lab("en").orders.technique("address", "goles-gratis.example")
        >>> len(tried.effect.bystanders)
        212
        """
        from labsupport.orders import measure

        context = self._context
        site = context.read_site(name)
        chosen = measure.read_technique(technique, context.say)
        return measure.measure(context.trial, chosen, site)

    @asks('"goles-gratis.example"')
    def techniques(self, name: object = "") -> TechniqueComparison | Explanation:
        """Put all ways of blocking a site side by side, those with fewest bystanders first.

        >>> from labsupport import Lab
        >>> Lab("en").orders.techniques("www.museum.example").table["way"].size
        11
        """
        from labsupport.orders import measure

        context = self._context
        return measure.compare(context.trial, context.read_site(name))

    @asks("vpn=20")
    def evasion(
        self,
        public_resolver: object = "",
        vpn: object = "",
        hidden_name: object = "",
        new_name: object = "",
        new_address: object = "",
    ) -> Evasion | Explanation:
        """Say what of each way of blocking remains when visitors and site evade it.

        Each argument is a share of the visits in percent: through a public resolver, through a
        VPN, with the server's name encrypted, to another name of the site, to another address.
        Left out, it is what the assumption's source says.

        >>> from labsupport import Lab
        >>> Lab("en").orders.evasion(vpn=20).kind is None
        True
        """
        from labsupport.orders import measure

        return measure.evasion(
            self._context.say,
            public_resolver=public_resolver,
            vpn=vpn,
            hidden_name=hidden_name,
            new_name=new_name,
            new_address=new_address,
        )

    @asks(CLEAN, of_orders=True)
    def worksheet(self, order: object = "") -> Worksheet | Explanation:
        """Fill in the facts of a measure from the lab; its weighing stays empty.

        `order` is as in `review`. `.save("…")` writes the worksheet.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.orders.worksheet(lab.orders.draft("clean")).file
        'worksheet.html'
        """
        from labsupport.orders import worksheet
        from labsupport.orders.proposal import Proposal

        read, own = self._context.read_order(order)
        if not read.confirmed:
            return Proposal(self._context.say, read)
        return worksheet.worksheet(self._context.trial, read, own=own)

    @asks(CLEAN, of_orders=True)
    def configuration(self, order: object = "") -> Configuration | Explanation:
        """Write the configuration by which operators would carry out an order.

        `order` is as in `review`. `.files` has the text of each file, by its name.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.orders.configuration(lab.orders.draft("clean")).kind is None
        True
        """
        from labsupport.orders import export
        from labsupport.orders.proposal import Proposal

        context = self._context
        read, own = context.read_order(order)
        if not read.confirmed:
            return Proposal(context.say, read)
        trial = context.trial
        names = {network.asn: network.name for network in trial.world.networks}
        return export.configuration(
            trial.execution(read), names, context.say, trial.now, own=own
        )
