"""Questions about the lines of a roster: whose an address is, whether somebody is back, and who is not listed."""

from __future__ import annotations

from sqlalchemy import Table, and_, case, exists, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.sql.people.roster_dated import from_document
from adapters.sql.people.roster_stage import KEYS, batched
from adapters.sql.people.tables import known_as, roster_listings, users
from domain.kernel.days import DayOf
from domain.kernel.roles import Role
from domain.people.leavers import Absence, UnlistedPerson
from domain.people.returning import InactivePerson
from domain.people.roster import LineProblem, RosterEntry
from domain.people.roster_matching import AddressHolder, ClaimedAddress, Renamed, Repeating


async def repeated(session: AsyncSession, stage: Table) -> list[LineProblem]:
    """`Roster.repeated`, without dropping lines."""
    keys = {"email": stage.c.email, "employee_id": stage.c.employee_id_folded, "person": stage.c.user_id}
    firsts = select(
        stage.c.line,
        *(
            case((key.is_(None), stage.c.line), else_=func.min(stage.c.line).over(partition_by=key)).label(name)
            for name, key in keys.items()
        ),
    ).subquery()
    rows = await session.execute(
        select(firsts).where(or_(*(firsts.c[name] < firsts.c.line for name in keys))).order_by(firsts.c.line)
    )
    repeating = Repeating()
    for line, *lines in rows:
        repeating.add(line, dict(zip(keys, lines, strict=True)))
    moving = set[int]()
    about = stage.join(users, users.c.id == stage.c.user_id)
    for some in batched(repeating.first_lines, 1_000):
        changing = select(stage.c.line).select_from(about).where(stage.c.line.in_(some), users.c.email != stage.c.email)
        moving.update(await session.scalars(changing))
    return repeating.problems(moving)


async def renamed(session: AsyncSession, stage: Table, day_of: DayOf) -> list[Renamed]:
    """`Roster.renamed`."""
    rows = await session.execute(
        select(
            *(stage.c.line, stage.c.email, stage.c.full_name, stage.c.hired_on),
            *(users.c.id, users.c.full_name, users.c.hired_on, users.c.created_at, users.c.is_active),
            users.c.employee_id,
        )
        .join(users, users.c.id == stage.c.user_id)
        .where(or_(stage.c.employee_id_folded.is_(None), users.c.employee_id_folded.is_(None)))
        .where(users.c.full_name != stage.c.full_name, or_(stage.c.hired_on.is_not(None), not_(users.c.is_active)))
        .order_by(stage.c.line)
    )
    return [
        Renamed(
            RosterEntry(line, email, listed, hired_on=starts),
            AddressHolder(user_id, known, hired, day_of(created), active, employee_id),
        )
        for line, email, listed, starts, user_id, known, hired, created, active, employee_id in rows
    ]


async def claims(session: AsyncSession, stage: Table, day_of: DayOf) -> list[ClaimedAddress]:
    """`Roster.claims`."""
    holders = stage.alias()
    rows = await session.execute(
        select(
            *(stage.c.line, stage.c.email, stage.c.employee_id, stage.c.user_id, holders.c.line, holders.c.email),
            *(users.c.id, users.c.full_name, users.c.hired_on, users.c.created_at, users.c.is_active),
            users.c.employee_id,
        )
        .join(users, users.c.email == stage.c.email)
        .outerjoin(holders, holders.c.user_id == users.c.id)
        .where(stage.c.employee_id_folded.is_not(None), stage.c.user_id.is_distinct_from(users.c.id))
        .where(not_(stage.c.is_new))
        .order_by(stage.c.line)
    )
    return [
        ClaimedAddress(
            RosterEntry(line, email, employee_id=employee_id),
            AddressHolder(user_id, name or "", hired, day_of(new), active, known),
            known_id,
            holders_line,
            other is not None and other != email,
        )
        for line, email, employee_id, known_id, holders_line, other, user_id, name, hired, new, active, known in (rows)
    ]


async def inactive(session: AsyncSession, stage: Table, day_of: DayOf) -> list[InactivePerson]:
    """`Roster.inactive`."""
    rows = await session.execute(
        select(
            *(stage.c.line, stage.c.email, stage.c.rehired_on, stage.c.rehired, stage.c.dated),
            *(users.c.id, users.c.deactivated_at, users.c.role, users.c.managed_departments),
        )
        .join(users, users.c.id == stage.c.user_id)
        .where(~users.c.is_active)
        .order_by(stage.c.line)
    )
    return [
        InactivePerson(
            RosterEntry(line, email, rehired_on=since, rehired=rehired, dated=from_document(document)),
            user_id,
            day_of(left) if left else None,
            role is not Role.AUTHENTICATED or bool(managed),
        )
        for line, email, since, rehired, document, user_id, left, role, managed in rows
    ]


async def absence(session: AsyncSession, stage: Table) -> Absence:
    """`Roster.absence`."""
    about = exists().where(stage.c.user_id == users.c.id)
    listed = exists().where(roster_listings.c.user_id == users.c.id)
    findable = or_(*(and_(users.c[key].is_not(None), exists().where(stage.c[key].is_not(None))) for key in KEYS))
    active, never, unrecognizable = (
        await session.execute(
            select(
                func.count(),
                func.count(case((and_(~about, ~listed), 1))),
                func.count(case((and_(~about, listed, not_(findable)), 1))),
            )
            .select_from(users)
            .where(users.c.is_active)
        )
    ).one()
    rows = await session.execute(
        select(users.c.id, known_as(), users.c.role == Role.ADMIN)
        .where(users.c.is_active, ~about, listed, findable)
        .order_by(users.c.id)
    )
    return Absence(tuple(UnlistedPerson(*row) for row in rows), active, never, unrecognizable)
