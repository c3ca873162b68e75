"""Every question, and what the course shows of its answer by name: tests/test_types.py.

It stands outside the package, as a judge's own notebook or program does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from labsupport import Lab
from labsupport.answers.ask import AnswerPage
from labsupport.kinds import Kind
from labsupport.lookups.ask import Answer
from labsupport.rdds.record import Record
from labsupport.results import Explanation, Result

lab = Lab("en")
SITE = "www.museum.example"
DOMAIN = "museum.example"
SHARED = "goles-gratis.example"
RECORD_FILE = "evidence.jsonl"
SINCE, UNTIL = "2026-10-29 -03:00", "2026-10-30 -03:00"


def of_any_answer(answer: Result) -> None:
    """What every answer offers."""
    print(answer.sentence, answer.limits, answer.notes, answer.kind, answer.provenance)
    print(answer.table, answer.figure(), answer.written)


def of_questions() -> None:
    answer = lab.ask(SITE)
    assert_type(answer, AnswerPage | Explanation)
    assert_type(answer.facts, Answer)
    assert_type(answer.kind, Kind)
    values: list[str] = [record.value for record in answer.records]
    print(answer.kind.name, answer.sentence, values)
    of_any_answer(answer)
    print(lab.ask(), lab.trace(), lab.wait(), lab.wait("10 minutes").sentence)
    walk = lab.trace(SITE)
    print(len(walk.steps), len(walk.facts.steps))
    chain = lab.dnssec(SITE)
    print(chain.kind.name, chain.figure())
    registration = lab.rdap(DOMAIN)
    registrar: Record | None = registration.registrar
    records: tuple[Record, ...] = registration.records
    print(registration.kind.name, registration.registry.name, registrar, len(records))
    whois = lab.whois(DOMAIN)
    server: str = whois.server
    text: str = whois.text
    print(server, text, whois.registrar)
    visit = lab.visit(SITE)
    print(
        visit.kind.name,
        len(visit.log().lines),
        visit.beside(visit),
        visit.facts.address,
    )
    way = lab.path(SITE)
    networks: tuple[str, ...] = way.networks
    print(way.kind.name, networks)
    cdn: str = lab.who(DOMAIN).cdn
    print(cdn)
    print(
        lab.at(),
        lab.at("movil-norte").ask(SITE).records,
        lab.at("movil-norte").path(SITE).kind,
    )
    print(lab.at("movil-norte").visit(SITE).log().sentence)
    print(lab.at("movil-norte").investigate.observers(SITE, "https").kind.name)
    held = lab.with_order(lab.orders.draft("hold"))
    print(
        held.ask(SITE).records,
        held.at("movil-norte").ask(SITE).kind.name,
        held.wait("1 day").kind,
    )
    print(held.visit(SITE).kind.name)


def of_routes() -> None:
    origin = lab.routes.origin("203.0.113.80")
    print(origin.kind, origin.facts.names)
    print(len(lab.routes.to("198.18.102.0/23").table))
    print(lab.routes.networks().table, lab.routes.networks().figure())
    other = lab.routes.announce("198.18.103.0/24", by="AS64497", checking="nobody")
    assert_type(other, Lab)
    print(other.path("198.18.103.53").kind.name, other.visit(SITE).sentence)
    print(other.routes.to("198.18.103.0/24").facts.asked)


def of_investigations() -> None:
    print(lab.investigate.memory(SITE).kind.name, lab.investigate.memory(SITE).figure())
    mine = lab.investigate.publish("ana")
    print(lab.ask(mine.name).records, len(mine.log().lines))
    print(lab.investigate.compare(DOMAIN).kind)
    print([one.name for one in lab.investigate.lookalikes(DOMAIN).found])
    print(lab.investigate.certificates("www.bancodelfaro-clientes.example").others[0])
    print(len(lab.investigate.neighbours(SHARED).names))
    time = "2026-10-29 20:14:37 -03:00"
    print(lab.investigate.subscribers("198.18.128.2", time, port=40212).kind)
    seen = lab.investigate.observers(SITE, "https")
    print(seen.kind.name, seen.figure())
    mail = lab.investigate.mail("aviso")
    print(mail.head.address("From"), lab.investigate.mail().sentence)
    print(lab.investigate.diagnose(SITE).cause.name)


def of_orders() -> None:
    draft = lab.orders.draft("flawed")
    print(draft.order, draft.taken_as(SHARED, "mentioned").sentence)
    print(lab.orders.draft("clean").order.technique, lab.orders.draft().sentence)
    print(lab.orders.drafts().table["key"][0], lab.orders.form())
    review = lab.orders.review(draft)
    print(review.findings[0].code, review.alternatives().table, lab.orders.review())
    bystanders: tuple[str, ...] = lab.orders.impact(draft).bystanders
    print(bystanders)
    print(lab.orders.confirmed().sentence, lab.orders.confirmed().kind)
    tried = lab.orders.technique("address", SHARED)
    print(len(tried.effect.bystanders), tried.figure())
    print(lab.orders.techniques(SHARED).table["way"].size)
    print(lab.orders.evasion(vpn=20).kind)
    clean = lab.orders.draft("clean")
    sheet = lab.orders.worksheet(clean)
    print(sheet.file, sheet.text, sheet.html, sheet.save("worksheet.html").written)
    print(
        lab.orders.configuration(clean).kind,
        list(lab.orders.configuration(clean).files),
    )


def of_evidence() -> None:
    print(
        len(lab.evidence),
        lab.evidence.sentence,
        lab.evidence.table,
        lab.evidence.limits,
    )
    print(lab.evidence.custody(by="Eva Solís").kind)
    seal: str = lab.evidence.seal().text
    print(seal, lab.evidence.save().sentence, lab.evidence.save().file)
    print(
        lab.evidence.stamp().kind.name,
        lab.evidence.report().kind,
        lab.evidence.report().file,
    )
    print(
        lab.evidence.verify(RECORD_FILE, seal).kind,
        lab.evidence.tamper(RECORD_FILE, "byte").kind,
    )
    request = lab.evidence.preservation(
        DOMAIN, addressee="registrar", since=SINCE, until=UNTIL
    )
    print(
        lab.evidence.preservation(DOMAIN).table["part"][0],
        request.save("request.html").sentence,
    )
    print(lab.evidence.disclosure("198.18.128.2").table["part"][0])


def of_the_course() -> None:
    room = lab.course
    print(
        lab.course.question("dns-time").sentence,
        lab.course.question("dns-time", "a").sentence,
    )
    lab.course.guess("four")
    print(lab.course.case().table)
    case = lab.course.case("wrong-order")
    print(case.step.title, case.choose("a").step.title, case.undo().step.title)
    print(
        case.write("…").sentence,
        case.lab.ask(SITE).records,
        case.save("case.json").written,
    )
    print(
        case.keep("case-file").sentence,
        room.case("fraud", play=True),
        room.hearing(play=True),
    )
    print(lab.course.hearing().sentence, lab.course.hearing("court", "a").sentence)
    print(lab.course.hearing("court").file, lab.course.hearing("court").save().written)
    print(
        lab.course.real_cases("Ecuador").table["case"][0],
        lab.course.real_cases().figure(),
    )
    print(lab.course.real_cases("leakymails", beside="mooo").table)
    print(
        lab.course.glossary("TTL").sentence,
        lab.course.statuses("hold").table["who sets it"][0],
    )
    print(lab.course.contacts("Uruguay").table["in Uruguay"][1])
    registries = lab.course.reference("caribbean-registries", "curacao")
    print(
        registries.table["regional registry"].tolist(),
        lab.course.lines().table["line"][0],
    )
    print(lab.course.doctor().kind.name)


def of_teaching() -> None:
    room = lab.course.teaching
    plan = lab.course.teaching.plan("two days", "8:30")
    print([len(day) for day in plan.course.days], plan.save().written)
    guide = lab.course.teaching.notebook("04", "Your turn")
    print(guide.sections[0].minutes, guide.save().sentence, room.notebook().sentence)
    print(len(lab.course.teaching.papers("half a day").table))
    print(lab.course.teaching.sheet("opening").file, lab.course.teaching.test(7).file)
    print(lab.course.teaching.key(7).file, lab.course.teaching.letters(7).file)
    checklist = lab.course.teaching.checklist("pt")
    print(checklist.file, checklist.save().written)
    print(len(lab.course.teaching.role_cards().table))
    paper = lab.course.teaching.case_paper("fraud")
    print(paper.kind, paper.save().written)


# what no answer has is an error, also where there may be an Explanation
if TYPE_CHECKING:
    print(lab.rdap(DOMAIN).registar)  # type: ignore[union-attr]
    print(lab.orders.review("…").findigs)  # type: ignore[union-attr]
    print(lab.course.lines().text)  # type: ignore[attr-defined]
    print(lab.ask(SITE, typ="MX"))  # type: ignore[call-overload]
    print(lab.dnssec(SITE, typ="MX"))  # type: ignore[call-arg]
else:
    for use in (of_questions, of_routes, of_investigations, of_evidence, of_orders):
        use()
    of_the_course()
    of_teaching()
