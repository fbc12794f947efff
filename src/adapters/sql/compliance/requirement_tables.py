"""The tables of requirements: what stays the same, the draft that may change, and approved versions, which never do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.schema import history, identity, may, metadata, reported
from adapters.sql.kit.types import Moment, Stored, choice
from domain.compliance.requirement import RunningCycles
from domain.compliance.requirement_errors import RequirementCodeTaken
from domain.compliance.terms import Terms
from domain.compliance.terms_documents import terms_document
from domain.kernel.errors import StaleVersion

TERMS: Document[Terms] = Document(Terms, terms_document)

requirements = Table(
    "requirements",
    metadata,
    identity(),
    Column("code", String(60), nullable=False),
    Column("title", String(255), nullable=False),
    Column("retired_on", Date()),
    *history(),
    UniqueConstraint("code", info={"violated": RequirementCodeTaken}),
    info=may("UPDATE") | reported(),
)
Index("ix_requirements_newest", requirements.c.created_at.desc(), requirements.c.id.desc())


def _drafted() -> tuple[Column[Any], ...]:
    """What a version has from the beginning."""
    return (
        Column("requirement_id", ForeignKey("requirements.id"), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("effective_on", Date(), nullable=False),
        Column("terms", Stored(TERMS), nullable=False),
        Column("note", Text(), nullable=False),
        Column("drafted_by", Uuid()),
        Column("drafted_at", Moment(), nullable=False),
        Column("running", choice(RunningCycles, "running"), nullable=False),
        Column("transition_days", Integer(), nullable=False),
    )


requirement_drafts = Table(
    "requirement_drafts",
    metadata,
    *_drafted(),
    # There is one draft at most, so a second one means that somebody else has changed the requirement.
    PrimaryKeyConstraint("requirement_id", info={"violated": StaleVersion}),
    info=may("UPDATE", "DELETE"),
)

requirement_versions = Table(
    "requirement_versions",
    metadata,
    *_drafted(),
    Column("approved_by", Uuid()),
    Column("approved_at", Moment(), nullable=False),
    Column("acknowledged", Boolean(), nullable=False),
    PrimaryKeyConstraint("requirement_id", "number", info={"violated": StaleVersion}),
    info=append_only(),
)
