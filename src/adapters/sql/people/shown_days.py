"""Which day of their histories users show, and for which users something has begun or ended since."""

from __future__ import annotations

from sqlalchemy import Date, and_, bindparam, exists, not_, or_, select, update

from adapters.sql.kit.expressions import any_of
from adapters.sql.people.history_tables import employment_states, positions
from adapters.sql.people.tables import users
from domain.kernel.roles import Role

DAY, TODAY = bindparam("day", type_=Date()), bindparam("today", type_=Date())
NOTE_SHOWN = (
    update(users)
    .where(any_of(users.c.id, "ids"), users.c.shown_on.is_distinct_from(DAY))
    .values(shown_on=DAY)
    .execution_options(synchronize_session=False)
)
ADMINISTRATOR = and_(users.c.role == Role.ADMIN, users.c.is_active)
OTHERS = users.alias()
DUE = (
    select(users.c.id)
    .where(
        users.c.shown_on < TODAY,
        users.c.erased_at.is_(None),
        users.c.merged_into.is_(None),
        or_(
            exists().where(
                positions.c.user_id == users.c.id,
                or_(
                    and_(users.c.shown_on < positions.c.starts_on, positions.c.starts_on <= TODAY),
                    and_(users.c.shown_on <= positions.c.ends_on, positions.c.ends_on < TODAY),
                ),
            ),
            exists().where(
                employment_states.c.user_id == users.c.id,
                users.c.shown_on < employment_states.c.from_day,
                employment_states.c.from_day <= TODAY,
            ),
        ),
        or_(
            not_(ADMINISTRATOR),
            exists().where(OTHERS.c.role == Role.ADMIN, OTHERS.c.is_active, OTHERS.c.id != users.c.id),
        ),
    )
    .order_by(users.c.id)
)
