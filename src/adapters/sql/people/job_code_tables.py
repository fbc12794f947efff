"""The tables of job codes and of the titles that mean them. Both are append-only: what was known when stays known."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint, Uuid

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.recorded import recorded_at
from adapters.sql.kit.schema import identity, metadata
from adapters.sql.kit.types import Stored
from adapters.sql.people.meanings import TextKind, table_of_meanings
from domain.kernel.errors import StaleVersion
from domain.people.job_codes import JobCode

CODES: Document[tuple[JobCode, ...]] = Document(tuple[JobCode, ...])

job_code_tables = Table(
    "job_code_tables",
    metadata,
    identity(),
    Column("version", Integer(), nullable=False),
    Column("codes", Stored(CODES), nullable=False),
    recorded_at(covered=False),
    Column("recorded_by", Uuid()),
    # Versions have no gaps, so a taken number means that somebody else has changed the table.
    UniqueConstraint("version", info={"violated": StaleVersion}),
    info=append_only(),
)

job_titles = table_of_meanings("job_titles", "title", Column("job_code", String(40)))
Index("ix_job_titles_job_code", job_titles.c.job_code)
JOB_TITLES = TextKind(job_titles, "title", "job_title", "job_code")
