"""The dated lines of a staged roster: days of other columns wait as JSON, since only the domain reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, outerjoin, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.sql.people.roster_stage import DERIVED, ENTRY, RETURNING
from adapters.sql.people.tables import users
from domain.kernel.roles import Role
from domain.people.positions import Work
from domain.people.roster import RosterEntry
from domain.people.roster_dated import Dated
from domain.people.roster_effects import WORK, DatedLine

ENTRIES = (*ENTRY, *RETURNING, "is_primary", "dated")
"""The columns of a staged line, of which `entry_of` makes the line again."""
SHOWN = tuple(users.c[name] for name in WORK)
SHOW = (
    update(users)
    .where(users.c.id == bindparam("person"))
    .values({name: bindparam(f"new_{name}") for each in WORK for name in (each, f"{each}_folded")})
)


def to_document(dated: Dated | None) -> dict[str, Any] | None:
    """As JSON has it, without what is not said."""
    if dated is None:
        return None
    said = {name: value for name, value in asdict(dated).items() if value}
    return {name: str(value) if isinstance(value, date) else value for name, value in said.items()}


def from_document(document: dict[str, Any] | None) -> Dated | None:
    """What `to_document` has made of it."""
    if document is None:
        return None
    values: dict[str, Any] = {
        name: date.fromisoformat(value) if isinstance(value, str) else value for name, value in document.items()
    }
    return Dated(**values | {"work": Work(**values["work"])})


def entry_of(row: Sequence[Any]) -> RosterEntry:
    """The line, from the columns of ENTRIES."""
    *plain, document = row
    names = ENTRIES[:-1]
    entry = dict(zip(names, plain, strict=True))
    dated = from_document(document)
    if dated and dated.effective_date:
        entry |= dict.fromkeys(WORK)
    return RosterEntry(**entry, dated=dated)


async def show(session: AsyncSession, people: Mapping[UUID, Work]) -> None:
    """`Roster.show`: one statement for all of them."""
    if people:
        await session.execute(
            SHOW,
            [
                {"person": user_id}
                | {f"new_{name}": getattr(work, name) for name in WORK}
                | {f"new_{name}_folded": DERIVED[f"{name}_folded"](work) for name in WORK}
                for user_id, work in people.items()
            ],
        )


async def dated(
    session: AsyncSession, stage: Table, after: int, limit: int, which: ColumnElement[bool]
) -> list[DatedLine]:
    """`Roster.dated`, of `which` lines."""
    rows = await session.execute(
        select(
            *(stage.c[name] for name in (*ENTRIES, "id", "user_id")),
            users.c.is_active,
            users.c.role,
            users.c.managed_departments,
            *SHOWN,
        )
        .select_from(outerjoin(stage, users, users.c.id == stage.c.user_id))
        .where(which, stage.c.line > after)
        .order_by(stage.c.line)
        .limit(limit)
    )
    found = []
    for row in rows:
        new_id, user_id, is_active, role, managed, *work = row[len(ENTRIES) :]
        found.append(
            DatedLine(
                entry_of(row[: len(ENTRIES)]),
                user_id or new_id,
                user_id is None,
                user_id is None or is_active,
                Work(*work),
                bool(is_active and role is Role.ADMIN),
                role not in (None, Role.AUTHENTICATED) or bool(managed),
            )
        )
    return found
