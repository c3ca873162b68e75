"""What is seen of a site from one place, in words."""

from __future__ import annotations

from labsupport.language import mark
from labsupport.lookups.reached import Led, Reach

REACHES: dict[Reach, str] = {
    Reach.OPENS: mark("the page is there"),
    Reach.CUT: mark("the connection was cut off"),
    Reach.SILENT: mark("nothing came back"),
    Reach.UNREACHABLE: mark("no way leads there"),
    Reach.EXPIRED: mark("its certificate has expired"),
    Reach.UNTRUSTED: mark("its certificate is not for this name, or not trusted"),
    Reach.REFUSED: mark("it says that the page may not be given out (451)"),
    Reach.MISSING: mark("it says that there is no such page"),
    Reach.FAILING: mark("it says that it is not able to answer"),
    Reach.TURNED_AWAY: mark("it turns this visitor away (403, 429 or a CAPTCHA)"),
    Reach.UNFINISHED: mark("what came back is no whole answer"),
    Reach.ELSEWHERE: mark("it sends on to another site, which does not open"),
    Reach.NOWHERE: mark("it sends on, and comes to no page"),
    Reach.NOT_TRIED: mark("not tried: this connection has no IPv6, or no IPv4"),
    Reach.NOT_SENT: mark("nothing was sent there"),
}
LEDS: dict[Led, str] = {
    Led.SITE: mark("the machine there shows that it is the site"),
    Led.NOTICE: mark("a machine there says that the page is blocked"),
    Led.NOBODY: mark("no site can be at that address"),
    Led.OTHER: mark("nothing there shows that it is the site"),
}
