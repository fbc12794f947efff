"""The answers stored for repeated requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    CHAR,
    JSON,
    Column,
    CursorResult,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.registry import serves
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.append_only_triggers import Released
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.types import Moment, ago, now_utc
from adapters.sql.kit.units import SqlUnit
from application.kernel.units import (
    QUOTA,
    Answer,
    Answers,
    IdempotencyKey,
    KeyInFlight,
    KeyReused,
    Quota,
    TooManyAnswers,
)

answers = Table(
    "idempotency_keys",
    metadata,
    Column("owner", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("fingerprint", CHAR(64), nullable=False),
    Column("status", SmallInteger(), nullable=False),
    Column("headers", JSONB().with_variant(JSON(), "sqlite"), nullable=False),
    Column("body", LargeBinary(), nullable=False),
    Column("created_at", Moment(), nullable=False),
    PrimaryKeyConstraint("owner", "key", info={"violated": KeyInFlight}),
    Index("ix_idempotency_keys_created_at", "created_at"),
    info=append_only(stays=("created_at", timedelta(hours=24)), forgotten=True, released=Released("owner")),
)


@serves(Answers)
class SqlAnswers:
    """Answers in the unit's transaction; on PostgreSQL an advisory lock holds the key until it ends."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._locks = unit.dialect == "postgresql"

    async def claim(self, key: IdempotencyKey, quota: Quota = QUOTA) -> Answer | None:
        session = await self._unit.session()
        if self._locks:
            # Transaction-level, so that it also works behind a pooler; SQLite serializes writers anyway.
            name = func.hashtextextended(f"{key.owner}/{key.value}", 0)
            if not await session.scalar(select(func.pg_try_advisory_xact_lock(name))):
                raise KeyInFlight
        of_owner = select(answers.c.body).where(answers.c.owner == key.owner).limit(quota.number).subquery()
        used = select(func.count().label("number"), func.sum(func.length(of_owner.c.body)).label("bytes")).subquery()
        found = and_(answers.c.owner == key.owner, answers.c.key == key.value)
        result = await session.execute(
            select(used, answers.c.fingerprint, answers.c.status, answers.c.headers, answers.c.body).select_from(
                used.outerjoin(answers, found)
            )
        )
        row = result.one()
        if row.fingerprint is None:
            if row.number >= quota.number or (row.bytes or 0) >= quota.bytes:
                raise TooManyAnswers
            return None
        if row.fingerprint != key.fingerprint:
            raise KeyReused
        return Answer(row.status, tuple((name, value) for name, value in row.headers), bytes(row.body))

    async def keep(self, key: IdempotencyKey, answer: Answer) -> None:
        session = await self._unit.session()
        await session.execute(
            insert(answers).values(
                owner=key.owner,
                key=key.value,
                fingerprint=key.fingerprint,
                status=answer.status,
                headers=[list(header) for header in answer.headers],
                body=answer.body,
                created_at=now_utc(),
            )
        )

    async def forget(self, older_than: timedelta) -> int:
        session = await self._unit.session(long=True)
        result = await session.execute(delete(answers).where(answers.c.created_at < ago(older_than.total_seconds())))
        return cast(CursorResult[Any], result).rowcount

    async def forget_of(self, owner: UUID) -> None:
        session = await self._unit.session()
        # A trigger checks whether the owner was erased, so the erasure is written first.
        await session.flush()
        await session.execute(delete(answers).where(answers.c.owner == str(owner)))
