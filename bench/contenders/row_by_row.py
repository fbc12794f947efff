"""A roster imported as is usual: each person is looked up, compared and changed as an object of the ORM.

It keeps no history, sends no events, and asks nothing about addresses that belong to somebody else.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
import time
import uuid
from datetime import date
from pathlib import Path

from sqlalchemy import JSON, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
PLAIN = ("email", "full_name", "department", "job_title", "location")
METADATA = ("weekly_hours", "license_state")


class Base(DeclarativeBase):
    """Declarative registry."""


class Person(Base):
    """A person."""

    __tablename__ = "people"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    employee_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    full_name: Mapped[str | None]
    department: Mapped[str | None] = mapped_column(index=True)
    job_title: Mapped[str | None]
    location: Mapped[str | None] = mapped_column(index=True)
    hired_on: Mapped[date | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    profile_metadata: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


async def imported(url: str, path: Path) -> float:
    """The seconds that it took to import the file into a database, whose table is made first."""
    made = make_url(url)
    engine = create_async_engine(made.set(drivername=DRIVERS[made.get_backend_name()]))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    started = time.perf_counter()
    async with AsyncSession(engine) as session:
        listed = set()
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                listed.add(row["employee_id"])
                await _one(session, row)
        for person in await session.scalars(select(Person).where(Person.is_active)):
            person.is_active = person.employee_id in listed
        await session.commit()
    seconds = time.perf_counter() - started
    await engine.dispose()
    return seconds


async def _one(session: AsyncSession, row: dict[str, str]) -> None:
    found = await session.scalars(select(Person).where(Person.employee_id == row["employee_id"]))
    person = found.one_or_none()
    if person is None:
        person = Person(employee_id=row["employee_id"], is_active=True)
        session.add(person)
    for name in PLAIN:
        setattr(person, name, row[name] or None)
    person.hired_on = date.fromisoformat(row["rehired_on"] or row["hired_on"])
    person.profile_metadata = {name: row[name] for name in METADATA}
    person.is_active = True


def main() -> None:
    """Import one file into the database, and print the seconds."""
    sys.stdout.write(json.dumps(asyncio.run(imported(sys.argv[1], Path(sys.argv[2])))))


if __name__ == "__main__":
    main()
