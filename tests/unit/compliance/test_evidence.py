"""What meets a requirement: courses, cards and hours, as rules, what happened, and what is then said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.compliance.evidence_fields import EvidenceField
from domain.compliance.fulfillment import CategoryHours, Expiry
from domain.compliance.schedule import (
    CALENDAR_YEAR,
    AfterCompletion,
    AtPeriodEnd,
    EachPeriod,
    FromExpiry,
)
from kit.compliance import (
    Story,
    card,
    carded,
    changed,
    course,
    day,
    hired,
    hours,
    rule,
    studied,
    trained,
)

YEARLY = AfterCompletion(12)
TWO_YEARLY = AfterCompletion(24)
ORIENTATION = rule(course("A", "B"))
REFRESHED = rule(course("A", renewal=("B",)), repeats=YEARLY, lapse_limit_days=90)


def of(category: str, amount: str) -> CategoryHours:
    return CategoryHours(category, Decimal(amount))


COURSES = [
    Story(
        "all of two courses, by the day of the second",
        ORIENTATION,
        [hired("2026-01-01"), trained("2026-01-05", "A"), trained("2026-01-20", "B")],
        ["2026-01-19 due_soon", "2026-01-20 met, met on 2026-01-20, met by record 2"],
    ),
    Story(
        "any of two courses",
        rule(course("A", "B", needs="any")),
        [hired("2026-01-01"), trained("2026-01-05", "B")],
        ["2026-01-05 met, met by record 1"],
    ),
    Story(
        "another course meets nothing",
        rule(),
        [hired("2026-01-01"), trained("2026-01-05", "C")],
        ["2026-01-05 due_soon, axis unmet"],
    ),
    Story(
        "the refresher does not do the first time",
        REFRESHED,
        [hired("2026-01-01"), trained("2026-01-05", "B")],
        ["2026-01-06 due_soon, asks initial"],
    ),
    Story(
        "the refresher renews, 30 days late too",
        REFRESHED,
        [hired("2025-01-01"), trained("2025-01-05", "A"), trained("2026-02-04", "B")],
        ["2026-02-03 overdue, asks renewal", "2026-02-04 met, due 2027-02-04"],
    ),
    Story(
        "more than 90 days late, the initial course is needed again",
        REFRESHED,
        [hired("2025-01-01"), trained("2025-01-05", "A"), trained("2026-04-06", "B"), trained("2026-05-01", "A")],
        ["2026-04-05 overdue, asks renewal", "2026-04-06 overdue, asks initial", "2026-05-01 met, due 2027-05-01"],
    ),
    Story(
        "the initial course renews as well",
        REFRESHED,
        [hired("2025-01-01"), trained("2025-01-05", "A"), trained("2025-12-20", "A")],
        ["2025-12-20 met, due 2026-12-20"],
    ),
    Story(
        "a year for two courses counts from the last one",
        rule(course("A", "B"), repeats=YEARLY),
        [hired("2026-01-01"), trained("2026-01-05", "A"), trained("2026-03-01", "B")],
        ["2026-03-01 met, due 2027-03-01"],
    ),
    Story(
        "but from no later than 90 days after the first",
        rule(course("A", "B"), repeats=YEARLY),
        [hired("2026-01-01"), trained("2026-01-05", "A"), trained("2026-08-01", "B")],
        ["2026-08-01 met, due 2027-04-05"],
    ),
    Story(
        "365 days count from the oldest course of the set",
        rule(course("A", "B"), repeats=YEARLY, max_interval_days=365),
        [hired("2026-01-01"), trained("2026-01-05", "A"), trained("2026-03-01", "B")],
        ["2026-03-01 met, due 2027-01-05"],
    ),
    Story(
        "repeating one of two courses is no renewal of the other",
        rule(course("A", "B", spread=0), repeats=YEARLY),
        [hired("2026-01-01"), trained("2026-01-05", "A"), trained("2026-01-05", "B"), trained("2026-11-01", "A")],
        ["2026-11-02 met, due 2027-01-05"],
    ),
    Story(
        "a void record is none",
        rule(),
        [hired("2026-01-01"), trained("2026-01-05", voided=True)],
        ["2026-02-01 overdue"],
    ),
    Story(
        "trained elsewhere before being hired, and still valid",
        rule(repeats=YEARLY),
        [hired("2026-01-01"), trained("2025-07-01")],
        ["2026-01-01 met, due 2026-07-01, met on 2025-07-01"],
    ),
    Story(
        "trained elsewhere too long ago for this rule",
        rule(repeats=YEARLY, prior_credit_days=90),
        [hired("2026-01-01"), trained("2025-10-02")],
        ["2026-01-01 due_soon, due 2026-01-31"],
    ),
    Story(
        "trained elsewhere 90 days before",
        rule(repeats=YEARLY, prior_credit_days=90),
        [hired("2026-01-01"), trained("2025-10-03")],
        ["2026-01-01 met, due 2026-10-03"],
    ),
    Story(
        "what had ended elsewhere before being hired counts for nothing",
        rule(repeats=YEARLY),
        [hired("2026-01-01"), trained("2024-07-01")],
        ["2026-01-01 due_soon, axis unmet, due 2026-01-31, cycles 1"],
    ),
]

CREDENTIALS = [
    Story(
        "a card of another type is none",
        rule(card("bls"), repeats=TWO_YEARLY),
        [hired("2026-01-01"), carded("2026-01-05", "2028-01-31", type="dea")],
        ["2026-02-01 overdue"],
    ),
    Story(
        "a card without a printed date is valid by the rule",
        rule(card(), repeats=TWO_YEARLY),
        [hired("2026-01-01"), carded("2026-01-05")],
        ["2026-01-05 met, valid until 2028-01-05, by the document None"],
    ),
    Story(
        "a card that is printed to be over is none",
        rule(card(), repeats=TWO_YEARLY),
        [hired("2026-01-01"), carded("2023-01-05", "2025-01-31")],
        ["2026-01-05 due_soon, axis unmet"],
    ),
    Story(
        "the earlier of what is printed and what the rule says",
        rule(card(expiry=Expiry.EARLIER), repeats=TWO_YEARLY),
        [hired("2026-01-01"), carded("2026-01-05", "2028-01-31")],
        ["2026-01-05 met, valid until 2028-01-05"],
    ),
    Story(
        "a license is renewed whenever the printed day comes, without an interval of the rule",
        rule(card("license")),
        [hired("2026-01-01"), carded("2025-06-01", "2026-05-31", type="license")],
        [
            "2026-04-30 met, opens again 2026-05-01",
            "2026-05-01 expiring, cycles 2, due 2026-05-31",
            "2026-06-01 overdue",
        ],
    ),
    Story(
        "a second card that ends before the first takes nothing away",
        rule(card(), repeats=TWO_YEARLY),
        [hired("2026-01-01"), carded("2026-01-05", "2028-01-31"), carded("2026-03-01", "2027-01-31")],
        ["2026-03-01 met, valid until 2028-01-31, cycles 1"],
    ),
    Story(
        "a renewal in the window counts from the day that is printed",
        rule(card(), repeats=FromExpiry(24, 60)),
        [hired("2026-01-01"), carded("2026-01-05", "2028-01-31"), carded("2027-12-20")],
        ["2027-12-20 met, valid until 2030-01-31"],
    ),
    Story(
        "the guard stands above what is printed",
        rule(card(), repeats=TWO_YEARLY, max_interval_days=365),
        [hired("2026-01-01"), carded("2026-01-05", "2028-01-31")],
        ["2026-01-05 met, valid until 2027-01-05"],
    ),
]

HOURS = [
    Story(
        "hours of other categories do not count",
        rule(hours("8", categories=("opioids",))),
        [hired("2026-01-01"), studied("2026-01-05", "6", "opioids"), studied("2026-01-06", "6", "law")],
        ["2026-01-06 due_soon"],
    ),
    Story(
        "hours are of the first category of a course that the rule names, hyphens being as underscores",
        rule(hours("3", categories=("infection_control", "law"), minima=(of("infection_control", "2"),))),
        [
            hired("2026-01-01"),
            studied("2026-01-05", "2", "annual", "law", "infection-control"),
            studied("2026-01-06", "2", "infection-control", "law"),
        ],
        ["2026-01-05 due_soon", "2026-01-06 met"],
    ),
    Story(
        "a tenth of an hour ten times is an hour",
        rule(hours("1")),
        [hired("2026-01-01"), *(studied(f"2026-01-{number:02}", "0.1") for number in range(1, 11))],
        ["2026-01-09 due_soon", "2026-01-10 met"],
    ),
    Story(
        "25 hours with 2 of infection control, and 4 of life support at most",
        rule(
            hours("25", minima=(of("infection", "2"),), caps=(of("bls", "4"),)),
            first=AtPeriodEnd(),
            repeats=EachPeriod(day("2025-01-01"), 24),
        ),
        [
            hired("2025-03-01"),
            studied("2025-04-01", "6", "bls"),
            studied("2025-05-01", "19", "implants"),
            studied("2025-06-01", "2", "implants"),
            studied("2026-02-01", "2", "infection"),
        ],
        [
            "2025-03-01 upcoming, due 2026-12-31",
            "2025-06-01 upcoming",
            "2026-02-01 met, met by record 4, valid until 2028-12-31, opens again 2027-01-01",
        ],
    ),
    Story(
        "half of the hours must be live",
        rule(hours("4", live=Decimal(2))),
        [hired("2026-01-01"), studied("2026-01-05", "4"), studied("2026-01-06", "2", live=True)],
        ["2026-01-05 due_soon", "2026-01-06 met"],
    ),
    Story(
        "hours of the last period do not count in this one",
        rule(hours("4"), first=AtPeriodEnd(), repeats=CALENDAR_YEAR),
        [hired("2025-02-01"), studied("2025-03-01", "4"), studied("2025-11-01", "3"), studied("2026-01-10", "1")],
        ["2025-03-01 met, due 2026-12-31", "2026-01-10 met, cycles 2", "2027-01-01 overdue, due 2026-12-31"],
    ),
    Story(
        "hours of the years while somebody was away are not owed",
        rule(hours("4"), first=AtPeriodEnd(), repeats=CALENDAR_YEAR),
        [
            hired("2024-02-01", "2024-12-31"),
            studied("2024-03-01", "4"),
            hired("2027-02-01"),
            studied("2027-03-01", "4"),
        ],
        ["2027-02-01 lapsed, due 2027-12-31", "2027-03-01 met, due 2028-12-31"],
    ),
    Story(
        "missing hours are made up first, and count once",
        rule(hours("4"), first=AtPeriodEnd(), repeats=CALENDAR_YEAR),
        [
            hired("2024-02-01"),
            studied("2024-03-01", "3"),
            studied("2025-01-10", "1"),
            studied("2025-05-01", "3"),
            studied("2025-06-01", "1"),
        ],
        [
            "2025-01-09 overdue, due 2024-12-31",
            "2025-01-10 met, due 2025-12-31, was due 2024-12-31",
            "2025-05-01 met, cycles 2",
            "2025-06-01 met, due 2026-12-31, met by record 4",
        ],
    ),
]


NO_TRAINER = frozenset({EvidenceField.TRAINER_NAME, EvidenceField.SCORE})
CITED = rule(course("A"), repeats=YEARLY, evidence_fields=("trainer_name", "job_title"))
FIELDS = [
    Story(
        "a record without a field that the citation asks for counts for nothing, and is listed",
        CITED,
        [hired("2026-01-01"), trained("2026-01-05", lacks=NO_TRAINER), trained("2026-01-09")],
        [
            "2026-01-04 due_soon, listed nothing",
            "2026-01-05 due_soon, listed evidence_incomplete",
            "2026-01-09 met, met by record 2, listed nothing",
        ],
    ),
    Story(
        "what nobody asks for may be missing",
        rule(course("A"), evidence_fields=("job_title",)),
        [hired("2026-01-01"), trained("2026-01-05", lacks=NO_TRAINER)],
        ["2026-01-05 met, listed nothing"],
    ),
    Story(
        "a renewal without the field leaves the old training as it was, and is listed while the next is open",
        CITED,
        [hired("2026-01-01"), trained("2026-01-05"), trained("2026-11-01", lacks=NO_TRAINER)],
        [
            "2026-11-01 met, valid until 2027-01-05, listed evidence_incomplete",
            "2027-01-06 overdue, listed evidence_incomplete",
        ],
    ),
    Story(
        "a later version asks for the field: older training counts by the version under which it was done",
        rule(course("A"), repeats=YEARLY),
        [
            hired("2026-01-01"),
            trained("2026-01-05", lacks=NO_TRAINER),
            changed("2026-06-01", CITED, "next"),
            trained("2026-12-20", lacks=NO_TRAINER),
        ],
        ["2026-06-01 met, valid until 2027-01-05", "2027-01-06 overdue, listed evidence_incomplete"],
    ),
    Story(
        "hours without the field are none",
        rule(hours("4"), evidence_fields=("trainer_name",)),
        [hired("2026-01-01"), studied("2026-01-05", "3", lacks=NO_TRAINER), studied("2026-01-06", "4")],
        ["2026-01-05 due_soon, listed evidence_incomplete", "2026-01-06 met, met by record 2"],
    ),
    Story(
        "a word that nothing can check asks for nothing",
        rule(course("A"), evidence_fields=("trainer_was_reachable",)),
        [hired("2026-01-01"), trained("2026-01-05", lacks=NO_TRAINER)],
        ["2026-01-05 met"],
    ),
]


@pytest.mark.parametrize("one", [*COURSES, *CREDENTIALS, *HOURS, *FIELDS], ids=lambda each: each.name)
def test_what_is_owed(one: Story) -> None:
    assert one.said() == one.answers
