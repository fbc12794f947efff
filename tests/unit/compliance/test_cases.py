"""The examples of the model: a rule, what happened, and what is to be said on some days."""

from __future__ import annotations

import pytest

from domain.compliance.fulfillment import Expiry
from domain.compliance.schedule import AfterCompletion, FromExpiry
from kit.compliance import (
    Story,
    card,
    carded,
    changed,
    employed,
    hired,
    hours,
    on_leave,
    rule,
    studied,
    trained,
)

YEARLY, TWO_YEARLY = AfterCompletion(12), AfterCompletion(24)
BLOODBORNE = rule(repeats=YEARLY, max_interval_days=365)
BLS_CARD = rule(card(), repeats=TWO_YEARLY)


THE_MODEL = [
    Story(
        "within one year of training on February 29",
        BLOODBORNE,
        [hired("2024-02-01"), trained("2024-02-29")],
        ["2024-03-01 met, valid until 2025-02-28, due 2025-02-28", "2025-03-01 overdue, due 2025-02-28"],
    ),
    Story(
        "renewing early does not stretch the next interval",
        BLOODBORNE,
        [hired("2025-05-15"), trained("2025-06-01"), trained("2026-04-01")],
        ["2026-04-02 met, due 2027-04-01"],
    ),
    Story(
        "a card is valid by what is printed on it",
        BLS_CARD,
        [hired("2025-03-01"), carded("2025-03-12", "2027-03-31")],
        ["2025-04-01 met, valid until 2027-03-31, by the rule 2027-03-12, by the document 2027-03-31"],
    ),
    Story(
        "a card is valid by the rule, where the rule says so",
        rule(card(expiry=Expiry.RULE), repeats=TWO_YEARLY),
        [hired("2025-03-01"), carded("2025-03-12", "2027-03-31")],
        ["2025-04-01 met, valid until 2027-03-12, by the document 2027-03-31"],
    ),
    Story(
        "20 days early counts from the expiry",
        rule(repeats=FromExpiry(12, 60)),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2024-12-21")],
        ["2024-12-22 met, due 2026-01-10"],
    ),
    Story(
        "10 days late counts from the completion",
        rule(repeats=FromExpiry(12, 60)),
        [hired("2024-01-01"), trained("2024-01-10"), trained("2025-01-20")],
        ["2025-01-19 overdue, due 2025-01-10", "2025-01-20 met, due 2026-01-20"],
    ),
    Story(
        "leave pauses, and it is due 14 days after the last day of leave",
        rule(repeats=YEARLY, days_after_leave=14),
        [hired("2025-04-01"), trained("2025-04-15"), on_leave("2026-03-01", "2026-05-31")],
        ["2026-05-01 paused, due 2026-06-14, due by leave", "2026-06-01 lapsed, timing due_soon", "2026-06-15 overdue"],
    ),
    Story(
        "rehired after 14 months: what is still valid for 2 months stands",
        rule(repeats=TWO_YEARLY),
        [hired("2024-03-01", "2025-01-31"), trained("2024-06-01"), hired("2026-04-01")],
        ["2025-06-01 not_applicable", "2026-04-01 met, due 2026-06-01, cycles 2", "2026-06-02 overdue, asks renewal"],
    ),
    Story(
        "no hire day is an exception, not nothing due",
        rule(),
        [employed("2026-01-01")],
        ["2026-02-01 no_due_day, listed no_hire_day, due None"],
    ),
    Story(
        "the rule changes from 12 to 24 months, and those who are under it take the new one",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), trained("2025-01-10"), changed("2025-05-01", rule(repeats=TWO_YEARLY), "take")],
        ["2025-04-30 met, due 2026-01-10", "2025-05-01 met, due 2027-01-10"],
    ),
    Story(
        "the rule changes from 12 to 24 months from the next cycle on",
        rule(repeats=YEARLY),
        [
            hired("2025-01-01"),
            trained("2025-01-10"),
            changed("2025-05-01", rule(repeats=TWO_YEARLY), "next"),
            trained("2026-01-05"),
        ],
        ["2025-05-01 met, due 2026-01-10", "2026-01-05 met, due 2028-01-05"],
    ),
    Story(
        "the rule changes from 12 to 24 months for those who come later",
        rule(repeats=YEARLY),
        [
            hired("2025-01-01"),
            trained("2025-01-10"),
            changed("2025-05-01", rule(repeats=TWO_YEARLY), "keep"),
            trained("2026-01-05"),
        ],
        ["2025-05-01 met, due 2026-01-10", "2026-01-05 met, due 2027-01-05"],
    ),
    Story(
        "8 hours are met by the third record",
        rule(hours("8")),
        [hired("2026-01-01"), studied("2026-01-05", "3.0"), studied("2026-01-06", "2.5"), studied("2026-01-09", "2.5")],
        ["2026-01-08 due_soon", "2026-01-09 met, met on 2026-01-09, met by record 3, valid until None"],
    ),
]


@pytest.mark.parametrize("one", THE_MODEL, ids=lambda each: each.name)
def test_the_model(one: Story) -> None:
    assert one.said() == one.answers
