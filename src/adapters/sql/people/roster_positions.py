"""Lines of a staged roster about further positions of people, which wait in a temporary table of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Table,
    and_,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.sql.people.history_tables import positions
from adapters.sql.people.roster_dated import ENTRIES, entry_of
from adapters.sql.people.roster_stage import batched
from domain.people.roster import LineEffect, LineOutcome, LineProblem, RosterEntry
from domain.people.roster_effects import WORK
from domain.people.roster_positions import MOST_LINES, LineKeys, PersonLines, SecondaryLine, left_out


async def named(
    session: AsyncSession, stage: Table, employee_ids: Collection[str], addresses: Collection[str]
) -> list[LineKeys]:
    """`Roster.named`."""
    found = dict[int, LineKeys]()
    for column, keys in ((stage.c.employee_id_folded, employee_ids), (stage.c.email, addresses)):
        for some in batched(keys, 1_000):
            rows = await session.execute(
                select(stage.c.line, stage.c.employee_id_folded, stage.c.email).where(column.in_(some))
            )
            found |= {line: LineKeys(line, key, email) for line, key, email in rows}
    return [found[line] for line in sorted(found)]


async def set_apart(session: AsyncSession, dialect: str, stage: Table, secondary: Table) -> list[LineProblem]:
    """`Roster.set_apart`; the table of the secondary lines is there and empty."""
    others = stage.alias()
    same_address = select(func.min(others.c.employee_id_folded)).where(others.c.email == stage.c.email)
    person = func.coalesce(
        "id " + stage.c.employee_id_folded, "id " + same_address.scalar_subquery(), "address " + stage.c.email
    )
    keyed = select(stage.c.line, stage.c.is_primary, person.label("person")).subquery()
    yes = case((keyed.c.is_primary, keyed.c.line))
    of_person = {
        "lines": func.count(),
        "first": func.min(keyed.c.line),
        "last": func.max(keyed.c.line),
        "primary": func.count(yes),
        "first_primary": func.min(yes),
        "last_primary": func.max(yes),
    }
    known = select(
        keyed.c.line,
        keyed.c.is_primary,
        *(each.over(partition_by=keyed.c.person).label(name) for name, each in of_person.items()),
    ).subquery()
    says_no = func.coalesce(not_(known.c.is_primary), false())
    rows = await session.execute(
        select(known)
        .where(or_(known.c.lines > MOST_LINES, and_(known.c.primary != 1, or_(known.c.lines > 1, says_no))))
        .order_by(known.c.line)
    )
    found = [
        PersonLines(line, None if says is None else bool(says), (lines, first, last), (primary, *yes))
        for line, says, lines, first, last, primary, *yes in rows
    ]
    further = and_(known.c.primary == 1, known.c.lines <= MOST_LINES, known.c.line != known.c.first_primary)
    names = [column.name for column in stage.c]
    taken = {name: stage.c[name] for name in names} | {name: _work(stage, name) for name in WORK}
    await session.execute(
        insert(secondary).from_select(
            [*names, "primary_line", "since"],
            select(*(taken[name] for name in names), known.c.first_primary, _since(dialect, stage))
            .join(known, known.c.line == stage.c.line)
            .where(further),
        )
    )
    apart = exists().where(secondary.c.line == stage.c.line)
    await session.execute(delete(stage).where(apart))
    return [problem for each in found if (problem := each.problem())]


def _work(stage: Table, name: str) -> ColumnElement[str | None]:
    """Also of a line that says from which day it holds."""
    return func.coalesce(stage.c[name], stage.c.dated["work"][name].as_string())


def _since(dialect: str, stage: Table) -> ColumnElement[date | None]:
    since = stage.c.dated["effective_date"].as_string()
    return cast(since, Date()) if dialect == "postgresql" else type_coerce(since, Date())


async def secondary_lines(
    session: AsyncSession, stage: Table, secondary: Table, after: int, limit: int
) -> list[tuple[RosterEntry, RosterEntry]]:
    """`Roster.secondary`."""
    rows = await session.execute(
        select(*(table.c[name] for table in (secondary, stage) for name in ENTRIES))
        .join(stage, stage.c.line == secondary.c.primary_line)
        .where(secondary.c.line > after)
        .order_by(secondary.c.line)
        .limit(limit)
    )
    width = len(ENTRIES)
    return [(entry_of(row[:width]), entry_of(row[width:])) for row in rows]


async def without_primary(session: AsyncSession, stage: Table, secondary: Table) -> list[LineProblem]:
    """`Roster.without_primary`."""
    # Not EXISTS, for which SQLite would read the whole stage for each of these lines.
    alone = secondary.c.primary_line.not_in(select(stage.c.line))
    rows = await session.execute(
        select(secondary.c.line, secondary.c.primary_line).where(alone).order_by(secondary.c.line)
    )
    problems = [left_out(line, primary) for line, primary in rows]
    if problems:
        await session.execute(delete(secondary).where(alone))
    return problems


async def of_people(
    session: AsyncSession, secondary: Table, first: int, last: int
) -> dict[int, tuple[SecondaryLine, ...]]:
    """The secondary lines of people, by their primary lines, from the first to the last of these."""
    rows = await session.execute(
        select(*(secondary.c[name] for name in ("primary_line", *ENTRIES)))
        .where(secondary.c.primary_line.between(first, last))
        .order_by(secondary.c.line)
    )
    found = defaultdict[int, list[SecondaryLine]](list)
    for primary, *row in rows:
        found[primary].append(SecondaryLine.of(entry_of(row)))
    return {primary: tuple(lines) for primary, lines in found.items()}


async def previewed(session: AsyncSession, stage: Table, secondary: Table, most: int) -> tuple[int, list[LineEffect]]:
    """How many secondary lines there are, and so many of them, whose people are named by the primary lines."""
    total = await session.scalar(select(func.count()).select_from(secondary)) or 0
    if not most:
        return total, []
    rows = await session.execute(
        select(secondary.c.line, stage.c.email, stage.c.employee_id, stage.c.user_id)
        .join(stage, stage.c.line == secondary.c.primary_line)
        .order_by(not_(stage.c.is_noted), secondary.c.line)
        .limit(most)
    )
    return total, [_effect(*row) for row in rows]


def _effect(line: int, email: str | None, employee_id: str | None, user_id: UUID | None) -> LineEffect:
    return LineEffect(line, LineOutcome.UNCHANGED, email or employee_id, user_id)


def differs_in_positions(stage: Table, secondary: Table, today: date) -> ColumnElement[bool]:
    """Whether the positions of the person besides the primary one are other than the lines state, like
    `roster_positions.are_known`.
    """
    fact, later = positions.alias(), positions.alias()
    superseded = exists().where(later.c.supersedes == fact.c.id).correlate(fact)
    held = and_(fact.c.user_id == stage.c.user_id, ~fact.c.is_primary, ~fact.c.withdrawn, ~superseded)
    same = and_(*(fact.c[name].is_not_distinct_from(secondary.c[name]) for name in WORK))
    now = literal(today, Date())
    first = func.coalesce(secondary.c.since, now)
    last = case((first > now, first), else_=now)
    known = exists().where(held, same, fact.c.starts_on <= first, _open_on(fact, last)).correlate(stage, secondary)
    mine = secondary.c.primary_line == stage.c.line
    unknown = exists().where(mine, ~known).correlate(stage)
    stated = exists().where(mine, same).correlate(stage, fact)
    unlisted = exists().where(held, fact.c.starts_on <= now, _open_on(fact, now), ~stated).correlate(stage)
    return or_(unknown, unlisted)


def _open_on(fact: FromClause, day: ColumnElement[date]) -> ColumnElement[bool]:
    return or_(fact.c.ends_on.is_(None), fact.c.ends_on >= day)
