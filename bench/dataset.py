"""The rows that everybody is measured on: made up, and the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

MODULES = 2_000
SECTIONS = 8
USERS = 5_000
ENROLLED = 2_000
"""How many of the users are enrolled in modules at all."""
EACH = 25
"""Modules that each of them is enrolled in: 50,000 enrollments."""

ADMINISTRATOR = 0
COMPLIANCE = range(1, 21)
AUTHORS = range(21, 41)
PARTICIPANTS = range(1_000, 1_000 + ENROLLED)
FREE = range(3_000, USERS)
"""Learners without an enrollment, to be enrolled while measuring."""

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SIGNED_IN = datetime(2026, 6, 1, tzinfo=UTC)

DEPARTMENTS = (
    "Hygiene", "Assisting", "Front Desk", "Claims", "Billing",
    "Sterilization", "Radiology", "Orthodontics", "Training", "Management",
)  # fmt: skip
TAGS = ("osha", "hipaa", "annual", "clinical", "claims", "radiation", "onboarding", "emergency")
VOCABULARY = (
    "exposure control plan gloves mask eyewear sharps container sterilizer spore test log patient record privacy "
    "disclosure minimum necessary claim code narrative attachment preauthorization radiograph dosimeter badge "
    "waterline biofilm disinfectant contact time surface barrier hand hygiene vaccination incident report supervisor "
    "training annual review instrument cassette autoclave indicator chart consent emergency oxygen airway epinephrine"
)
WORDS = VOCABULARY.split()


@dataclass(frozen=True, slots=True)
class Section:
    """A lesson; `markdown` has 600 to 1,200 characters."""

    id: UUID
    position: int
    title: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module with its sections."""

    id: UUID
    slug: str
    title: str
    summary: str
    status: str
    tags: list[str]
    citation: str
    estimated_minutes: int
    created_at: datetime
    published_at: datetime | None
    archived_at: datetime | None
    sections: tuple[Section, ...]

    @property
    def is_draft(self) -> bool:
        return self.status == "draft"

    @property
    def is_published(self) -> bool:
        return self.status == "published"


@dataclass(frozen=True, slots=True)
class User:
    """A person who has signed in before."""

    id: UUID
    supabase_id: str
    email: str
    full_name: str
    department: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A user in a module."""

    module: Module
    user: User
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class Dataset:
    """All of it. Modules and users are in order of creation, the enrollments of a user in order of time."""

    modules: tuple[Module, ...]
    users: tuple[User, ...]
    enrollments: tuple[Enrollment, ...]

    def shown(self) -> list[Module]:
        """What learners see, oldest first."""
        return [module for module in self.modules if not module.is_draft]

    def published(self) -> list[Module]:
        """What one can enroll in, oldest first."""
        return [module for module in self.modules if module.is_published]

    def of_participant(self, number: int) -> list[Enrollment]:
        """The enrollments of the user of this number, newest first."""
        first = (number - PARTICIPANTS.start) * EACH
        return list(reversed(self.enrollments[first : first + EACH]))


@cache
def dataset() -> Dataset:
    """The same each time."""
    chance = random.Random(20_260_101)  # made-up rows
    modules = tuple(_module(number, chance) for number in range(MODULES))
    users = tuple(_user(number, chance) for number in range(USERS))
    open_to_all = [module for module in modules if not module.is_draft]
    enrollments = tuple(
        Enrollment(
            open_to_all[(7 * place + 79 * each) % len(open_to_all)],
            users[number],
            BEGIN + timedelta(days=30, minutes=each, microseconds=place),
        )
        for place, number in enumerate(PARTICIPANTS)
        for each in range(EACH)
    )
    return Dataset(modules, users, enrollments)


def text(chance: random.Random, length: int) -> str:
    """Markdown of about this many characters."""
    parts = [f"## {' '.join(chance.choices(WORDS, k=4)).capitalize()}\n\n"]
    size = len(parts[0])
    while size < length:
        sentence = " ".join(chance.choices(WORDS, k=chance.randint(6, 14))).capitalize()
        parts.append(f"- **{sentence}.**\n" if chance.random() < 0.2 else f"{sentence}. ")
        size += len(parts[-1])
    return "".join(parts)[:length].rstrip() + "."


def new_module(number: int, chance: random.Random) -> dict[str, Any]:
    """The body of a request for a new module with three sections, each number another one."""
    return {
        "title": f"Measured module {number}",
        "slug": f"measured-module-{number}",
        "summary": text(chance, 150),
        "tags": chance.sample(TAGS, 3),
        "citation": "29 CFR 1910.1030",
        "estimated_minutes": 45,
        "sections": [
            {"title": f"Step {position}", "content": {"kind": "lesson", "markdown": text(chance, 900)}}
            for position in (1, 2, 3)
        ],
    }


def _module(number: int, chance: random.Random) -> Module:
    created_at = BEGIN + timedelta(minutes=number)
    status = {0: "draft", 10: "archived"}.get(number % 20, "published")
    return Module(
        id=_id(chance),
        slug=f"module-{number}",
        title=f"Module {number}: {' '.join(chance.choices(WORDS, k=4))}",
        summary=text(chance, 150),
        status=status,
        tags=chance.sample(TAGS, 3),
        citation="29 CFR 1910.1030",
        estimated_minutes=chance.randint(10, 90),
        created_at=created_at,
        published_at=None if status == "draft" else created_at + timedelta(hours=1),
        archived_at=created_at + timedelta(days=1) if status == "archived" else None,
        sections=tuple(
            Section(_id(chance), position, f"Step {position}", text(chance, chance.randint(600, 1_200)))
            for position in range(1, SECTIONS + 1)
        ),
    )


def _user(number: int, chance: random.Random) -> User:
    role = "authenticated"
    if number == ADMINISTRATOR:
        role = "admin"
    elif number in COMPLIANCE:
        role = "compliance"
    elif number in AUTHORS:
        role = "author"
    return User(
        id=_id(chance),
        supabase_id=str(_id(chance)),
        email=f"person{number}@unifieddental.example",
        full_name=f"Person {number}",
        department=DEPARTMENTS[number % len(DEPARTMENTS)],
        role=role,
        created_at=BEGIN + timedelta(seconds=number),
    )


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
