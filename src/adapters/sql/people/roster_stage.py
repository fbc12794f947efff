"""The temporary table in which the lines of a roster wait, and how it is compared with the users."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Update,
    Uuid,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import TypedReturnsRows

from adapters.sql.kit.expressions import holds
from adapters.sql.kit.schema import derivations
from adapters.sql.kit.types import Stored
from adapters.sql.people.tables import PROFILE_METADATA, users

T = TypeVar("T")

PLAIN = ("full_name", "department", "job_title", "location", "hired_on")
KEYS = ("employee_id", "email")
ENTRY = ("line", *KEYS, *PLAIN, "profile_metadata")
"""What an entry is made of."""
RETURNING = ("rehired_on", "rehired")
LISTING = ("user_id", "first_listed_at")
DERIVED = derivations(users)


class KnownPerson(NamedTuple):
    """A person as far as lines say something of people, in the order of the columns."""

    employee_id: str | None
    email: str | None
    full_name: str | None
    department: str | None
    job_title: str | None
    location: str | None
    hired_on: date | None
    profile_metadata: Mapping[str, Any]


def _stage(schema: str | None, name: str = "roster_stage", *more: Column[Any]) -> Table:
    # Not in the schema's metadata: it exists only within one transaction.
    return Table(
        name,
        MetaData(),
        Column("id", Uuid(), nullable=False),
        Column("user_id", Uuid()),
        Column("line", Integer(), nullable=False),
        Column("is_new", Boolean(), nullable=False),
        Column("email", String(254)),
        Column("employee_id", String(64)),
        Column("full_name", String(200)),
        Column("department", String(120)),
        Column("job_title", String(120)),
        Column("location", String(120)),
        Column("hired_on", Date()),
        Column("rehired_on", Date()),
        Column("rehired", Boolean(), nullable=False),
        Column("dated", JSON(none_as_null=True)),
        # Whether the line changes the history of its person on other days, as was found by the domain.
        Column("is_noted", Boolean(), nullable=False),
        Column("is_primary", Boolean()),
        *(Column(name, Text()) for name in DERIVED),
        Column("profile_metadata", Stored(PROFILE_METADATA), nullable=False),
        *more,
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
        schema=schema,
    )


def _of_all(schema: str | None) -> Table:
    stage = _stage(schema)
    Index("ix_roster_stage_user_id", stage.c.user_id)
    Index("ix_roster_stage_email", stage.c.email, stage.c.line)
    return stage


def _of_secondary(schema: str | None) -> Table:
    """Of lines about positions that are not primary. They have their department, title and location here, whether they
    hold from another day or not.
    """
    more = (Column("primary_line", Integer(), nullable=False), Column("since", Date()))
    secondary = _stage(schema, "roster_secondary", *more)
    Index("ix_roster_secondary_line", secondary.c.line)
    Index("ix_roster_secondary_primary_line", secondary.c.primary_line)
    return secondary


STAGES = {"postgresql": _of_all("pg_temp"), "sqlite": _of_all(None)}
"""By dialect: PostgreSQL would create it beside the other tables, where temporary tables are not allowed."""
SECONDARY = {"postgresql": _of_secondary("pg_temp"), "sqlite": _of_secondary(None)}
"""The same for the lines about further positions of people."""


def differs(stage: Table) -> ColumnElement[bool]:
    """Whether the line says something else of its person than is known, as `RosterEntry.changes_to` defines it."""
    other_id = users.c.employee_id_folded.is_distinct_from(stage.c.employee_id_folded)
    return or_(
        stage.c.is_noted,
        moved(stage),
        and_(stage.c.employee_id_folded.is_not(None), other_id),
        *(and_(stage.c[name].is_not(None), users.c[name].is_distinct_from(stage.c[name])) for name in PLAIN),
        not_(holds(users.c.profile_metadata, stage.c.profile_metadata)),
    )


def moved(stage: Table) -> ColumnElement[bool]:
    """Whether the line gives its person another address."""
    return and_(stage.c.email.is_not(None), users.c.email.is_distinct_from(stage.c.email))


def name_key_after(stage: Table) -> ColumnElement[str]:
    """That of the person after the line: `names.name_key`."""
    keys = (case((table.c.full_name.is_not(None), table.c.name_key)) for table in (stage, users))
    other = (table.c[key] for key in ("email", "employee_id_folded") for table in (stage, users))
    return func.coalesce(*keys, *other, "")


def batched(values: Collection[T], size: int) -> Iterator[list[T]]:
    """The values in batches of at most so many, since a statement takes a limited number of parameters."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


async def changed(session: AsyncSession, statement: TypedReturnsRows[tuple[UUID]]) -> tuple[UUID, ...]:
    """The ids that the statement returns, in order."""
    return tuple(sorted(await session.scalars(statement)))


def with_own_keys(stage: Table) -> Update:
    """Give lines that name somebody by a key of a duplicate the own key of the person that the duplicate points to.

    The duplicate keeps its keys, by which the person is found, and no two users have the same one.
    """
    stays = users.alias()
    of_duplicate = {
        key: exists().where(users.c[key] == stage.c[key], users.c.merged_into == stage.c.user_id)
        for key in ("email", "employee_id_folded")
    }
    keys = {"email": "email", "employee_id": "employee_id_folded", "employee_id_folded": "employee_id_folded"}
    own = {
        name: case(
            (of_duplicate[key], select(stays.c[name]).where(stays.c.id == stage.c.user_id).scalar_subquery()),
            else_=stage.c[name],
        )
        for name, key in keys.items()
    }
    return update(stage).where(or_(*of_duplicate.values())).values(own)
