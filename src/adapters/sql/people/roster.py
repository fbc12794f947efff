"""The roster: its lines wait in a temporary table, and are merged into the users by set-based statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    outerjoin,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from adapters.registry import serves
from adapters.sql.kit.expressions import members, merged, not_before
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.roster_dated import dated, show, to_document
from adapters.sql.people.roster_positions import (
    differs_in_positions,
    named,
    of_people,
    previewed,
    secondary_lines,
    set_apart,
    without_primary,
)
from adapters.sql.people.roster_questions import absence, claims, inactive, renamed, repeated
from adapters.sql.people.roster_stage import (
    DERIVED,
    ENTRY,
    KEYS,
    LISTING,
    PLAIN,
    RETURNING,
    SECONDARY,
    STAGES,
    KnownPerson,
    batched,
    changed,
    differs,
    moved,
    name_key_after,
    with_own_keys,
)
from adapters.sql.people.tables import roster_listings, users
from application.people.ports import Roster, RosterMerge, RosterPreview
from domain.kernel.days import DayOf
from domain.people.leavers import Absence
from domain.people.positions import Work
from domain.people.returning import InactivePerson
from domain.people.roster import LineEffect, LineProblem, RosterEntry, too_much_metadata
from domain.people.roster_effects import DatedLine
from domain.people.roster_matching import ClaimedAddress, Renamed
from domain.people.roster_positions import LineKeys
from domain.people.users import MOST_METADATA


@serves(Roster)
class SqlRoster:
    """The roster's staging table in the unit's transaction."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._locks = unit.dialect == "postgresql"
        self._stage = STAGES[unit.dialect]
        self._secondary = SECONDARY[unit.dialect]
        self._ready = False
        self._apart_on: date | None = None

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        session = await self._prepare()
        rows = [
            {
                "id": user_id,
                "line": entry.line,
                "is_new": False,
                "is_noted": False,
                "dated": to_document(entry.dated),
                **{name: getattr(entry, name) for name in (*KEYS, *PLAIN, *RETURNING, "is_primary")},
                **{name: derive(entry) for name, derive in DERIVED.items()},
                "profile_metadata": entry.profile_metadata,
            }
            for user_id, entry in entries
        ]
        if rows:
            await session.execute(insert(self._stage), rows)

    async def match(self) -> None:
        session, stage = await self._prepare(), self._stage
        # Addresses that this unit has released are available from here on.
        await session.flush()
        if self._locks:  # Two imports never create the same person; SQLite serializes all writers.
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("roster", 0))))
        by_id = users.c.employee_id_folded == stage.c.employee_id_folded
        one_has_none = or_(stage.c.employee_id_folded.is_(None), users.c.employee_id_folded.is_(None))
        by_address = and_(users.c.email == stage.c.email, one_has_none)
        person = func.coalesce(users.c.merged_into, users.c.id)  # Keys of a duplicate are keys of the person.
        found = (select(person).where(each).scalar_subquery() for each in (by_id, by_address))
        await session.execute(update(stage).values(user_id=func.coalesce(*found)))
        await session.execute(with_own_keys(stage))

    async def named(self, employee_ids: Collection[str], addresses: Collection[str]) -> list[LineKeys]:
        return await named(await self._prepare(), self._stage, employee_ids, addresses)

    async def set_apart(self, today: date) -> list[LineProblem]:
        session = await self._prepare()
        await _create(session, self._secondary)
        self._apart_on = today
        problems = await set_apart(session, self._unit.dialect, self._stage, self._secondary)
        await self.drop([problem.line for problem in problems])
        return problems

    async def secondary(self, after: int, limit: int) -> list[tuple[RosterEntry, RosterEntry]]:
        return await secondary_lines(await self._prepare(), self._stage, self._secondary, after, limit)

    async def without_primary(self) -> list[LineProblem]:
        return await without_primary(await self._prepare(), self._stage, self._secondary)

    async def repeated(self) -> list[LineProblem]:
        problems = await repeated(await self._prepare(), self._stage)
        await self.drop([problem.line for problem in problems])
        return problems

    async def overfull(self) -> list[LineProblem]:
        session, stage = await self._prepare(), self._stage
        count = members(merged(users.c.profile_metadata, stage.c.profile_metadata))
        rows = await session.execute(
            select(stage.c.line, count)
            .join(users, users.c.id == stage.c.user_id)
            .where(count > MOST_METADATA)
            .order_by(stage.c.line)
        )
        problems = [problem for line, found in rows if (problem := too_much_metadata(line, found))]
        await self.drop([problem.line for problem in problems])
        return problems

    async def renamed(self, day_of: DayOf) -> list[Renamed]:
        return await renamed(await self._prepare(), self._stage, day_of)

    async def claims(self, day_of: DayOf) -> list[ClaimedAddress]:
        return await claims(await self._prepare(), self._stage, day_of)

    async def inactive(self, day_of: DayOf) -> list[InactivePerson]:
        return await inactive(await self._prepare(), self._stage, day_of)

    async def dated(self, after: int, limit: int, *, noted: bool = False) -> list[DatedLine]:
        session, stage, secondary = await self._prepare(), self._stage, self._secondary
        which: ColumnElement[bool] = stage.c.dated.is_not(None)
        if noted:
            which = stage.c.is_noted
        elif self._apart_on:
            which = or_(which, differs_in_positions(stage, secondary, self._apart_on))
        lines = await dated(session, stage, after, limit, which)
        if not self._apart_on or not lines:
            return lines
        further = await of_people(session, secondary, lines[0].entry.line, lines[-1].entry.line)
        return [replace(line, secondary=further.get(line.entry.line, ())) for line in lines]

    async def note(self, lines: Collection[int]) -> None:
        session, stage = await self._prepare(), self._stage
        for some in batched(lines, 1_000):
            await session.execute(update(stage).where(stage.c.line.in_(some)).values(is_noted=True))

    async def drop(self, lines: Collection[int]) -> None:
        session, stage = await self._prepare(), self._stage
        for some in batched(lines, 1_000):
            await session.execute(delete(stage).where(stage.c.line.in_(some)))
            if self._apart_on:
                await session.execute(delete(self._secondary).where(self._secondary.c.line.in_(some)))

    async def separate(self, lines: Collection[int]) -> None:
        session, stage = await self._prepare(), self._stage
        for some in batched(lines, 1_000):
            await session.execute(update(stage).where(stage.c.line.in_(some)).values(user_id=None, is_new=True))

    async def attach(self, lines: Mapping[int, UUID]) -> None:
        session, stage = await self._prepare(), self._stage
        for line, user_id in lines.items():
            await session.execute(update(stage).where(stage.c.line == line).values(user_id=user_id))

    async def keep_hires(self, lines: Collection[int]) -> None:
        session, stage = await self._prepare(), self._stage
        known = select(users.c.hired_on).where(users.c.id == stage.c.user_id).scalar_subquery()
        later = or_(known.is_(None), known < stage.c.hired_on)
        for some in batched(lines, 1_000):
            await session.execute(update(stage).where(stage.c.line.in_(some), later).values(hired_on=None))

    async def absence(self) -> Absence:
        return await absence(await self._prepare(), self._stage)

    async def preview(self, most: int) -> RosterPreview:
        session, stage = await self._prepare(), self._stage
        changes = and_(stage.c.user_id.is_not(None), differs(stage))
        known = outerjoin(stage, users, users.c.id == stage.c.user_id)
        total, new, updated = (
            await session.execute(
                select(
                    func.count(),
                    func.count(case((stage.c.user_id.is_(None), 1))),
                    func.count(case((changes, 1))),
                ).select_from(known)
            )
        ).one()
        further, shown = await previewed(session, stage, self._secondary, most) if self._apart_on else (0, [])
        if not most:
            return RosterPreview(new, updated, total - new - updated, (), further)
        same = case((or_(stage.c.user_id.is_(None), changes), 0), else_=1)
        first = (
            select(
                *(stage.c[name] for name in ("user_id", "is_noted", *ENTRY)),
                *(users.c[name] for name in (*KEYS, *PLAIN)),
                # Never null, as its type requires, also for lines about nobody here.
                func.coalesce(users.c.profile_metadata, stage.c.profile_metadata),
            )
            .select_from(known)
            .order_by(same, stage.c.line)
            .limit(most)
        )
        effects = list[LineEffect]()
        for user_id, is_noted, *row in await session.execute(first):
            entry = RosterEntry(**dict(zip(ENTRY, row, strict=False)))
            effect = entry.effect_on(user_id, KnownPerson(*row[len(ENTRY) :]) if user_id else None)
            effects.append(effect.noted() if is_noted else effect)
        lines = tuple(sorted([*effects, *shown], key=lambda each: each.line))
        return RosterPreview(new, updated, total - new - updated, lines, further)

    async def merge(self, now: datetime) -> RosterMerge:
        session, stage = await self._prepare(), self._stage
        # Addresses that this unit has released are available from here on.
        await session.flush()
        total = await session.scalar(select(func.count()).select_from(stage)) or 0
        metadata = merged(users.c.profile_metadata, stage.c.profile_metadata)
        about, other_address = users.c.id == stage.c.user_id, moved(stage)
        # First all addresses that change are free, since one may go from one person to another.
        await session.execute(
            update(users).where(about, other_address, members(metadata) <= MOST_METADATA).values(email=None)
        )
        other_id = users.c.employee_id_folded.is_distinct_from(stage.c.employee_id_folded)
        updated = await changed(
            session,
            update(users)
            # Somebody may have added metadata since `overfull` looked.
            .where(about, differs(stage), members(metadata) <= MOST_METADATA)
            .values(
                {name: func.coalesce(stage.c[name], users.c[name]) for name in ("email", *PLAIN, *DERIVED)}
                | {
                    "employee_id": case(
                        (and_(stage.c.employee_id.is_not(None), other_id), stage.c.employee_id),
                        else_=users.c.employee_id,
                    ),
                    "email_confirmed": and_(users.c.email_confirmed, not_(other_address)),
                    "name_key": name_key_after(stage),
                    "profile_metadata": metadata,
                    "version": users.c.version + 1,
                    "updated_at": not_before(now, users.c.updated_at),
                }
            )
            .returning(users.c.id),
        )
        copied = ("id", *KEYS, *PLAIN, *DERIVED, "profile_metadata")
        moment = literal(now, Moment())
        created = await changed(
            session,
            insert(users)
            .from_select(
                [*copied, "created_at", "updated_at"],
                select(*(stage.c[name] for name in copied), moment, moment).where(stage.c.user_id.is_(None)),
            )
            .returning(users.c.id),
        )
        known, unlisted = roster_listings.c, ~exists().where(roster_listings.c.user_id == stage.c.user_id)
        of_known = select(stage.c.user_id, moment).where(stage.c.user_id.is_not(None), unlisted)
        of_new = select(stage.c.id, moment).where(stage.c.user_id.is_(None))
        place = insert(roster_listings)
        listed = await changed(session, place.from_select(LISTING, of_known).returning(known.user_id))
        await session.execute(place.from_select(LISTING, of_new))
        return RosterMerge(created, updated, total - len(created) - len(updated), listed)

    async def show(self, people: Mapping[UUID, Work]) -> None:
        await show(await self._prepare(), people)

    async def _prepare(self) -> AsyncSession:
        session = await self._unit.session(long=True)
        if not self._ready:
            await _create(session, self._stage)
            self._ready = True
        return session


async def _create(session: AsyncSession, stage: Table) -> None:
    await session.execute(DropTable(stage, if_exists=True))
    await session.execute(CreateTable(stage))
    for index in stage.indexes:
        await session.execute(CreateIndex(index))
