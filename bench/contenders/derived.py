"""What somebody owes as it is usually found out: derived by objects of the ORM in a loop whenever it is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, MetaData, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bench.group.training import Rule


class Base(DeclarativeBase):
    """Declarative registry."""

    metadata = MetaData(schema="training")


class Location(Base):
    """An office."""

    __tablename__ = "locations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    state: Mapped[str]


class Person(Base):
    """A person as of today, with all records."""

    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    department: Mapped[str | None]
    job_code: Mapped[str | None]
    hired_on: Mapped[date | None]
    location_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training.locations.id"))
    location: Mapped[Location | None] = relationship(lazy="selectin")
    records: Mapped[list[Record]] = relationship(lazy="selectin")


class Record(Base):
    """A completed course."""

    __tablename__ = "training_records"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training.users.id"))
    module_id: Mapped[uuid.UUID | None]
    completed_at: Mapped[datetime]


class Derived:
    """Derives it for one person at a time. It knows today only, neither leaves nor versions of rules."""

    def __init__(self, url: str, rules: Sequence[Rule]) -> None:
        self._engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
        self._rules = rules

    async def owes(self, user_id: uuid.UUID, day: date) -> list[tuple[int, str, date]]:
        """The number of each rule that concerns the person, with its standing and the day on which it is due."""
        async with AsyncSession(self._engine) as session:
            person = (await session.scalars(select(Person).where(Person.id == user_id))).one()
            return [(rule.number, *_standing(person, rule, day)) for rule in self._rules if _concerns(person, rule)]

    async def close(self) -> None:
        await self._engine.dispose()


def _concerns(person: Person, rule: Rule) -> bool:
    if rule.column is None:
        return True
    if rule.column == "state":
        return person.location is not None and person.location.state == rule.value
    return bool(getattr(person, rule.column) == rule.value)


def _standing(person: Person, rule: Rule, day: date) -> tuple[str, date]:
    done = [each.completed_at.date() for each in person.records if each.module_id == rule.module_id]
    due = max(done) + timedelta(days=365) if done else (person.hired_on or day) + timedelta(days=30)
    return ("met" if done and due >= day else "overdue" if due < day else "due"), due
