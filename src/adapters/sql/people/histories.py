"""Histories: versions of facts, added by units of work, and the reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    literal,
    null,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.registry import serves
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.owned_lists import scope_parameters
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.recorded import BEGINNING, clock, moment_of, read_watermark
from adapters.sql.kit.schema import derivations
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.history_beginnings import beginnings
from adapters.sql.people.history_tables import employment_states, positions
from adapters.sql.people.job_code_tables import JOB_TITLES, job_titles
from adapters.sql.people.location_histories import LOCATION_FACT, location_facts
from adapters.sql.people.location_histories import facts_of as location_facts_of
from adapters.sql.people.location_names import LOCATION_NAMES, location_names
from adapters.sql.people.meanings import TextKind
from adapters.sql.people.shown_days import DUE, NOTE_SHOWN
from adapters.sql.people.tables import user_merges, users, within
from application.kernel.access import Scope
from application.people.histories.ports import Followed, Histories
from application.people.histories.queries import HistoryReader, Recorded, Watermark
from domain.people.employment import EmploymentFact
from domain.people.facts import Fact, NewId, Origin, in_force
from domain.people.histories import History, Profile, begin, shown_by
from domain.people.meanings import Meaning
from domain.people.merging import Pointer
from domain.people.positions import Position, Work
from domain.people.recorded_facts import RecordedFacts
from domain.people.user_errors import UserNotFound
from domain.people.users import User

TABLES = (positions, employment_states)
COLUMNS = {column.name: column for table in TABLES for column in table.c if column.name not in derivations(table)}
POSITION, STATE = ([name for name in COLUMNS if name in table.c] for table in TABLES)
MEANT = {
    "means": literal(None, Text()),
    "text": location_names.c.text,
    "location_id": location_names.c.location_id,
    "job_code": job_titles.c.job_code,
    "into_id": user_merges.c.into_id,
}
"""What rows of meanings and of merges have beside; `means` is which of the last three."""
PLACE = {f"fact_{name}": column for name, column in LOCATION_FACT.items()}
"""What a fact about a location is made of, for which `means` is `place`."""


def _of(table: FromClause, columns: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """These columns of the table, NULL where it has none."""
    return select(
        *(
            table.c[name] if name in table.c else cast(null(), column.type).label(name)
            for name, column in columns.items()
        )
    )


FACTS = union_all(*(_of(table, COLUMNS) for table in TABLES)).subquery("facts")
"""The versions of both kinds: of a state `position_id` is NULL, and of a position `state`."""
SHOWN = [
    users.c[name]
    for name in (
        *("id", "department", "job_title", "location", "hired_on", "is_active", "shown_on"),
        *("erased_at", "merged_into"),
    )
]
OF_USERS = users.outerjoin(FACTS, FACTS.c.user_id == users.c.id)
WHO = bindparam("user_id", type_=Uuid())


def _recorded() -> Select[Any]:
    """The versions of both kinds of one user, all meanings of the texts, all versions of the facts about locations that
    these ever were, and the same of who was ever merged into the user.

    Of rows that are not versions of the facts about people `means` says what they are.
    """
    columns = {**COLUMNS, **MEANT, **PLACE}
    ids = select(WHO.label("user_id")).cte("ids", recursive=True)
    ids = ids.union(select(user_merges.c.user_id).where(user_merges.c.into_id == ids.c.user_id))
    all_ids = select(ids.c.user_id)

    def has_text(texts: TextKind) -> ColumnElement[bool]:
        held = select(positions.c[f"{texts.of_users}_folded"]).where(positions.c.user_id.in_(all_ids))
        return texts.facts.c.text_key.in_(held)

    def meanings(texts: TextKind) -> Select[Any]:
        known = texts.facts.c
        means = literal(texts.target.name, Text()).label("means")
        recorded = (known.recorded_at, known.recorded_by)
        facts = select(known.id, texts.text.label("text"), texts.target, means, *recorded).where(has_text(texts))
        return _of(facts.subquery(), columns)

    merge, place = user_merges.c, location_facts.c
    means = literal("into_id", Text()).label("means")
    merges = select(merge.id, merge.user_id, merge.into_id, merge.recorded_at, means).subquery()
    means = literal("place", Text()).label("means")
    were = select(location_names.c.location_id).where(has_text(LOCATION_NAMES))
    places = select(place.id, place.recorded_at, means, *PLACE.values()).where(place.location_id.in_(were)).subquery()
    every = union_all(
        *(_of(table, columns).where(table.c.user_id.in_(all_ids)) for table in TABLES),
        *(meanings(texts) for texts in (LOCATION_NAMES, JOB_TITLES)),
        _of(places, columns),
        _of(merges, columns).where(merges.c.user_id.in_(all_ids)),
    ).subquery("recorded")
    found = select(*every.c).select_from(users.outerjoin(every, true())).where(users.c.id == WHO)
    return found.order_by(every.c.recorded_at, every.c.id)


RECORDED = _recorded()
PLACES = {name: place for place, name in enumerate((*COLUMNS, *MEANT, *PLACE))}
KIND, FIRST = PLACES["means"], len(COLUMNS) + len(MEANT)
RECORDED_WITHIN = RECORDED.where(within())
LOCKED = select(users.c.id).where(users.c.id == bindparam("user_id", type_=Uuid())).with_for_update()


@cache
def _with_shown(dialect: str) -> Select[Any]:
    moment = clock(dialect).scalar_subquery().label("moment")
    return select(moment, *(column.label(f"user_{column.name}") for column in SHOWN), *FACTS.c).select_from(OF_USERS)


@serves(Histories)
class SqlHistories:
    """Histories in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._at: datetime | None = None

    async def of(self, user_id: UUID, new_id: NewId) -> History:
        session = await self._session()
        if self._unit.dialect == "postgresql":
            # So that two units of work never add to what each has read; SQLite serializes writers.
            await session.execute(LOCKED, {"user_id": user_id})
        found = await self.many([user_id], new_id)
        if not found:
            raise UserNotFound
        return found[0].history

    async def many(self, user_ids: Sequence[UUID], new_id: NewId) -> list[Followed]:
        return await self._found(_with_shown(self._unit.dialect).where(any_of(users.c.id, "ids")), user_ids, new_id)

    async def after(self, user_id: UUID | None, limit: int, new_id: NewId) -> list[Followed]:
        next_ones = select(users.c.id).order_by(users.c.id).limit(limit)
        if user_id is not None:
            next_ones = next_ones.where(users.c.id > user_id)
        statement = _with_shown(self._unit.dialect).where(users.c.id.in_(next_ones)).order_by(users.c.id)
        return await self._found(statement, (), new_id)

    async def _found(self, statement: Select[Any], user_ids: Sequence[UUID], new_id: NewId) -> list[Followed]:
        session = await self._session()
        shown: dict[UUID, Sequence[Any]] = {}
        facts: dict[UUID, list[Row]] = defaultdict(list)
        width = len(SHOWN) + 1
        for moment, *row in await session.execute(statement, {"ids": user_ids} if user_ids else {}):
            self._at = moment_of(self._unit.dialect, moment)
            shown[row[0]] = row[: len(SHOWN)]
            facts[row[0]].append(row[width - 1 :])
        found = []
        for user_id, (_, *work, hired_on, is_active, shown_on, erased_at, into) in shown.items():
            held, states = _facts_of(facts[user_id])
            history = History(user_id, in_force(held), in_force(states), new_id)
            profile = Profile(Work(*work), hired_on, is_active)
            found.append(Followed(history, profile, erased_at is not None, into is not None, shown_on))
        return found

    async def keep(self, histories: Sequence[History]) -> None:
        for table, facts in (
            (positions, [each for history in histories for each in history.positions.written]),
            (employment_states, [each for history in histories for each in history.employment.written]),
        ):
            if facts:
                await self._unit.insert(table, [self._row(each, table) for each in facts])

    async def begin(self, user_ids: Sequence[UUID], today: date, origin: Origin, new_id: NewId) -> None:
        known = {user.id: user for user in self._unit.touched(User)}
        if known.keys() >= set(user_ids):
            begun = [begin(user_id, shown_by(known[user_id]), today, origin, new_id) for user_id in user_ids]
            if self._unit.dialect != "postgresql" and any(each.has_news for each in begun):
                await self._read_moment(await self._session())
            await self.keep(begun)
            return
        session = await self._session()
        moment = await self._read_moment(session)
        for statement in beginnings(today, origin, moment):
            await session.execute(statement, {"ids": user_ids})

    async def note_shown(self, user_ids: Sequence[UUID], day: date) -> None:
        session = await self._session()
        await session.execute(NOTE_SHOWN, {"ids": user_ids, "day": day})

    async def due(self, today: date) -> list[UUID]:
        session = await self._session()
        return [*await session.scalars(DUE, {"today": today})]

    async def forget_reasons(self, user_id: UUID) -> None:
        session = await self._session()
        for table in TABLES:
            mine = (table.c.user_id == user_id, table.c.reason.is_not(None))
            await session.execute(update(table).where(*mine).values(reason=None))

    async def _session(self) -> AsyncSession:
        session = await self._unit.session()
        await session.flush()
        return session

    async def _read_moment(self, session: AsyncSession) -> datetime:
        self._at = moment_of(self._unit.dialect, await session.scalar(clock(self._unit.dialect)))
        return self._at

    def _row(self, fact: Fact, table: Table) -> dict[str, Any]:
        row = asdict(fact) | {name: derive(fact) for name, derive in derivations(table).items()}
        # Without a session, the database fills it in as it writes.
        del row["recorded_at"]
        return row if self._at is None else {**row, "recorded_at": self._at}


@serves(HistoryReader)
class SqlHistoryReader:
    """Histories, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def watermark(self) -> Watermark:
        ((found,),) = await self._reads.rows(read_watermark())
        return Watermark(found or BEGINNING)

    async def recorded(self, scope: Scope, user_id: UUID) -> Recorded | None:
        statement = RECORDED if scope.everyone else RECORDED_WITHIN
        rows = await self._reads.rows(statement, user_id=user_id, **scope_parameters(scope))
        if not rows:
            return None
        places, codes = (_meanings(rows, target) for target in ("location_id", "job_code"))
        locations = location_facts_of(row[FIRST:] for row in rows if row[KIND] == "place")
        versions: dict[UUID, list[Row]] = defaultdict(list)
        for row in rows:
            if row[KIND] is None:
                versions[row[PLACES["user_id"]]].append(row[: len(COLUMNS)])
        names = ("user_id", "into_id", "recorded_at")
        pointers = [Pointer(*(row[PLACES[name]] for name in names)) for row in rows if row[KIND] == "into_id"]

        def facts(of: UUID) -> RecordedFacts:
            return RecordedFacts(of, *_facts_of(versions[of]), places, codes, locations)

        return Recorded(facts(user_id), {each.user_id: facts(each.user_id) for each in pointers}, pointers)


def _meanings(rows: Iterable[Row], target: str) -> list[Meaning[Any]]:
    names = ("id", "text", target, "recorded_at", "recorded_by")
    return [Meaning(*(row[PLACES[name]] for name in names)) for row in rows if row[KIND] == target]


def _facts_of(rows: Iterable[Row]) -> tuple[list[Position], list[EmploymentFact]]:
    """The facts in these rows, each of all columns of both tables; that of somebody without any is of NULLs."""
    held, states = list[Position](), list[EmploymentFact]()
    for row in rows:
        values = dict(zip(COLUMNS, row, strict=True))
        if values["id"] is None:
            continue
        if values["position_id"] is None:
            states.append(EmploymentFact(**{name: values[name] for name in STATE}))
        else:
            held.append(Position(**{name: values[name] for name in POSITION}))
    return held, states
