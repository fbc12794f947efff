"""What relief and leave do, as rules, what happened, and what is then said."""

from __future__ import annotations

from domain.compliance.schedule import (
    AfterCompletion,
)
from kit.about import for_each
from kit.compliance import (
    Story,
    after,
    hired,
    on_leave,
    relief,
    rule,
    trained,
)

YEARLY = AfterCompletion(12)

RELIEF = [
    Story(
        "a documented delay stays overdue",
        rule(),
        [hired("2026-01-01"), relief("delay", "2026-01-20", "2026-03-01")],
        ["2026-02-15 overdue, relief delayed", "2026-03-02 overdue, relief none"],
    ),
    Story(
        "an extension to a day",
        rule(extension_days=60),
        [hired("2026-01-01"), relief("extension", "2026-01-20", "2026-02-28")],
        [
            "2026-01-19 due_soon, due 2026-01-31",
            "2026-02-15 due_soon, due 2026-02-28, due by extension, relief extended",
            "2026-03-01 overdue",
        ],
    ),
    Story(
        "an extension beyond what the rule permits is shortened, and listed",
        rule(extension_days=14),
        [hired("2026-01-01"), relief("extension", "2026-01-20", "2026-12-31")],
        ["2026-02-01 due_soon, due 2026-02-14, listed relief_beyond_limit"],
    ),
    Story(
        "an extension where the rule permits none changes nothing, and is listed",
        rule(),
        [hired("2026-01-01"), relief("extension", "2026-01-20", "2026-02-10")],
        ["2026-02-01 overdue, relief none, listed relief_not_permitted"],
    ),
    Story(
        "an extension to a day before the due day changes nothing",
        rule(extension_days=14),
        [hired("2026-01-01"), relief("extension", "2026-01-05", "2026-01-20")],
        ["2026-01-06 due_soon, due 2026-01-31, relief none"],
    ),
    Story(
        "an extension that was asked for before the cycle opens is for that cycle",
        rule(repeats=YEARLY, extension_days=60),
        [hired("2025-01-01"), trained("2025-01-10"), relief("extension", "2025-06-01", "2026-02-20")],
        ["2025-06-01 met, cycles 1", "2026-02-01 lapsed, due 2026-02-20, relief extended"],
    ),
    Story(
        "relief that was not permitted in an earlier cycle is not listed for the next one",
        rule(repeats=YEARLY),
        [hired("2025-01-01"), relief("waiver", "2025-01-05", "2025-01-08"), trained("2025-01-10")],
        ["2025-01-06 due_soon, listed relief_not_permitted", "2026-01-01 expiring, listed nothing"],
    ),
    Story(
        "an extension is for one cycle only",
        rule(repeats=YEARLY, extension_days=60),
        [hired("2025-01-01"), relief("extension", "2025-01-20", "2025-02-20"), trained("2025-02-15")],
        ["2025-02-15 met, was due 2025-02-20", "2026-02-16 overdue, due 2026-02-15"],
    ),
    Story(
        "not even if it would reach beyond the next due day",
        rule(repeats=AfterCompletion(1, 10), extension_days=60),
        [hired("2026-01-01"), relief("extension", "2026-01-20", "2026-03-15"), trained("2026-02-01")],
        ["2026-02-01 expiring, was due 2026-03-15", "2026-03-02 overdue, due 2026-03-01"],
    ),
    Story(
        "what is extended has lapsed all the same",
        rule(repeats=YEARLY, extension_days=60, blocks=("take_radiographs",)),
        [hired("2025-01-01"), trained("2025-01-10"), relief("extension", "2026-01-05", "2026-02-10")],
        ["2026-01-20 lapsed, relief extended, due 2026-02-10, blocks take_radiographs"],
    ),
    Story(
        "waived is not met",
        rule(waiver=True, blocks=("take_radiographs",)),
        [hired("2026-01-01"), relief("waiver", "2026-01-20")],
        ["2026-06-01 waived, axis unmet, timing none, blocks take_radiographs"],
    ),
    Story(
        "after a waiver it is due by its last day",
        rule(waiver=True),
        [hired("2026-01-01"), relief("waiver", "2026-01-20", "2026-03-31")],
        ["2026-03-31 waived, due 2026-03-31, due by waiver", "2026-04-01 overdue"],
    ),
    Story(
        "a waiver that comes after the due day does not undo that it was overdue",
        rule(waiver=True),
        [hired("2026-01-01"), relief("waiver", "2026-02-20", "2026-03-31")],
        ["2026-02-19 overdue", "2026-02-20 waived", "2026-04-01 overdue, due 2026-01-31"],
    ),
    Story(
        "exempt on medical grounds",
        rule(medical=True),
        [hired("2026-01-01"), relief("medical", "2026-01-20", "2026-03-31")],
        ["2026-02-15 exempt, axis unmet", "2026-04-01 overdue"],
    ),
    Story(
        "something equivalent is accepted",
        rule(equivalent=True, repeats=YEARLY),
        [hired("2026-01-01"), relief("equivalent", "2026-01-20")],
        ["2026-01-20 met, due 2027-01-20"],
    ),
    Story(
        "something equivalent is accepted until a day",
        rule(equivalent=True),
        [hired("2026-01-01"), relief("equivalent", "2026-01-20", "2026-06-30")],
        ["2026-01-20 met, valid until 2026-06-30", "2026-07-01 overdue"],
    ),
    Story(
        "somebody on leave whose return is not known owes nothing until then",
        rule(days_after_leave=14),
        [hired("2026-01-01"), on_leave("2026-01-15")],
        ["2026-06-01 paused, timing none"],
    ),
    Story(
        "somebody who leaves during a leave is on leave to the last day",
        rule(days_after_leave=14),
        [hired("2026-01-01", "2026-01-20"), on_leave("2026-01-15")],
        ["2026-01-20 paused", "2026-01-21 not_applicable"],
    ),
    Story(
        "a statutory rule goes on during a leave",
        rule(),
        [hired("2026-01-01"), on_leave("2026-01-15", "2026-03-01")],
        ["2026-02-01 overdue, relief none"],
    ),
    Story(
        "a leave does not move a due day that lies far behind it",
        rule(first=after("hire", 180), days_after_leave=14),
        [hired("2026-01-01"), on_leave("2026-01-15", "2026-02-01")],
        ["2026-02-02 upcoming, due 2026-06-30, due by rule"],
    ),
    Story(
        "two leaves in a row",
        rule(days_after_leave=14),
        [hired("2026-01-01"), on_leave("2026-01-15", "2026-02-15"), on_leave("2026-02-20", "2026-04-30")],
        ["2026-02-16 due_soon, due 2026-03-01", "2026-03-15 paused, due 2026-05-14"],
    ),
    Story(
        "somebody on leave who is trained is met",
        rule(days_after_leave=14, repeats=YEARLY),
        [hired("2026-01-01"), on_leave("2026-01-15", "2026-03-15"), trained("2026-01-20")],
        ["2026-02-01 met, relief none"],
    ),
]


@for_each("one", RELIEF, ids=lambda each: each.name)
def test_what_is_owed(one: Story) -> None:
    assert one.said() == one.answers
