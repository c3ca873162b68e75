"""Who goes dark under an order, told in words."""

from __future__ import annotations

from collections.abc import Sequence

from confirmed import confirmed
from said import begins, ends, says
from test_dark import addresses, carried_out

from labsupport import Lab
from labsupport.kinds import Provenance, Source
from labsupport.language import Language
from labsupport.orders.execution import Execution, execute
from labsupport.orders.impact import Impact, impact
from labsupport.orders.order import Order, Target, TargetKind, order_of
from labsupport.orders.remarks import said
from labsupport.orders.techniques import Technique
from labsupport.world import World

LAB = Lab("en")
WORLD = World.load()
SAY = Language.load("en")
PROVENANCE = Provenance(Source.LAB, "", WORLD.start.timestamp())
GOLES = "goles-gratis.example"


def told(
    technique: Technique, site: str, *, targets: Sequence[str] = (), own: bool = True
) -> Impact:
    execution = carried_out(technique, site)
    order = naming(*(targets or [site]))
    return impact(WORLD, order, execution, SAY, PROVENANCE, own=own)


def naming(*targets: str) -> Order:
    kinds = {True: TargetKind.ADDRESS, False: TargetKind.NAME}
    return order_of(tuple(Target(one, kinds[one[-1].isdigit()]) for one in targets))


def test_the_sentence_counts_target_and_bystanders() -> None:
    result = told(Technique.ADDRESS, GOLES)
    total = len(WORLD.sites)
    assert result.sentence == (
        SAY(
            "impact.sites_lab_go",
            total=total,
            who="Fibra Sur, Fibra Sur + Resuelve and Móvil Norte",
            count=213,
            targets=SAY("impact.sites_order", count=1),
            others=SAY("impact.bystanders", count=212),
        )
    )
    named = "Among them: Clínica Pediátrica de Puerto Candil (health), "
    assert any(note.startswith(named) for note in result.notes)
    assert len(result.bystanders) == 212
    assert GOLES not in result.bystanders
    assert result.targets == (GOLES,)


def test_the_table_has_a_row_for_each_connection() -> None:
    table = told(Technique.RESOLVER, GOLES).tabulated()
    assert [row[:3] for row in table.rows] == [
        ("Fibra Sur", "1 of 1 dark", 0),
        ("Fibra Sur + Resuelve", "none of 1", 0),
        ("Móvil Norte", "1 of 1 dark", 0),
    ]
    kinds = str(told(Technique.ADDRESS, GOLES).tabulated().rows[0][3])
    assert (
        kinds
        == "shop: 73, craftsman: 24, restaurant: 22, association: 15, sport: 8, 18 more kinds"
    )


def test_a_name_without_www_means_the_site_with_it() -> None:
    assert told(Technique.RESOLVER, "museum.example").targets == ("www.museum.example",)
    result = told(Technique.RESOLVER, "museum.example")
    assert ends(
        result.sentence,
        "impact.sites_lab_go",
        who="Fibra Sur and Móvil Norte",
        count=1,
        targets=SAY("impact.sites_order", count=1),
        others=SAY("impact.bystanders", count=0),
    )


def test_several_targets_are_counted() -> None:
    both = told(Technique.ADDRESS, GOLES, targets=[GOLES, "museum.example"])
    assert says(both.sentence, "impact.sites_lab_go", count=213)
    assert both.tabulated().rows[0][1] == "1 of 2 dark"


def test_an_order_that_names_no_site_has_bystanders_only() -> None:
    result = told(Technique.ADDRESS, GOLES, targets=["198.51.100.99"])
    assert says(
        result.sentence,
        "impact.sites_lab_go",
        targets=SAY("impact.sites_order", count=0),
        others=SAY("impact.bystanders", count=213),
    )
    assert result.tabulated().rows[0][1] == "–"


def test_a_target_that_stays_open_is_told() -> None:
    result = told(Technique.ADDRESS, GOLES, targets=["museum.example"])
    assert says(
        result.sentence,
        "impact.sites_lab_go",
        targets=SAY("impact.sites_order", count=0),
        others=SAY("impact.bystanders", count=213),
    )
    assert result.tabulated().rows[0][1] == "none of 1"


def test_an_order_that_does_nothing_takes_nothing() -> None:
    result = impact(WORLD, naming(GOLES), Execution(), SAY, PROVENANCE)
    assert ends(result.sentence, "impact.sites_lab_none")
    assert result.bystanders == ()


def test_a_hold_tells_what_goes_besides_web_sites() -> None:
    notes = told(Technique.REGISTRY_HOLD, "museum.example").notes
    assert says(notes, "impact.whole_domain", mail=SAY("impact.mail_for_it_stops"))
    without_mail = told(Technique.NAME_SERVERS, "servidns.test").notes
    assert says(without_mail, "impact.names_no_mail_server")
    assert not any(
        "as a whole" in note for note in told(Technique.ADDRESS, GOLES).notes
    )


def test_the_words_of_a_draft_stay_out() -> None:
    order = order_of(
        (
            Target("museum.example", TargetKind.NAME),
            Target("secreto.example", TargetKind.NAME),
        ),
        Technique.HOST,
    )
    execution = execute(order, WORLD, addresses, WORLD.start.timestamp())
    remarks = said(execution.remarks, SAY)
    assert any("secreto" in sentence for sentence in remarks)
    for own in (True, False):
        result = impact(WORLD, order, execution, SAY, PROVENANCE, own=own)
        assert ("secreto" in repr(result)) == own
    held = repr(told(Technique.REGISTRY_HOLD, "museum.example", own=False))
    assert "museum.example" not in held
    assert SAY("impact.mail_for_it_stops") in held


def test_every_kind_of_site_has_a_word() -> None:
    assert {site.kind for site in World.load().sites} <= Language.load("en").table(
        "site_kinds.toml"
    ).keys()


def test_limits_tell_what_a_lab_cannot() -> None:
    limits = told(Technique.ROUTE, GOLES).limits
    assert any("invented" in limit for limit in limits)
    assert says(limits, "impact.sites_lab_invented")


def test_of_what_nobody_can_carry_out_there_is_no_number() -> None:
    order = confirmed("The registry shall block goles-gratis.example by DNS.")
    result = LAB.orders.impact(order)
    assert isinstance(result, Impact)
    assert (result.measures, result.left_out, result.counted) == (1, 1, False)
    assert result.sentence == SAY("impact.left_out", count=1, all=1)
    assert result.tabulated() is None
    assert result.notes != (), "why it was not"


def test_what_was_left_out_stands_before_the_number_of_the_rest() -> None:
    order = confirmed(
        "The access providers shall block goles-gratis.example by DNS.\n"
        "Fibra Sur shall preserve its logs."
    )
    result = LAB.orders.impact(order)
    assert isinstance(result, Impact)
    assert (result.measures, result.left_out, result.counted) == (2, 1, True)
    assert begins(result.sentence, "impact.left_out", count=1, all=2)
