"""Which day of their histories users show, so that what begins with time is not taken for a change of the user.

Something planned may have begun that users do not show yet: then the day is the last one on which the history says what
the user shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.helpers.running import lock_timeout

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
ONE_DAY = timedelta(days=1)
STATES = ("hired", "rehired", "returned", "on_leave", "left")
"""In the order in which several of one day follow each other."""
WORK = ("department", "job_title", "location")
DATES = ("hired_on", "shown_on", "starts_on", "ends_on", "from_day")
KINDS: dict[str, Any] = {
    **dict.fromkeys(("id", "user_id", "supersedes"), sa.Uuid),
    **dict.fromkeys(("is_active", "is_primary", "withdrawn"), sa.Boolean),
    **dict.fromkeys(DATES, sa.Date),
}


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(each, KINDS.get(each, sa.Text)()) for each in columns))


USERS = _table("users", "id", *WORK, "hired_on", "is_active", "shown_on")
FACT = ("id", "user_id", "supersedes", "withdrawn")
POSITIONS = _table("positions", *FACT, *WORK, "is_primary", "starts_on", "ends_on")
EMPLOYMENT = _table("employment_states", *FACT, "state", "from_day")


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("shown_on", sa.Date(), nullable=True))
    if not op.get_context().as_sql:
        _fill()


def downgrade() -> None:
    lock_timeout()
    op.drop_column("users", "shown_on")


def _fill() -> None:
    connection, today = op.get_bind(), datetime.now(UTC).date()
    connection.execute(sa.update(USERS).values(shown_on=today))
    write = sa.update(USERS).where(USERS.c.id == sa.bindparam("of")).values(shown_on=sa.bindparam("day"))
    some = sa.select(USERS).order_by(USERS.c.id).limit(AT_ONCE)
    users = connection.execute(some).all()
    while users:
        ids = [user.id for user in users]
        positions, states = _in_force(connection, POSITIONS, ids), _in_force(connection, EMPLOYMENT, ids)
        others = [
            {"of": user.id, "day": day}
            for user in users
            if (day := _day_shown(user, positions[user.id], states[user.id], today)) != today
        ]
        if others:
            connection.execute(write, others)
        users = connection.execute(some.where(USERS.c.id > ids[-1])).all()


def _in_force(connection: sa.Connection, table: sa.TableClause, ids: Sequence[Any]) -> dict[Any, list[Any]]:
    rows = connection.execute(sa.select(table).where(table.c.user_id.between(ids[0], ids[-1]))).all()
    superseded = {row.supersedes for row in rows}
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if row.id not in superseded and not row.withdrawn:
            found[row.user_id].append(row)
    return found


def _day_shown(user: Any, positions: Sequence[Any], states: Sequence[Any], today: date) -> date | None:
    """The last day on which the history says what the user shows, or today; None if it never does."""
    shown = tuple(getattr(user, name) for name in (*WORK, "hired_on", "is_active"))
    days = _days(positions, states, today)
    return next((day for day in days if _profile(day, positions, states) == shown), None)


def _days(positions: Sequence[Any], states: Sequence[Any], today: date) -> Iterator[date]:
    """Today, also where the day has begun already, and the days before something else began, from last to first."""
    yield from (today, today + ONE_DAY)
    last = {each.starts_on - ONE_DAY for each in positions}
    last |= {each.ends_on for each in positions if each.ends_on} | {each.from_day - ONE_DAY for each in states}
    yield from sorted((day for day in last if day < today), reverse=True)


def _profile(day: date, positions: Sequence[Any], states: Sequence[Any]) -> tuple[Any, ...]:
    """What a user shows of this day. Somebody who has yet to begin is shown as on the first day."""
    ordered = sorted(states, key=lambda each: (each.from_day, STATES.index(each.state), each.id))
    if ordered and ordered[0].state == "hired" and ordered[0].from_day > day:
        day = ordered[0].from_day
    held = (each for each in positions if each.is_primary and each.starts_on <= day <= (each.ends_on or date.max))
    primary = next(iter(sorted(held, key=lambda each: each.starts_on)), None)
    begun = [each for each in ordered if each.from_day <= day]
    hires = [each.from_day for each in begun if each.state in ("hired", "rehired")]
    return (
        *((primary and getattr(primary, name)) for name in WORK),
        hires[-1] if hires else None,
        not begun or begun[-1].state != "left",
    )
