"""People who come and go, and rules and modules that change, as rules, what happened, and what is then said."""

from __future__ import annotations

from domain.compliance.schedule import (
    AfterCompletion,
    FromExpiry,
)
from kit.about import for_each
from kit.compliance import (
    Story,
    after,
    changed,
    course,
    employed,
    hired,
    hours,
    relief,
    republished,
    retired,
    rule,
    studied,
    trained,
    under,
)

YEARLY = AfterCompletion(12)
TWO_YEARLY = AfterCompletion(24)

COMING_AND_GOING = [
    Story(
        "the day on which a cycle recurs is not lost on somebody who is away that day",
        rule(repeats=YEARLY),
        [hired("2025-01-01", "2025-12-31"), trained("2025-01-10"), under("2026-03-01")],
        ["2026-01-15 not_applicable", "2026-03-01 overdue, due 2026-01-10, opened 2026-03-01, asks renewal"],
    ),
    Story(
        "rehired when nothing is valid any more: as much time as for somebody new",
        rule(repeats=YEARLY),
        [hired("2024-01-01", "2024-06-30"), trained("2024-01-10"), hired("2026-03-01")],
        ["2026-03-01 lapsed, due 2026-03-31, asks renewal"],
    ),
    Story(
        "rehired so late that the initial course is needed again",
        rule(repeats=YEARLY, lapse_limit_days=180),
        [hired("2024-01-01", "2024-06-30"), trained("2024-01-10"), hired("2026-03-01")],
        ["2026-03-01 lapsed, due 2026-03-31, asks initial"],
    ),
    Story(
        "trained elsewhere while away",
        rule(repeats=YEARLY),
        [hired("2024-01-01", "2024-06-30"), trained("2024-01-10"), trained("2025-09-01"), hired("2026-03-01")],
        ["2026-03-01 met, due 2026-09-01"],
    ),
    Story(
        "an open cycle closes when the person leaves, and stays in the history",
        rule(),
        [hired("2026-01-01", "2026-01-20")],
        ["2026-01-20 due_soon", "2026-01-21 not_applicable", "2027-01-01 not_applicable"],
    ),
    Story(
        "from one position to another without a gap it is the same cycle",
        rule(),
        [hired("2026-01-01", "2026-01-20", clause="hygienist"), under("2026-01-21", clause="Texas")],
        [
            "2026-01-20 due_soon, cause hygienist",
            "2026-01-21 due_soon, opened 2026-01-01, due 2026-01-31, cause Texas",
        ],
    ),
    Story(
        "two positions at once are one obligation",
        rule(),
        [hired("2026-01-01", clause="Texas"), under("2026-01-10", clause="Oklahoma")],
        ["2026-01-15 due_soon, cycles 1, cause Texas"],
    ),
    Story(
        "a retired requirement asks nothing more",
        rule(),
        [hired("2026-01-01"), retired("2026-02-15")],
        ["2026-02-14 overdue", "2026-02-15 not_applicable"],
    ),
    Story(
        "nor of people who come after that",
        rule(),
        [hired("2026-03-01"), retired("2026-02-15")],
        ["2026-03-01 not_applicable, cycles 0"],
    ),
    Story(
        "nobody is under a rule before it takes effect",
        rule(since="2026-02-01"),
        [hired("2026-01-25")],
        ["2026-01-31 not_applicable", "2026-02-01 due_soon, opened 2026-02-01, due 2026-02-24"],
    ),
    Story(
        "employed since nobody knows when, but trained",
        rule(),
        [employed("2026-01-01"), trained("2026-01-10")],
        ["2026-01-09 no_due_day", "2026-01-10 met, listed nothing"],
    ),
]

CHANGES = [
    Story(
        "from 24 to 12 months with 60 days of transition",
        rule(repeats=TWO_YEARLY),
        [hired("2024-01-01"), trained("2024-06-10"), changed("2026-01-01", rule(repeats=YEARLY), "take", 60)],
        ["2025-12-31 met, due 2026-06-10", "2026-01-01 met, due 2026-03-02", "2026-03-03 overdue, due 2026-03-02"],
    ),
    Story(
        "another course is needed from a day on, with 30 days",
        rule(),
        [hired("2024-01-01"), trained("2024-01-10"), changed("2026-01-01", rule(course("B")), "take", 30)],
        [
            "2025-12-31 met, due None",
            "2026-01-01 expiring, due 2026-01-31, due by transition, rule 2",
            "2026-02-01 overdue",
        ],
    ),
    Story(
        "the transition is not longer than the longest interval of the new rule",
        rule(),
        [
            hired("2024-01-01"),
            trained("2024-01-10"),
            changed("2024-12-20", rule(course("A", "B"), max_interval_days=365), "take", 60),
        ],
        ["2024-12-20 expiring, due 2025-02-18, valid until 2025-01-09", "2025-01-10 lapsed", "2025-02-19 overdue"],
    ),
    Story(
        "the course of the new rule was done already",
        rule(),
        [hired("2026-01-01"), trained("2026-01-10", "B"), changed("2026-01-20", rule(course("B")), "take")],
        ["2026-01-19 due_soon", "2026-01-20 met, met on 2026-01-10"],
    ),
    Story(
        "a later course counts by the new rule",
        rule(repeats=YEARLY),
        [
            hired("2025-01-01"),
            trained("2025-01-10", "A"),
            trained("2025-11-01", "B"),
            changed("2026-01-05", rule(course("A", "B", needs="any"), repeats=YEARLY), "take"),
        ],
        ["2026-01-04 expiring, due 2026-01-10", "2026-01-05 met, due 2026-11-01, met on 2025-11-01"],
    ),
    Story(
        "a longer interval closes the cycle that was open for renewal",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-01-10"), changed("2025-12-01", rule(repeats=AfterCompletion(24)), "take")],
        ["2025-11-30 met, due 2026-01-10, cycles 2", "2025-12-01 met, due 2027-01-10, cycles 1"],
    ),
    Story(
        "an interval one month longer moves the due day of the cycle that is open",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-01-10"), changed("2025-12-01", rule(repeats=AfterCompletion(13)), "take")],
        ["2025-12-01 met, due 2026-02-10, due by transition, cycles 2, rule 2"],
    ),
    Story(
        "a cycle that a new rule opens is under the new rule, also where it would have opened sooner by it",
        rule(),
        [
            hired("2026-01-01"),
            trained("2026-01-01"),
            changed("2026-03-13", rule(repeats=AfterCompletion(3, 20), equivalent=True), "take"),
            relief("equivalent", "2026-03-14"),
        ],
        ["2026-03-13 expiring, due 2026-04-01, opened 2026-03-13, rule 2", "2026-03-14 met, due 2026-06-14"],
    ),
    Story(
        "a rule that running cycles take while somebody is away",
        rule(repeats=YEARLY),
        [
            hired("2024-01-01", "2024-06-30"),
            trained("2024-01-10"),
            changed("2025-03-01", rule(repeats=TWO_YEARLY), "take"),
            hired("2025-12-01"),
        ],
        ["2025-12-01 met, due 2026-01-10"],
    ),
    Story(
        "a transition gives no more time than there was before",
        rule(repeats=YEARLY),
        [
            hired("2025-01-01"),
            trained("2025-01-10"),
            changed("2025-12-20", rule(repeats=AfterCompletion(6)), "take", 60),
        ],
        ["2025-12-20 expiring, due 2026-01-10"],
    ),
    Story(
        "an open cycle keeps its rule, and the next one takes the new one",
        rule(repeats=YEARLY),
        [
            hired("2026-01-01"),
            changed("2026-01-20", rule(course("B"), repeats=YEARLY), "next"),
            trained("2026-01-25", "A"),
        ],
        ["2026-01-20 due_soon, rule 1", "2026-01-25 met, due 2027-01-25", "2026-12-01 met, rule 2"],
    ),
    Story(
        "a longer time to the first due day for those who still owe it",
        rule(),
        [hired("2026-01-01"), changed("2026-01-20", rule(first=after("hire", 60)), "take")],
        ["2026-01-19 due_soon, due 2026-01-31", "2026-01-20 upcoming, due 2026-03-02"],
    ),
    Story(
        "a shorter time makes nobody overdue at once",
        rule(first=after("hire", 90)),
        [hired("2026-01-01"), changed("2026-02-20", rule(), "take", 10)],
        ["2026-02-20 due_soon, due 2026-03-02, due by transition"],
    ),
    Story(
        "people who come later have the new rule, whatever the others keep",
        rule(),
        [changed("2026-01-01", rule(first=after("hire", 10)), "keep"), hired("2026-02-01")],
        ["2026-02-01 due_soon, due 2026-02-11, rule 2"],
    ),
    Story(
        "two versions for one day: the later number counts, and it is listed",
        rule(first=after("hire", 10)),
        [changed("2000-01-01", rule(first=after("hire", 20)), "take"), hired("2026-02-01")],
        ["2026-02-01 due_soon, due 2026-02-21, listed contradicting_versions"],
    ),
    Story(
        "a material version for everybody",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-06-01"), republished("2026-01-10", "everyone", "2026-02-28")],
        [
            "2026-01-09 met, due 2026-06-01, cycles 1",
            "2026-01-10 met, due 2026-02-28, cycles 2",
            "2026-02-01 expiring",
            "2026-03-01 overdue",
        ],
    ),
    Story(
        "in the window before the due day of the material version it counts from that day",
        rule(repeats=FromExpiry(12, 60)),
        [
            hired("2025-01-01"),
            trained("2025-06-01"),
            republished("2026-01-10", "everyone", "2026-02-28"),
            trained("2026-02-20", version_number=2),
        ],
        ["2026-02-20 met, due 2027-02-28"],
    ),
    Story(
        "what ends soon opens again before it ends, however long it is to be active",
        rule(repeats=YEARLY, minimum_active_months=2),
        [
            republished("2026-01-10", "everyone", "2026-02-28"),
            hired("2026-01-15"),
            trained("2026-01-20", version_number=1),
        ],
        ["2026-02-27 expiring, cycles 1", "2026-02-28 expiring, cycles 2, due 2026-02-28"],
    ),
    Story(
        "training with the old version is credit for new people until that day too",
        rule(repeats=YEARLY),
        [trained("2025-12-01"), republished("2026-01-10", "everyone", "2026-02-28"), hired("2026-01-15")],
        ["2026-01-15 met, due 2026-02-28", "2026-03-01 overdue"],
    ),
    Story(
        "a material version while the renewal is open already",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-06-01"), republished("2026-04-10", "everyone", "2026-05-10")],
        ["2026-04-09 met, due 2026-06-01, cycles 2", "2026-04-10 expiring, due 2026-05-10, cycles 2"],
    ),
    Story(
        "training with the material version counts in full",
        rule(repeats=YEARLY),
        [
            hired("2025-01-01"),
            trained("2025-06-01"),
            republished("2026-01-10", "everyone", "2026-02-28"),
            trained("2026-02-20", version_number=2),
        ],
        ["2026-02-20 met, due 2027-02-20"],
    ),
    Story(
        "training with the old version after the new one was published does not",
        rule(repeats=YEARLY),
        [
            hired("2025-01-01"),
            trained("2025-06-01", version_number=1),
            republished("2026-01-10", "everyone", "2026-02-28"),
            trained("2026-01-20", version_number=1),
        ],
        ["2026-01-20 met, due 2026-02-28", "2026-03-01 overdue"],
    ),
    Story(
        "hours of a course count whatever is published later",
        rule(hours("4")),
        [
            hired("2025-01-01"),
            studied("2025-06-01", "4", name="A"),
            republished("2026-01-10", "everyone", "2026-02-28"),
        ],
        ["2026-03-01 met, valid until None"],
    ),
    Story(
        "a material version for new people only",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-06-01"), republished("2026-01-10", "new_people", "2026-02-28")],
        ["2026-01-10 met, due 2026-06-01"],
    ),
    Story(
        "for new people, training with the old version is no credit",
        rule(repeats=YEARLY),
        [trained("2025-12-01"), republished("2026-01-10", "new_people", "2026-02-28"), hired("2026-02-01")],
        ["2026-02-01 due_soon, axis unmet, due 2026-03-03"],
    ),
    Story(
        "a material version for nobody",
        rule(repeats=YEARLY),
        [trained("2025-12-01"), republished("2026-01-10", "nobody", "2026-02-28"), hired("2026-02-01")],
        ["2026-02-01 met, due 2026-12-01"],
    ),
]


@for_each("one", [*COMING_AND_GOING, *CHANGES], ids=lambda each: each.name)
def test_what_is_owed(one: Story) -> None:
    assert one.said() == one.answers
