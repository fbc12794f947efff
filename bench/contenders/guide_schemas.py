"""The data guide's Pydantic models: what comes in is validated, what goes out is made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Lesson(BaseModel):
    """A document, validated before it is stored."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["lesson"]
    markdown: str = Field(min_length=1, max_length=100_000)


class SectionCreate(BaseModel):
    """A section to be written."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=255)
    content: Lesson


class ModuleCreate(BaseModel):
    """A module to be written."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=255)
    slug: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)
    summary: str = Field(default="", max_length=5_000)
    tags: list[str] = Field(default_factory=list, max_length=20)
    citation: str | None = Field(default=None, max_length=200)
    estimated_minutes: int | None = Field(default=None, ge=1, le=1_440)
    sections: list[SectionCreate] = Field(default_factory=list, max_length=200)


class SectionRead(BaseModel):
    """A section as a module shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    position: int
    title: str
    content: Lesson


class ModuleSummary(BaseModel):
    """A module as lists show it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    title: str
    summary: str
    status: str
    tags: list[str]
    citation: str | None
    estimated_minutes: int | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    archived_at: datetime | None


class ModuleRead(ModuleSummary):
    """A module with its sections."""

    sections: list[SectionRead]


class EnrolledModule(BaseModel):
    """A module as the list of a user's enrollments shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    title: str
    status: str
    estimated_minutes: int | None


class EnrollmentCreate(BaseModel):
    """Whom to enroll."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID


class EnrollmentRead(BaseModel):
    """A user in a module."""

    module_id: UUID
    user_id: UUID
