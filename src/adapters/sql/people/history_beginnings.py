"""Beginning the histories of many new users in two statements, like `domain.people.histories.begin`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Insert,
    Select,
    Table,
    Uuid,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
)

from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.types import new_uuid
from adapters.sql.people.history_tables import employment_states, positions
from adapters.sql.people.tables import users
from domain.people.employment import EmploymentState
from domain.people.facts import Origin


def beginnings(today: date, origin: Origin, at: datetime) -> Iterator[Insert]:
    """The statements, which take the users in the parameter `ids`, and leave out those whose histories have begun."""
    begins = literal(today, Date())
    work = (users.c.department, users.c.job_title, users.c.location)
    keys = (users.c.job_title_folded, users.c.location_folded)
    fresh = _with_ids(
        select(
            users.c.id.label("user_id"), *work, *keys, func.coalesce(users.c.hired_on, begins).label("starts_on")
        ).where(*_without(positions), or_(*(text.is_not(None) for text in work)))
    )
    yield insert(positions).from_select(
        [
            *("id", "position_id", "user_id", "department", "job_title", "location", *(key.name for key in keys)),
            *("starts_on", "is_primary", "source", "recorded_at", "recorded_by"),
        ],
        select(
            *(fresh.c.id, fresh.c.id, fresh.c.user_id),
            *(fresh.c[column.name] for column in (*work, *keys)),
            fresh.c.starts_on,
            true(),
            *_origin(origin, at, positions),
        ),
    )
    hired = _state(EmploymentState.HIRED, users.c.hired_on).where(users.c.hired_on.is_not(None))
    left = _state(EmploymentState.LEFT, case((users.c.hired_on > begins, users.c.hired_on), else_=begins)).where(
        ~users.c.is_active
    )
    states = union_all(hired, left).subquery()
    stated = _with_ids(select(states.c.user_id, states.c.state, states.c.from_day))
    yield insert(employment_states).from_select(
        ["id", "user_id", "state", "from_day", "source", "recorded_at", "recorded_by"],
        select(
            *(stated.c.id, stated.c.user_id, stated.c.state, stated.c.from_day),
            *_origin(origin, at, employment_states),
        ),
    )


def _state(state: EmploymentState, from_day: ColumnElement[Any]) -> Select[Any]:
    return select(
        users.c.id.label("user_id"),
        literal(state, employment_states.c.state.type).label("state"),
        from_day.label("from_day"),
    ).where(*_without(employment_states))


def _without(table: Table) -> tuple[ColumnElement[bool], ...]:
    """Conditions for those of the users in `ids` who have no row in this table yet."""
    return any_of(users.c.id, "ids"), ~exists().where(table.c.user_id == users.c.id)


def _with_ids(rows: Select[Any]) -> CTE:
    """The rows, each with a new id, which is the same wherever it is used."""
    return rows.add_columns(new_uuid().label("id")).cte("fresh").prefix_with("MATERIALIZED")


def _origin(origin: Origin, at: datetime, table: Any) -> tuple[ColumnElement[Any], ...]:
    return (
        literal(origin.source, table.c.source.type),
        literal(at, table.c.recorded_at.type),
        literal(origin.recorded_by, Uuid()),
    )
