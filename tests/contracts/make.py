"""Builders with fixed times and ids, so that a failure looks the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.documents import CanonicalFingerprints
from application.kernel.lists import Present
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import (
    Choice,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    QuestionMetadata,
    QuizQuestion,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from domain.catalogue.reopening import Reopening, Reopens
from domain.catalogue.sections import Attestation, Document, Lesson, ModuleSection, Quiz, SectionContent, Video
from domain.catalogue.versions import ModuleVersion
from domain.kernel.days import LocalDays
from domain.kernel.roles import Role
from domain.learning.enrollments import Enrollment
from domain.people.roster import RosterEntry
from domain.people.users import User

YEARLY = Reopening(Reopens.EVERYONE, date(2027, 3, 31))
T = datetime(2026, 3, 31, 9, 30, 15, 123456, tzinfo=UTC)
"""When everything happens, unless a test says otherwise."""
PRESENT = Present(T)
UTC_DAYS = LocalDays("UTC")

UNICODE = 'Zahnärztin 日本語 🦷 é "quoted" \\back\\ 100%_ <b>&amp;</b>\n\tend'
ON_ONE_LINE = " ".join(UNICODE.split())
"""Text that naive storage spoils."""

NOBODY = UUID(int=999_999)
"""An id that nothing has."""

CHOICES = (Choice("a", "Gloves"), Choice("b", UNICODE), Choice("c-_1", "Mask"))

QUESTIONS: tuple[QuestionMetadata, ...] = (
    SingleChoice(CHOICES, "b"),
    MultipleChoice(CHOICES, ("c-_1", "a")),
    TrueFalse(False),
    ShortText(("exposure control plan", "ECP", UNICODE), case_sensitive=True),
    Numeric(-12.345, tolerance=0.001, unit="µg/m³"),
    Ordering(CHOICES, ("c-_1", "a", "b")),
    Matching(CHOICES, (Choice("x", "1"), Choice("y", "2")), {"a": "y", "b": "x", "c-_1": "y"}),
)
"""One of each of the seven kinds."""

CONTENTS: tuple[SectionContent, ...] = (
    Lesson(f"# Read\n\n{UNICODE}"),
    Video("https://example.com/film?a=1&b=2", 86_400, "Watch"),
    Document("https://example.com/regulation#12"),
    Quiz(UNICODE),
    Attestation("I have understood.", "Sign"),
)
"""One of each of the five kinds."""


def later(**by: float) -> datetime:
    """A moment after T: `later(minutes=5)`."""
    return T + timedelta(**by)


def uid(n: int) -> UUID:
    """The id number n; a higher number sorts later."""
    return UUID(int=n)


def user_id(n: int) -> UUID:
    """The id of `a_user(n)`."""
    return uid(1_000 + n)


def section_id(n: int) -> UUID:
    """The id of `a_section(n)`."""
    return uid(20_000 + n)


def question_id(n: int) -> UUID:
    """The id of `a_question(n)`."""
    return uid(30_000 + n)


def a_question(n: int = 1, metadata: QuestionMetadata = QUESTIONS[0]) -> QuizQuestion:
    return QuizQuestion(
        question_id(n), prompt=f"Question {n}?", points=n % 100 + 1, explanation="Because.", metadata=metadata
    )


def a_section(
    n: int = 1, content: SectionContent = CONTENTS[0], questions: Sequence[QuizQuestion] = ()
) -> ModuleSection:
    return ModuleSection(section_id(n), title=f"Section {n}", content=content, questions=questions)


def a_module(
    n: int = 1,
    *,
    slug: str | None = None,
    title: str = "Infection control",
    summary: str = "",
    tags: Sequence[str] = (),
    sections: Sequence[ModuleSection] = (),
    status: ModuleStatus = ModuleStatus.DRAFT,
    now: datetime = T,
) -> TrainingModule:
    """The module with id n; a status other than draft needs no section here, and stands for a version 1."""
    module = TrainingModule.draft(
        uid(n), slug=slug or f"module-{n}", title=title, summary=summary, tags=tags, sections=sections, now=now
    )
    module.status = status
    module.version_number = None if status is ModuleStatus.DRAFT else 1
    return module


def a_published_module(n: int = 1, **changes: Any) -> tuple[TrainingModule, ModuleVersion]:
    """A module and its version 1, with one section unless others are given."""
    module = a_module(n, **{"sections": [a_section(n)], **changes})
    return module, published(module)


def published(module: TrainingModule, *, by: UUID | None = None, now: datetime = T, **how: Any) -> ModuleVersion:
    """The next version of the module."""
    return module.publish(CanonicalFingerprints().of, by=by, now=now, **how)


def a_full_module(n: int = 1) -> TrainingModule:
    """A module with a value in every field, all kinds of sections and all kinds of questions."""
    module, _ = a_full_version(n)
    module.archive(now=later(days=400, microseconds=999_999))
    return module


def a_full_version(n: int = 1) -> tuple[TrainingModule, ModuleVersion]:
    """A published module with a value in every field, all kinds of sections and of questions, and its version."""
    questions = [a_question(100 * n + i, metadata) for i, metadata in enumerate(QUESTIONS)]
    sections = [
        a_section(100 * n + i, content, questions if isinstance(content, Quiz) else ())
        for i, content in enumerate(CONTENTS)
    ]
    module = TrainingModule.draft(
        uid(n),
        slug=f"full-{n}",
        title=UNICODE[:200],
        summary=UNICODE,
        tags=("osha", "annual", "b-2"),
        citation="29 CFR 1910.1030 § (g)(2)",
        estimated_minutes=1_440,
        rules=CompletionRules(False, 1_440, 100, 100, 10_080),
        evidence=EvidenceTerms(120, 50, 0.1),
        sections=sections,
        now=T,
    )
    module.require_first([uid(7), uid(5)], {uid(7): (), uid(5): ()}, now=T)
    version = published(
        module, by=user_id(9), now=later(microseconds=1), change_note=UNICODE, material=True, reopening=YEARLY
    )
    return module, version


ADDRESS = "the person's own"


def a_user(
    n: int = 1,
    *,
    email: str | None = ADDRESS,
    employee_id: str | None = None,
    full_name: str | None = None,
    department: str | None = None,
    job_title: str | None = None,
    location: str | None = None,
    supabase_id: str | None = None,
    metadata: dict[str, Any] | None = None,
    is_active: bool = True,
    role: Role = Role.AUTHENTICATED,
    managed_departments: Sequence[str] = (),
    now: datetime = T,
) -> User:
    user = User(
        user_id(n),
        email=f"user{n}@example.com" if email is ADDRESS else email,
        employee_id=employee_id,
        full_name=full_name,
        department=department,
        job_title=job_title,
        location=location,
        supabase_id=supabase_id,
        profile_metadata=metadata,
        role=role,
        managed_departments=managed_departments,
        now=now,
    )
    user.is_active = is_active
    return user


def a_full_user(n: int = 1) -> User:
    """A user with a value in every field."""
    user = User(
        user_id(n),
        email=f"full{n}@example.com",
        employee_id=f"É-{n:05}",
        supabase_id=f"00000000-0000-4000-8000-{n:012}",
        full_name="Ana Müller-Núñez 🦷",
        department="Hygiene & Recall",
        job_title="Dental hygienist",
        location="Austin, TX",
        hired_on=date(2024, 2, 29),
        role=Role.COMPLIANCE,
        managed_departments=("Hygiene & Recall", "Zahnärzte 日本語", 'a "b", {c}'),
        profile_metadata={
            "license": {"state": "TX", "numbers": [1, 2.5, -9_007_199_254_740_993], "expired": False},
            "notes": UNICODE,
            "nothing": None,
            "empty": {},
            "ключ": ["ä", []],
        },
        now=T,
    )
    user.email_confirmed = True
    user.last_sign_in = later(hours=-1, microseconds=1)
    user.first_sign_in = later(days=-3, microseconds=5)
    user.email_as_of = later(days=-2, microseconds=3)
    user.erased_at = later(days=9)
    return user


def an_enrollment(module: int, user: int, *, by: int | None = None, version: int = 1, now: datetime = T) -> Enrollment:
    """`a_user(user)` in this version of `a_module(module)`, enrolled by another user, or by the service."""
    return Enrollment(
        uid(module),
        user_id(user),
        version_number=version,
        cycle_id=cycle_id(module, user),
        enrolled_by=None if by is None else user_id(by),
        now=now,
    )


def cycle_id(module: int, user: int) -> UUID:
    """The cycle of `an_enrollment(module, user)`."""
    return uid(1_000_000 * module + user)


def a_line(line: int, email: str | None, **columns: Any) -> tuple[UUID, RosterEntry]:
    """A line of the roster to stage, with the id of `a_user(line)`."""
    return user_id(line), RosterEntry(line, str(email), **columns)
