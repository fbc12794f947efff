"""Counting and comparing obligations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, case, cast, func, literal_column, null, or_, select

from adapters.registry import serves
from adapters.sql.compliance.obligation_reader import (
    CONDITIONS,
    JOINED,
    ON_DAY,
    PLACE,
    STATES,
    asked_parameters,
    condition_parameters,
    conditions_of,
    flags_of,
    known,
    only_in_sight,
    sight_parameters,
)
from adapters.sql.compliance.obligation_tables import obligation_states
from adapters.sql.compliance.requirement_tables import requirements
from adapters.sql.kit.intervals import known_at
from adapters.sql.kit.pages import MOST_STATEMENTS
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment
from adapters.sql.people.tables import users
from application.compliance.obligations.lists import Asked, ObligationFilter, Sight
from application.reporting.obligation_rows import (
    ChangeRow,
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
    ids = [(id if each in by else cast(null(), id.type)).label(id.name) for each, id in IDS.items()]
    labels = [func.sum(case((STATES.label == label, 1), else_=0)).label(label.value) for label in COUNTED]
    people = func.count(STATES.user_id.distinct()).label("people")
    counted = _some(select(*ids, people, *labels), flags, conditions).group_by(*(IDS[each] for each in by))
    groups = counted.subquery("groups").c
    names = (requirements.c.code, requirements.c.title)
    return (
        select(
            *(groups.location_id, PLACE.c.name, groups.department, groups.requirement_id, *names),
            *(groups.people, *(groups[label.value] for label in COUNTED)),
        )
        .outerjoin_from(groups.people.table, PLACE, PLACE.c.id == groups.location_id)
        .outerjoin(requirements, requirements.c.id == groups.requirement_id)
    )


@lru_cache(MOST_STATEMENTS)
def _due_days(flags: Flags, conditions: tuple[str, ...]) -> Select[Any]:
    keys = (STATES.due_on, STATES.requirement_id, requirements.c.code, requirements.c.title)
    statement = _some(select(*keys, func.count()), flags, conditions, named=True)
    due = STATES.due_on.between(bindparam("day", type_=Date()), LAST)
    return statement.where(due).group_by(*keys).order_by(STATES.due_on, requirements.c.code)


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
    return only_in_sight(statement, scoped, responsible)


@lru_cache(MOST_STATEMENTS)
def _used(flags: Flags) -> Select[Any]:
    used = _some(select(STATES.requirement_id, STATES.version), flags, ()).distinct().subquery("used").c
    return (
        select(used.requirement_id, requirements.c.code, used.version)
        .join_from(used.version.table, requirements, requirements.c.id == used.requirement_id)
        .order_by(requirements.c.code, used.version)
    )


def _some(statement: Select[Any], flags: Flags, conditions: tuple[str, ...], *, named: bool = False) -> Select[Any]:
    """Of the obligations that are asked about; with `named` joined with what shows names."""
    scoped, responsible, at_moment = flags
    people = obligation_states.join(users, users.c.id == STATES.user_id) if scoped else obligation_states
    some = statement.select_from(JOINED if named else people)
    some = some.where(known(at_moment), *(CONDITIONS[name] for name in conditions))
    return only_in_sight(some, scoped, responsible)


COUNTED = [each for each in Label if each is not Label.NOT_APPLICABLE]


@serves(ObligationReports)
class SqlObligationReports:
    """Counts of obligations, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def counts(
        self, sight: Sight, asked: Asked, where: ObligationFilter, by: Sequence[Grouping]
    ) -> list[ComplianceRow]:
        conditions = conditions_of(where)
        statement = _counts(flags_of(sight, asked), (*conditions,), tuple(sorted(by)))
        rows = await self._reads.rows(statement, **_given(sight, asked, conditions))
        return in_report_order(
            compliance_row(group, people, dict(zip(COUNTED, labels, strict=True)))
            for *group, people, labels in ((*row[:7], row[7:]) for row in rows)
        )

    async def due_days(self, sight: Sight, asked: Asked, where: ObligationFilter, last: date) -> list[Counted]:
        conditions = conditions_of(where)
        statement = _due_days(flags_of(sight, asked), (*conditions,))
        return [
            Counted(*row) for row in await self._reads.rows(statement, last=last, **_given(sight, asked, conditions))
        ]

    async def changes(
        self, sight: Sight, day: date, known_from: datetime, known_to: datetime, where: ObligationFilter
    ) -> list[ChangeRow]:
        conditions = conditions_of(where)
        statement = _changes(flags_of(sight, Asked(day)), (*conditions,))
        given = {"day": day, "known_from": known_from, "known_to": known_to}
        rows = await self._reads.rows(statement, **given, **condition_parameters(conditions), **sight_parameters(sight))
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

    async def used(self, sight: Sight, asked: Asked) -> list[RuleUsed]:
        return [
            RuleUsed(*row) for row in await self._reads.rows(_used(flags_of(sight, asked)), **_given(sight, asked, {}))
        ]


def _given(sight: Sight, asked: Asked, conditions: dict[str, Any]) -> dict[str, Any]:
    return {**condition_parameters(conditions), **asked_parameters(asked), **sight_parameters(sight)}
