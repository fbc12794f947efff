"""Counting and comparing obligations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    SelectBase,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from adapters.registry import serves
from adapters.sql.compliance.obligation_reader import (
    CONDITIONS,
    DAY,
    JOINED,
    KNOWN_AT,
    OF_A_MOMENT,
    ON_DAY,
    PLACE,
    STATES,
    as_of_parameters,
    condition_parameters,
    conditions_of,
    flags_of,
    only_visible,
    visible_parameters,
)
from adapters.sql.compliance.obligation_tables import CURRENT, obligation_states
from adapters.sql.compliance.requirement_tables import requirements
from adapters.sql.kit.intervals import known_at, on_day
from adapters.sql.kit.pages import MOST_STATEMENTS
from adapters.sql.kit.reads import Reads, on_replica
from adapters.sql.kit.types import Moment
from adapters.sql.people.tables import users
from application.compliance.obligations.lists import AsOf, ObligationFilter, VisiblePeople
from application.reporting.obligation_rows import (
    ChangeRow,
    ComplianceCounts,
    ComplianceRow,
    Counted,
    Grouping,
    ObligationReports,
    compliance_row,
    in_report_order,
)
from application.reporting.report import RuleUsed, UsedRulesReader
from domain.compliance.standing import Label

KNOWN_FROM, KNOWN_TO = (bindparam(name, type_=Moment()) for name in ("known_from", "known_to"))
LAST = bindparam("last", type_=Date())
IDS = {
    Grouping.LOCATION: STATES.location_id,
    Grouping.DEPARTMENT: STATES.department,
    Grouping.REQUIREMENT: STATES.requirement_id,
}
"""What is counted by. Names are looked up for the groups, which are few."""
HOLDS = on_day(STATES.from_day, STATES.until, DAY)

BEFORE, AFTER = known_at(obligation_states, KNOWN_FROM), known_at(obligation_states, KNOWN_TO)
CHANGED = (
    STATES.user_id,
    users.c.employee_id,
    users.c.full_name,
    STATES.requirement_id,
    requirements.c.code,
    requirements.c.title,
    STATES.label,
    STATES.due_on,
    STATES.met_on,
    case((AFTER, literal_column("1")), else_=literal_column("0")).label("is_after"),
)
Flags = tuple[bool, bool, bool]


@lru_cache(MOST_STATEMENTS)
def _counts(flags: Flags, conditions: tuple[str, ...], by: tuple[Grouping, ...]) -> Select[Any]:
    """A row for each group, and one without a group for each rule that was used, from one reading of the table."""
    read = _found(flags, conditions, *IDS.values(), STATES.version, STATES.label, STATES.user_id).cte("found")
    found = read.c
    ids = [(found[id.name] if each in by else cast(null(), id.type)).label(id.name) for each, id in IDS.items()]
    labels = [func.sum(case((found.label == label, 1), else_=0)).label(label.value) for label in COUNTED]
    counted = select(*ids, cast(null(), Integer()).label("version"), func.count(found.user_id.distinct()), *labels)
    nothing = [cast(null(), id.type) for each, id in IDS.items() if each is not Grouping.REQUIREMENT]
    used = select(*nothing, found.requirement_id, found.version, *(literal_column("0") for _ in ("people", *labels)))
    both = union_all(counted.group_by(*(found[IDS[each].name] for each in by)), used.distinct())
    groups = both.add_cte(read, nest_here=True).subquery("groups")
    location_id, department, requirement_id, version, *numbers = groups.c
    names = (requirements.c.code, requirements.c.title)
    return on_replica(
        select(version, location_id, PLACE.c.name, department, requirement_id, *names, *numbers)
        .outerjoin_from(groups, PLACE, PLACE.c.id == location_id)
        .outerjoin(requirements, requirements.c.id == requirement_id)
    )


@lru_cache(MOST_STATEMENTS)
def _due_days(flags: Flags, conditions: tuple[str, ...]) -> Select[Any]:
    found = _found(flags, conditions, STATES.due_on, STATES.requirement_id).subquery("found").c
    due = select(found.due_on, found.requirement_id, func.count().label("number"))
    due = due.where(found.due_on.between(DAY, LAST)).group_by(found.due_on, found.requirement_id)
    days = due.subquery("days").c
    return on_replica(
        select(days.due_on, days.requirement_id, requirements.c.code, requirements.c.title, days.number)
        .join_from(days.due_on.table, requirements, requirements.c.id == days.requirement_id)
        .order_by(days.due_on, requirements.c.code)
    )


@lru_cache(MOST_STATEMENTS)
def _changes(flags: Flags, conditions: tuple[str, ...]) -> Select[Any]:
    scoped, responsible, _ = flags
    statement = (
        select(*CHANGED)
        .select_from(JOINED)
        # Either, but not both: what was known at both moments is no change.
        .where(ON_DAY, or_(and_(BEFORE, ~AFTER), and_(AFTER, ~BEFORE)), *(CONDITIONS[name] for name in conditions))
        .order_by(STATES.user_id, STATES.requirement_id)
    )
    return on_replica(only_visible(statement, scoped, responsible))


@lru_cache(MOST_STATEMENTS)
def _used(flags: Flags) -> Select[Any]:
    found = _found(flags, (), STATES.requirement_id, STATES.version).subquery("found").c
    used = select(found.requirement_id, found.version).distinct().subquery("used").c
    return on_replica(
        select(used.requirement_id, requirements.c.code, used.version)
        .join_from(used.version.table, requirements, requirements.c.id == used.requirement_id)
        .order_by(requirements.c.code, used.version)
    )


def _found(flags: Flags, conditions: tuple[str, ...], *columns: ColumnElement[Any]) -> SelectBase:
    """These columns of the obligations that are asked about."""
    scoped, responsible, at_moment = flags
    people = obligation_states.join(users, users.c.id == STATES.user_id) if scoped else obligation_states
    some = select(*columns).select_from(people).where(HOLDS, *(CONDITIONS[name] for name in conditions))
    some = only_visible(some, scoped, responsible)
    if not at_moment:
        return some.where(CURRENT)
    # Apart, since those that are current have an index of their own.
    by_then = some.where(STATES.recorded_at <= KNOWN_AT)
    return union_all(*(by_then.where(each) for each in OF_A_MOMENT))


COUNTED = [each for each in Label if each is not Label.NOT_APPLICABLE]


@serves(ObligationReports)
class SqlObligationReports:
    """Counts of obligations, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def counts(
        self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter, by: Sequence[Grouping]
    ) -> ComplianceCounts:
        conditions = conditions_of(where)
        statement = _counts(flags_of(visible, as_of), (*conditions,), tuple(sorted(by)))
        rows, rules = list[ComplianceRow](), list[RuleUsed]()
        for version, *group, people, labels in (
            (*row[:8], row[8:]) for row in await self._reads.rows(statement, **_given(visible, as_of, conditions))
        ):
            if version is None:
                rows.append(compliance_row(group, people, dict(zip(COUNTED, labels, strict=True))))
            else:
                rules.append(RuleUsed(group[3], group[4], version))
        rules.sort(key=lambda rule: (rule.requirement_code, rule.requirement_version))
        return ComplianceCounts(in_report_order(rows), rules)

    async def due_days(self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter, last: date) -> list[Counted]:
        conditions = conditions_of(where)
        statement = _due_days(flags_of(visible, as_of), (*conditions,))
        return [
            Counted(*row) for row in await self._reads.rows(statement, last=last, **_given(visible, as_of, conditions))
        ]

    async def changes(
        self, visible: VisiblePeople, day: date, known_from: datetime, known_to: datetime, where: ObligationFilter
    ) -> list[ChangeRow]:
        conditions = conditions_of(where)
        statement = _changes(flags_of(visible, AsOf(day)), (*conditions,))
        given = {"day": day, "known_from": known_from, "known_to": known_to}
        rows = await self._reads.rows(
            statement, **given, **condition_parameters(conditions), **visible_parameters(visible)
        )
        found = []
        for _, some in groupby(rows, lambda row: (row[0], row[3])):
            each = list(some)
            sides = {bool(row[-1]): row[6:9] for row in each}
            nothing = (None, None, None)
            found.append(ChangeRow(*each[0][:6], *sides.get(False, nothing), *sides.get(True, nothing)))
        return found


@serves(UsedRulesReader)
class SqlUsedRulesReader:
    """The rules that count, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def used(self, visible: VisiblePeople, as_of: AsOf) -> list[RuleUsed]:
        return [
            RuleUsed(*row)
            for row in await self._reads.rows(_used(flags_of(visible, as_of)), **_given(visible, as_of, {}))
        ]


def _given(visible: VisiblePeople, as_of: AsOf, conditions: dict[str, Any]) -> dict[str, Any]:
    return {**condition_parameters(conditions), **as_of_parameters(as_of), **visible_parameters(visible)}
