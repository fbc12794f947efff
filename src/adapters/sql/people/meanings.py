"""What texts of users mean: table, repository and reader of any kind of text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    exists,
    func,
    insert,
    select,
    update,
)

from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.pages import Listing, at_most, before
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.recorded import clock, moment_of, recorded_at
from adapters.sql.kit.schema import ORDERED, identity, metadata
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.tables import users
from application.kernel.messages import Cursor, Page
from domain.kernel.aggregate import next_moment
from domain.people.meanings import Meaning, text_key
from domain.people.users import User

T = TypeVar("T")
V = TypeVar("V")
U = TypeVar("U")

MEANINGS = 0x5544_4C4E
"""The advisory lock for changing what texts mean; any number that nothing else in the database uses."""


def table_of_meanings(name: str, text: str, target: Column[Any]) -> Table:
    """A table of meanings, with the text as written in the column `text`."""
    table = Table(
        name,
        metadata,
        identity(),
        Column("text_key", Text(), nullable=False),
        Column(text, String(120), nullable=False),
        target,
        recorded_at(),
        Column("recorded_by", Uuid()),
        UniqueConstraint("text_key", "recorded_at"),
        info=append_only(),
    )
    Index(f"ix_{name}_newest", table.c.recorded_at.desc(), table.c.id.desc())
    return table


class TextKind:
    """A kind of text: the table of its meanings, and the columns of users with the text and with what it means.

    `text` is the name of the column in the table, `of_users` that in the users; both name the target alike.
    """

    def __init__(self, facts: Table, text: str, of_users: str, target: str) -> None:
        self.facts, self.text, self.target = facts, facts.c[text], facts.c[target]
        self.of_users, self.target_of_users = of_users, target
        self.user_text, self.user_key = users.c[of_users], users.c[f"{of_users}_folded"]
        self.user_target = users.c[target]
        self.fact = columns_of(Meaning, facts, text=self.text, target=self.target)
        later = facts.alias("later")
        self.is_newest = ~exists().where(
            later.c.text_key == facts.c.text_key, later.c.recorded_at > facts.c.recorded_at
        )
        self.known = select(facts.c.text_key, self.target).where(
            any_of(facts.c.text_key, "keys"), self.is_newest, self.target.is_not(None)
        )
        self.of_key = select(self.meant(bindparam("text_key", type_=Text())))
        meant = self.meant(self.user_key)
        self.follow = (
            update(users)
            .where(self.user_target.is_distinct_from(meant))
            .values({target: meant})
            .returning(users.c.id)
            # Objects in the session have theirs already: see `settle`.
            .execution_options(synchronize_session=False)
        )

    def meant(self, key: ColumnElement[Any]) -> Any:
        """What the text with this key means, as a subquery; NULL when it means nothing."""
        meant = select(self.target).where(self.facts.c.text_key == key)
        return meant.order_by(self.facts.c.recorded_at.desc()).limit(1).scalar_subquery()


class SqlMeanings(Generic[T]):
    """What texts mean, in the unit of work."""

    def __init__(self, unit: SqlUnit, texts: TextKind) -> None:
        self._unit = unit
        self._texts = texts
        self._found: dict[str, T | None] = {}

    async def meant(self, text: str | None) -> T | None:
        if text is None:
            return None
        key = text_key(text)
        if key not in self._found:
            session = await self._unit.session()
            # In a statement of its own: the next one sees what was recorded before.
            await self._unit.hold(MEANINGS, shared=True)
            self._found[key] = await session.scalar(self._texts.of_key, {"text_key": key})
        return self._found[key]

    async def settle(self, user_ids: Sequence[UUID]) -> None:
        others, texts = set(user_ids), self._texts
        # People who are in memory anyway are not read again, and those without a text take no statement.
        for user in self._unit.touched(User):
            if user.id in others:
                others.discard(user.id)
                target = await self.meant(getattr(user, texts.of_users))
                if getattr(user, texts.target_of_users) != target:
                    setattr(user, texts.target_of_users, target)
        if others:
            session = await self._unit.session()
            await session.flush()
            await self._unit.hold(MEANINGS, shared=True)
            await session.execute(texts.follow.where(any_of(users.c.id, "ids")), {"ids": sorted(others)})

    async def known(self, texts: Collection[str]) -> dict[str, T]:
        session = await self._unit.session()
        rows = await session.execute(self._texts.known, {"keys": keys_of(texts)})
        return {row.text_key: row[1] for row in rows}

    async def meanings(self, texts: Collection[str]) -> dict[str, Meaning[T]]:
        session = await self._unit.session()
        await self._unit.hold(MEANINGS)
        facts = self._texts.facts
        newest = select(*self._texts.fact).where(any_of(facts.c.text_key, "keys"), self._texts.is_newest)
        found: list[Meaning[T]] = [Meaning(*row) for row in await session.execute(newest, {"keys": keys_of(texts)})]
        return {each.text_key: each for each in found}

    async def record(self, texts: Mapping[UUID, str], target: T | None, recorded_by: UUID | None) -> None:
        session, facts = await self._unit.session(), self._texts.facts
        # Later than the meanings before, also if the clock was set back.
        last = select(func.max(facts.c.recorded_at)).where(any_of(facts.c.text_key, "keys")).scalar_subquery()
        found = select(clock(self._unit.dialect).scalar_subquery(), last)
        now, newest = (await session.execute(found, {"keys": keys_of(texts.values())})).one()
        at = next_moment(moment_of(self._unit.dialect, now), newest)
        said = {self._texts.target.name: target, "recorded_at": at, "recorded_by": recorded_by}
        keys = {fact_id: text_key(text) for fact_id, text in texts.items()}
        rows = [
            {"id": fact_id, "text_key": keys[fact_id], self._texts.text.name: text, **said}
            for fact_id, text in texts.items()
        ]
        await session.execute(insert(facts), rows)
        self._found.update(dict.fromkeys(keys.values(), target))

    async def follow(self, texts: Collection[str]) -> list[UUID]:
        session = await self._unit.session()
        await session.flush()
        having = self._texts.follow.where(any_of(self._texts.user_key, "keys"))
        return sorted(await session.scalars(having, {"keys": keys_of(texts)}))


def keys_of(texts: Collection[str]) -> list[str]:
    return sorted({text_key(text) for text in texts})


class SqlMeaningReader(Generic[T, V, U]):
    """What texts mean, one statement a call.

    `view` shows a fact; `unmapped` shows texts with their numbers of people, how many texts there are, and how many
    people have one.
    """

    def __init__(
        self, reads: Reads, texts: TextKind, view: type[V], unmapped: Callable[[list[tuple[str, int]], int, int], U]
    ) -> None:
        self._reads, self._texts, self._unmapped = reads, texts, unmapped
        self._view: Any = view

    async def mapped(self, targets: tuple[T, ...], after: Cursor | None, limit: int) -> Page[V]:
        some = {"targets": targets} if targets else {}
        statement = _mapped(self._texts, self._view, bool(some), after is not None)
        return await _listing(self._view).page(self._reads, statement, after, limit, **some) or Page([], None)

    async def unmapped(self, limit: int) -> U:
        rows = await self._reads.rows(_unmapped(self._texts), limit=limit)
        texts, people = (rows[0][2], int(rows[0][3])) if rows else (0, 0)
        return self._unmapped([(text, count) for text, count, _, _ in rows], texts, people)


@cache
def _listing(view: type[Any]) -> Listing[Any]:
    return Listing(view, lambda last: Cursor(last.recorded_at, last.id))


@cache
def _mapped(texts: TextKind, view: type[Any], some: bool, after: bool) -> Select[Any]:
    facts, target = texts.facts, texts.target
    meant = any_of(target, "targets") if some else target.is_not(None)
    statement = select(*columns_of(view, facts)).where(meant, texts.is_newest)
    if after:
        statement = statement.where(before(facts.c.recorded_at, facts.c.id))
    return statement.order_by(facts.c.recorded_at.desc(), facts.c.id.desc()).limit(at_most())


@cache
def _unmapped(texts: TextKind) -> Select[Any]:
    key, count = texts.user_key, func.count()
    counted: list[Any] = [
        # One of the text's spellings, the same one on every database.
        func.min(texts.user_text.cast(ORDERED)).label("text"),
        count.label("people"),
        func.count().over().label("texts"),
        func.sum(count).over().label("all_people"),
    ]
    statement = select(*counted).where(users.c.is_active, key.is_not(None), texts.user_target.is_(None))
    return statement.group_by(key).order_by(count.desc(), key.cast(ORDERED)).limit(at_most())
