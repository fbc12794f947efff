"""When something is due, for the first time and again, as rules, what happened, and what is then said."""

from __future__ import annotations

from domain.compliance.schedule import (
    CALENDAR_YEAR,
    JULY_TO_JUNE,
    AfterCompletion,
    BeforeTask,
    EachPeriod,
    FromExpiry,
    OnDay,
    OnPersonDate,
    PersonPeriods,
)
from kit.about import for_each
from kit.compliance import (
    Story,
    after,
    day,
    hired,
    person,
    rule,
    signed_in,
    trained,
    under,
)
from kit.examples import uid

YEARLY = AfterCompletion(12)
MONTHLY = AfterCompletion(1, 10)
FROM_EXPIRY = FromExpiry(12, 60)

FIRST_DUE = [
    Story(
        "30 days after hire, to the end of the day",
        rule(),
        [hired("2026-03-02")],
        [
            "2026-03-01 not_applicable",
            "2026-03-02 due_soon, due 2026-04-01, axis unmet",
            "2026-04-01 due_soon",
            "2026-04-02 overdue, due 2026-04-01",
        ],
    ),
    Story(
        "a due day far ahead is upcoming until 30 days before",
        rule(first=after("hire", 90)),
        [hired("2026-01-01")],
        ["2026-03-01 upcoming, due 2026-04-01", "2026-03-02 due_soon"],
    ),
    Story(
        "a rehire counts from the new day of hire",
        rule(),
        [hired("2020-01-01", "2020-01-15"), hired("2026-03-02")],
        ["2020-01-15 due_soon, due 2020-01-31", "2026-03-02 due_soon, due 2026-04-01, opened 2026-03-02, cycles 2"],
    ),
    Story(
        "somebody whose position begins before the first day of work has until then and 30 days",
        rule(),
        [under("2026-03-01"), person("hires", day("2026-03-10"))],
        ["2026-03-01 upcoming, due 2026-04-09"],
    ),
    Story(
        "10 days after the start of the position, not of being hired",
        rule(first=after("position", 10)),
        [under("2026-03-01", position=7), person("positions", (uid(7), day("2026-02-25")))],
        ["2026-03-01 due_soon, due 2026-03-07"],
    ),
    Story(
        "when a rule takes effect, everybody under it has 60 days",
        rule(first=after("effective", 60), since="2026-01-01"),
        [hired("2019-05-01")],
        ["2025-12-31 not_applicable", "2026-01-01 upcoming, due 2026-03-02, listed nothing"],
    ),
    Story(
        "people who come after a rule took effect have as many days",
        rule(first=after("effective", 60), since="2026-01-01"),
        [hired("2026-06-01")],
        ["2026-06-01 upcoming, due 2026-07-31"],
    ),
    Story(
        "7 days after the first sign-in",
        rule(first=after("sign_in", 7)),
        [hired("2026-03-01"), signed_in("2026-03-05")],
        ["2026-03-04 no_due_day, listed no_sign_in", "2026-03-05 due_soon, due 2026-03-12, listed nothing"],
    ),
    Story(
        "nobody has signed in yet",
        rule(first=after("sign_in", 7)),
        [hired("2026-03-01")],
        ["2026-03-06 no_due_day, listed no_sign_in"],
    ),
    Story(
        "on one day for all",
        rule(first=OnDay(day("2026-06-30"))),
        [hired("2026-03-01")],
        ["2026-03-01 upcoming, due 2026-06-30", "2026-07-01 overdue"],
    ),
    Story(
        "hired after the day on which it was due for all: listed, and overdue at once",
        rule(first=OnDay(day("2026-06-30"))),
        [hired("2026-07-15")],
        ["2026-07-15 overdue, due 2026-06-30, listed due_before_opening"],
    ),
    Story(
        "hired after that day, where the rule gives 14 days from discovery",
        rule(first=OnDay(day("2026-06-30")), discovery_days=14),
        [hired("2026-07-15")],
        ["2026-07-15 due_soon, due 2026-07-29, due by discovery, listed due_before_opening"],
    ),
    Story(
        "a new rule for people who have been here for long: due when its transition ends, and no exception",
        rule(since="2026-03-01", transition_days=30),
        [hired("1998-05-04")],
        [
            "2026-03-01 due_soon, due 2026-03-31, due by transition, listed nothing",
            "2026-03-31 due_soon",
            "2026-04-01 overdue",
        ],
    ),
    Story(
        "the same, for somebody who has more time by the rule",
        rule(since="2026-03-01", transition_days=30),
        [hired("2026-02-20")],
        ["2026-03-01 due_soon, due 2026-03-31, due by transition"],
    ),
    Story(
        "who is hired on a later day has the time that the rule gives, and no transition",
        rule(since="2026-03-01", transition_days=90),
        [hired("2026-03-02")],
        ["2026-03-02 due_soon, due 2026-04-01, due by rule"],
    ),
    Story(
        "without a transition everybody is overdue at once, and listed",
        rule(since="2026-03-01"),
        [hired("1998-05-04")],
        ["2026-03-01 overdue, due 1998-06-03, listed due_before_opening"],
    ),
    Story(
        "what was learned before still counts",
        rule(since="2026-03-01", transition_days=30),
        [hired("1998-05-04"), trained("2025-06-01")],
        ["2026-03-01 met, met on 2025-06-01"],
    ),
    Story(
        "on a date of the person",
        rule(first=OnPersonDate("license_expires")),
        [hired("2026-03-01"), person("dates", ("license_expires", day("2026-09-30")))],
        ["2026-03-01 upcoming, due 2026-09-30"],
    ),
    Story(
        "the date of the person is missing",
        rule(first=OnPersonDate("license_expires")),
        [hired("2026-03-01")],
        ["2026-03-01 no_due_day, listed no_person_date"],
    ),
    Story(
        "before radiographs are first taken",
        rule(first=BeforeTask("take_radiographs"), blocks=("take_radiographs",)),
        [hired("2026-03-01"), person("tasks", ("take_radiographs", day("2026-04-01")))],
        ["2026-03-31 due_soon, due 2026-03-31, blocks take_radiographs", "2026-04-01 overdue"],
    ),
    Story(
        "nothing is due before a task that nobody has planned, but the task is blocked",
        rule(first=BeforeTask("take_radiographs"), blocks=("take_radiographs",)),
        [hired("2026-03-01")],
        ["2026-03-31 no_due_day, blocks take_radiographs, listed nothing"],
    ),
    Story(
        "a transfer to February 1 that becomes known on March 20",
        rule(first=after("position", 30), discovery_days=10),
        [under("2026-02-01", position=7, known="2026-03-20", clause="assistant")],
        [
            "2026-02-01 upcoming, due 2026-03-30, due by discovery, opened 2026-02-01",
            "2026-03-31 overdue, cause assistant",
        ],
    ),
    Story(
        "the same, where the rule gives no time from discovery",
        rule(first=after("position", 30)),
        [under("2026-02-01", position=7, known="2026-03-20")],
        ["2026-03-20 overdue, due 2026-03-03, due by rule"],
    ),
    Story(
        "becoming known a day late changes nothing for a due day that lies far ahead",
        rule(discovery_days=10),
        [hired("2026-03-01", known="2026-03-02")],
        ["2026-03-02 due_soon, due 2026-03-31, due by rule"],
    ),
]

REPEATS = [
    Story(
        "once is enough, without an end",
        rule(),
        [hired("2020-01-01"), trained("2020-01-10")],
        ["2020-01-10 met, valid until None, opens again None", "2040-01-01 met, cycles 1"],
    ),
    Story(
        "each year; the next cycle opens 90 days before",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-01-10")],
        [
            "2025-10-11 met, opens again 2025-10-12, cycles 1",
            "2025-10-12 met, cycles 2, due 2026-01-10, asks renewal",
            "2025-12-11 expiring, opened 2025-10-12",
            "2026-01-10 expiring",
            "2026-01-11 overdue, axis lapsed",
        ],
    ),
    Story(
        "late is late, and the next year counts from the day of training",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-01-10"), trained("2026-02-20")],
        ["2026-02-19 overdue", "2026-02-20 met, due 2027-02-20, was due 2026-01-10, met on 2026-02-20"],
    ),
    Story(
        "months end with the month: January 31, February 28",
        rule(repeats=MONTHLY),
        [hired("2026-01-01"), trained("2026-01-31")],
        ["2026-02-28 expiring, due 2026-02-28"],
    ),
    Story(
        "and are counted from the first anchor: March 31, not March 28",
        rule(repeats=FromExpiry(1, 10)),
        [hired("2026-01-01"), trained("2026-01-31"), trained("2026-02-25")],
        ["2026-02-25 met, due 2026-03-31"],
    ),
    Story(
        "on the last day of the early window it counts from the expiry",
        rule(repeats=FROM_EXPIRY),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2025-01-10")],
        ["2025-01-10 met, due 2026-01-10"],
    ),
    Story(
        "on the first day of the early window too",
        rule(repeats=FROM_EXPIRY),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2024-11-11")],
        ["2024-11-11 met, due 2026-01-10"],
    ),
    Story(
        "before the early window it counts from its own day",
        rule(repeats=FROM_EXPIRY),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2024-11-10")],
        ["2024-11-10 met, due 2025-11-10"],
    ),
    Story(
        "an additional training before the window takes nothing from the one within it",
        rule(repeats=FROM_EXPIRY),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2024-10-01"), trained("2024-12-21")],
        ["2024-12-22 met, due 2026-01-10"],
    ),
    Story(
        "a training that adds nothing now may be the one from which a later one counts",
        rule(repeats=FROM_EXPIRY),
        [
            hired("2025-01-01"),
            trained("2025-01-01"),
            trained("2025-12-15"),
            trained("2025-12-20"),
            trained("2026-10-25"),
        ],
        ["2025-12-20 met, due 2027-01-01, met by record 2", "2026-10-25 met, due 2027-12-20"],
    ),
    Story(
        "counted from the expiry, but never more than 365 days after the training",
        rule(repeats=FROM_EXPIRY, max_interval_days=365),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2024-12-21")],
        ["2024-12-22 met, due 2025-12-21"],
    ),
    Story(
        "once in each calendar year",
        rule(repeats=CALENDAR_YEAR),
        [hired("2025-11-01"), trained("2025-11-15")],
        [
            "2025-12-31 met, valid until 2026-12-31, opens again 2026-01-01",
            "2026-01-01 met, due 2026-12-31, cycles 2",
            "2027-01-01 overdue",
        ],
    ),
    Story(
        "trained in November, not called again before May",
        rule(repeats=CALENDAR_YEAR, minimum_active_months=6),
        [hired("2025-11-01"), trained("2025-11-15")],
        ["2026-01-01 met, cycles 1, opens again 2026-05-15", "2026-05-15 met, cycles 2, due 2026-12-31"],
    ),
    Story(
        "a year that was missed is made up in the next one, which counts for that one too",
        rule(repeats=CALENDAR_YEAR),
        [hired("2024-01-01"), trained("2024-01-15"), trained("2026-02-01")],
        ["2026-01-31 overdue, due 2025-12-31", "2026-02-01 met, due 2027-12-31, was due 2025-12-31"],
    ),
    Story(
        "July to June",
        rule(repeats=JULY_TO_JUNE),
        [hired("2025-05-01"), trained("2025-05-20"), trained("2025-07-01")],
        ["2025-05-20 met, due 2026-06-30", "2025-07-01 met, due 2027-06-30"],
    ),
    Story(
        "periods of two years that begin in an odd September",
        rule(repeats=EachPeriod(day("2023-09-01"), 24)),
        [hired("2024-01-01"), trained("2024-01-15")],
        ["2024-01-15 met, due 2027-08-31"],
    ),
    Story(
        "in periods that end when the person's license does",
        rule(repeats=PersonPeriods("license_expires", 24)),
        [hired("2024-01-01"), trained("2024-01-15"), person("dates", ("license_expires", day("2025-03-31")))],
        ["2024-01-15 met, due 2027-03-31"],
    ),
    Story(
        "the date of the license is not known: counted from the completion until it is",
        rule(repeats=PersonPeriods("license_expires", 24)),
        [hired("2024-01-01"), trained("2024-01-15")],
        ["2024-01-15 met, due 2026-01-15"],
    ),
    Story(
        "training twice on one day is training once",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-01-10"), trained("2025-01-10")],
        ["2025-01-10 met, cycles 1, met by record 2"],
    ),
]


@for_each("one", [*FIRST_DUE, *REPEATS], ids=lambda each: each.name)
def test_what_is_owed(one: Story) -> None:
    assert one.said() == one.answers
