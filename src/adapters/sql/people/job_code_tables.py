"""The tables of job codes and of the titles that mean them. Both are append-only: what was known when stays known."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.recorded import recorded_at
from adapters.sql.kit.schema import identity, metadata
from adapters.sql.kit.types import Stored
from domain.kernel.errors import StaleVersion
from domain.people.job_codes import JobCode

CODES: Document[tuple[JobCode, ...]] = Document(tuple[JobCode, ...])

job_code_tables = Table(
    "job_code_tables",
    metadata,
    identity(),
    Column("version", Integer(), nullable=False),
    Column("codes", Stored(CODES), nullable=False),
    recorded_at(),
    Column("recorded_by", Uuid()),
    # Versions have no gaps, so a taken number means that somebody else has changed the table.
    UniqueConstraint("version", info={"violated": StaleVersion}),
    info=append_only(),
)

job_titles = Table(
    "job_titles",
    metadata,
    identity(),
    Column("text_key", Text(), nullable=False),
    Column("title", String(120), nullable=False),
    Column("job_code", String(40)),
    recorded_at(),
    Column("recorded_by", Uuid()),
    UniqueConstraint("text_key", "recorded_at"),
    info=append_only(),
)
Index("ix_job_titles_newest", job_titles.c.recorded_at.desc(), job_titles.c.id.desc())
Index("ix_job_titles_job_code", job_titles.c.job_code)
