"""The data guide's models: declarative, collections loaded by `selectin`, the association as a plain table.

Where its text does not run as it stands, it is corrected in its own spirit: times are aware of their zone, since the
driver refuses others for `timestamptz`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, SmallInteger, String, Table, Text, func, make_url, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

POOL = 32
"""Connections, as many as ask at once: with the engine's own five it would be slower."""


def now() -> datetime:
    return datetime.now(UTC)


def async_url(url: str) -> str:
    """The URL with the asynchronous driver."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


class Base(DeclarativeBase):
    """Declarative registry shared across all models."""


class TimestampedUUIDModel(Base):
    """A primary key and the times of creation and change."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(
        UUID(as_uuid=True), primary_key=True, default=uuid.uuid4, server_default=text("gen_random_uuid()")
    )
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=now, server_default=func.now(), nullable=False
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=now, server_default=func.now(), onupdate=func.now(), nullable=False
    )


enrollment_table = Table(
    "module_enrollments",
    Base.metadata,
    Column("module_id", ForeignKey("training_modules.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
)


class User(TimestampedUUIDModel):
    """A person."""

    __tablename__ = "users"

    supabase_id: Mapped[str] = mapped_column(String, unique=True, index=True)
    email: Mapped[str] = mapped_column(String, unique=True, index=True)
    full_name: Mapped[str | None] = mapped_column(String, nullable=True)
    department: Mapped[str | None] = mapped_column(String, nullable=True, index=True)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False)
    email_confirmed: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False)
    role: Mapped[str] = mapped_column(String, default="authenticated", nullable=False)
    last_sign_in: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    profile_metadata: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    enrolled_modules: Mapped[list[TrainingModule]] = relationship(
        secondary=enrollment_table, back_populates="participants"
    )


class TrainingModule(TimestampedUUIDModel):
    """A module with its sections."""

    __tablename__ = "training_modules"

    slug: Mapped[str] = mapped_column(String(80), unique=True, index=True)
    title: Mapped[str] = mapped_column(String(255), nullable=False)
    summary: Mapped[str] = mapped_column(Text, default="", nullable=False)
    status: Mapped[str] = mapped_column(String(20), default="draft", index=True, nullable=False)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, nullable=False)
    citation: Mapped[str | None] = mapped_column(String(200))
    estimated_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=now, server_default=func.now(), nullable=False, index=True
    )
    sections: Mapped[list[ModuleSection]] = relationship(
        back_populates="module", cascade="all, delete-orphan", lazy="selectin", order_by="ModuleSection.position"
    )
    participants: Mapped[list[User]] = relationship(secondary=enrollment_table, back_populates="enrolled_modules")


class ModuleSection(TimestampedUUIDModel):
    """A step of a module."""

    __tablename__ = "module_sections"

    module_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_modules.id"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    title: Mapped[str] = mapped_column(String(255), nullable=False)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    module: Mapped[TrainingModule] = relationship(back_populates="sections")


class OutboxEvent(TimestampedUUIDModel):
    """What happened, for others to learn."""

    __tablename__ = "outbox_events"

    name: Mapped[str] = mapped_column(String(80), nullable=False)
    subject_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


engine = create_async_engine(
    async_url(os.environ.get("DATABASE_URL", "postgresql://localhost")), pool_size=POOL, max_overflow=0
)
AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)


async def get_db() -> AsyncIterator[AsyncSession]:
    """One session a request."""
    async with AsyncSessionLocal() as session:
        yield session
