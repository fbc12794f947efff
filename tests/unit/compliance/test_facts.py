"""What the engine is given, and what it tells of a cycle."""

from __future__ import annotations

from datetime import date

import pytest

from domain.compliance.cycles import cycles
from domain.compliance.facts import MaterialVersion, Reopens, Span
from domain.kernel.errors import InvalidValue
from kit.compliance import COURSES, hired, rule, story, trained


def test_days_are_in_order() -> None:
    with pytest.raises(InvalidValue, match="must not be before the first day, 2026-03-02"):
        Span(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(InvalidValue, match="must not be before 2026-03-02, when the version is published"):
        MaterialVersion(COURSES["A"], 2, date(2026, 3, 2), Reopens.EVERYONE, date(2026, 3, 1))


@pytest.mark.parametrize(("day", "late"), [("2026-01-31", False), ("2026-02-01", True)])
def test_a_cycle_that_is_met_after_its_due_day_is_late(day: str, late: bool) -> None:
    (cycle,) = cycles(story(rule(), hired("2026-01-01"), trained(day)), date(2026, 3, 1)).cycles
    assert (cycle.is_late, cycle.is_open) == (late, False)


def test_what_was_not_met_when_somebody_left_stays_in_the_history() -> None:
    (cycle,) = cycles(story(rule(), hired("2026-01-01", "2026-02-10")), date(2026, 3, 1)).cycles
    assert (cycle.due_on, cycle.closed_on, cycle.met_on) == (date(2026, 1, 31), date(2026, 2, 10), None)


def test_a_class_that_is_recorded_two_days_later_is_not_known_before() -> None:
    """The caller gives the facts as known at a moment; the day of the class is the same."""
    known_on_march_3 = story(rule(), hired("2026-02-15"), trained("2026-03-01"))
    known_on_march_2 = story(rule(), hired("2026-02-15"))
    met = [cycles(each, date(2026, 3, 1)).cycles[0].is_met for each in (known_on_march_2, known_on_march_3)]
    assert met == [False, True]
