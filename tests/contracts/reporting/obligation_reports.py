"""The contract of reports about obligations."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from application.compliance.obligations.lists import AsOf, ObligationFilter, VisiblePeople
from application.compliance.ports import ObligationKey
from application.kernel.access import EVERYONE, Scope
from application.reporting.obligation_rows import ComplianceCounts, Counted, Grouping, ObligationReports, by_week
from application.reporting.report import RuleUsed, UsedRulesReader
from contracts import about
from contracts.backend import Backend, save
from contracts.compliance.obligation_states import DAY, MET, OVERDUE, OWED, recorded, say
from contracts.compliance.requirements import a_requirement, requirement_id
from contracts.make import a_user, user_id
from contracts.people.locations import a_location, location_id
from domain.compliance.standing import Label

ALL, ON_DAY = VisiblePeople(EVERYONE), AsOf(DAY)
LAB = VisiblePeople(Scope(everyone=False, user_id=user_id(9), departments=("Lab",)))
EVERY = ObligationFilter()
SHARPS, PRIVACY = requirement_id(1), requirement_id(2)
LATER = replace(OWED, version=3, department="Lab", location_id=location_id(1), due_on=DAY + timedelta(days=40))


async def _group(backend: Backend) -> None:
    await save(backend, a_requirement(1), a_requirement(2), a_location(1, name="Austin"), a_location(2, name="Adel"))
    await save(backend, *(a_user(n, full_name=f"P{n}", department="Lab" if n < 3 else None) for n in range(1, 5)))
    await say(
        backend,
        {
            ObligationKey(user_id(1), SHARPS): (replace(MET, department="Lab", location_id=location_id(1)),),
            ObligationKey(user_id(1), PRIVACY): (LATER,),
            ObligationKey(user_id(2), SHARPS): (
                replace(OVERDUE, from_day=DAY, department="Lab", location_id=location_id(2)),
            ),
            ObligationKey(user_id(3), SHARPS): (replace(MET, department="Lab", location_id=location_id(1)),),
            ObligationKey(user_id(4), PRIVACY): (OWED,),
        },
    )


async def _newest(backend: Backend) -> datetime:
    """When the newest state was recorded."""
    every = [await recorded(backend, user_id(n)) for n in range(1, 5)]
    return max(row.recorded_at for each in every for rows in each.values() for row in rows)


def shown(row: Any, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


@about(ObligationReports)
class TestReportsOfObligations:
    async def test_obligations_are_counted_by_what_is_asked_for(self, backend: Backend) -> None:
        await _group(backend)
        reports = backend.reader(ObligationReports)
        found = await reports.counts(ALL, ON_DAY, EVERY, [Grouping.LOCATION])
        one, other = RuleUsed(SHARPS, "rule_1", 1), RuleUsed(PRIVACY, "rule_2", 3)
        assert found.rules == [one, RuleUsed(PRIVACY, "rule_2", 1), other]
        rows = found.rows
        fields = ("location_name", "people", "obligations", "met", "overdue", "upcoming", "met_percent")
        assert [shown(row, *fields) for row in rows] == [
            ("Adel", 1, 1, 0, 1, 0, Decimal("0.0")),
            ("Austin", 2, 3, 2, 0, 1, Decimal("66.6")),
            (None, 1, 1, 0, 0, 1, Decimal("0.0")),
        ]
        assert shown(rows[1], "location_id", "department", "requirement_id") == (location_id(1), None, None)
        rows = (await reports.counts(ALL, ON_DAY, EVERY, [Grouping.REQUIREMENT, Grouping.DEPARTMENT])).rows
        assert [shown(row, "department", "requirement_code", "requirement_title", "obligations") for row in rows] == [
            ("Lab", "rule_1", "Rule 1", 3),
            ("Lab", "rule_2", "Rule 2", 1),
            (None, "rule_2", "Rule 2", 1),
        ]
        found = await reports.counts(ALL, ON_DAY, ObligationFilter(departments=("lab",)), list(Grouping))
        assert [row.obligations for row in found.rows] == [1, 2, 1]
        assert found.rules == [one, other]
        before = AsOf(DAY - timedelta(days=1))
        assert await reports.counts(ALL, before, EVERY, [Grouping.LOCATION]) == ComplianceCounts([], [])
        found = await reports.counts(LAB, ON_DAY, ObligationFilter(labels=(Label.MET,)), [Grouping.DEPARTMENT])
        assert [shown(row, "department", "people") for row in found.rows] == [("Lab", 1)]

    async def test_what_is_due_is_counted_by_day_and_week(self, backend: Backend) -> None:
        await _group(backend)
        reports = backend.reader(ObligationReports)
        first, last = OWED.due_on, LATER.due_on
        assert first is not None
        assert last is not None
        counted = await reports.due_days(ALL, ON_DAY, EVERY, last)
        # The due day of those that are met, and of the one that is overdue, is that of the cycle.
        assert counted == [
            Counted(first, SHARPS, "rule_1", "Rule 1", 3),
            Counted(first, PRIVACY, "rule_2", "Rule 2", 1),
            Counted(last, PRIVACY, "rule_2", "Rule 2", 1),
        ]
        assert await reports.due_days(ALL, ON_DAY, EVERY, last - timedelta(days=1)) == counted[:2]
        assert await reports.due_days(LAB, ON_DAY, ObligationFilter(requirement_ids=(PRIVACY,)), last) == counted[2:]
        weeks = by_week(counted)
        assert [(week.week_from.isoweekday(), week.due) for week in weeks] == [(1, 3), (1, 1), (1, 1)]
        assert all(week.week_until - week.week_from == timedelta(days=6) for week in weeks)

    async def test_what_was_learned_in_between_is_what_differs(self, backend: Backend) -> None:
        await _group(backend)
        reports = backend.reader(ObligationReports)
        before = await _newest(backend)
        await say(
            backend,
            {
                ObligationKey(user_id(1), PRIVACY): (replace(MET, until=None),),
                ObligationKey(user_id(2), SHARPS): (),
                ObligationKey(user_id(4), SHARPS): (OWED,),
                ObligationKey(user_id(3), SHARPS): (replace(MET, department="Lab", location_id=location_id(1)),),
            },
        )
        after = await _newest(backend)
        found = await reports.changes(ALL, DAY, before, after, EVERY)
        names = ("full_name", "requirement_code", "label_before", "label_after")
        assert [shown(row, *names) for row in found] == [
            ("P1", "rule_2", Label.UPCOMING, Label.MET),
            ("P2", "rule_1", Label.OVERDUE, None),
            ("P4", "rule_1", None, Label.UPCOMING),
        ]
        assert shown(found[0], "due_on_before", "met_on_before", "due_on_after", "met_on_after") == (
            LATER.due_on,
            None,
            MET.due_on,
            MET.met_on,
        )
        assert await reports.changes(ALL, DAY, after, after, EVERY) == []
        assert await reports.changes(ALL, DAY - timedelta(days=1), before, after, EVERY) == []
        (row,) = await reports.changes(LAB, DAY, before, after, ObligationFilter(requirement_ids=(SHARPS,)))
        assert row.user_id == user_id(2)


@about(UsedRulesReader)
class TestRulesUsed:
    async def test_the_versions_by_which_people_within_sight_owe_something(self, backend: Backend) -> None:
        await _group(backend)
        rules = backend.reader(UsedRulesReader)
        one, other = RuleUsed(SHARPS, "rule_1", 1), RuleUsed(PRIVACY, "rule_2", 3)
        assert await rules.used(ALL, ON_DAY) == [one, RuleUsed(PRIVACY, "rule_2", 1), other]
        assert await rules.used(LAB, ON_DAY) == [one, other]
        assert await rules.used(ALL, AsOf(DAY - timedelta(days=1))) == []
