"""Small valid examples of what the domain knows. The same each time: ids and times are fixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import QuizQuestion, TrueFalse
from domain.catalogue.sections import Attestation, Lesson, ModuleSection, Quiz
from domain.catalogue.versions import ModuleVersion, VersionedQuestion, VersionedSection, VersionSettings
from domain.kernel.days import LocalDays
from domain.learning.enrollments import Enrollment
from domain.people.users import User

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
UTC_DAYS = LocalDays("UTC")


def uid(number: int) -> UUID:
    """The id of this number; greater numbers sort later."""
    return UUID(int=number)


def fingerprint(document: object) -> str:
    """Tells documents apart by what Python shows of them."""
    return sha256(repr(document).encode()).hexdigest()


def a_question(number: int = 1, **changes: Any) -> QuizQuestion:
    """A true-or-false question."""
    return QuizQuestion(
        uid(number),
        **{
            "prompt": f"Statement {number}",
            "points": 1,
            "explanation": "",
            "metadata": TrueFalse(correct=True),
            **changes,
        },
    )


def a_lesson(number: int = 1, title: str = "Standard precautions") -> ModuleSection:
    """A section to read."""
    return ModuleSection(uid(number), title=title, content=Lesson("Treat all blood as infectious."))


def a_quiz(number: int = 1, *questions: QuizQuestion) -> ModuleSection:
    """A quiz section, without questions unless they are given."""
    return ModuleSection(uid(number), title="Knowledge check", content=Quiz(), questions=questions)


def an_attestation(number: int = 1, statement: str = "I have read it.") -> ModuleSection:
    """A section to confirm."""
    return ModuleSection(uid(number), title="Confirmation", content=Attestation(statement))


def a_draft(*sections: ModuleSection, number: int = 900, **changes: Any) -> TrainingModule:
    """A draft whose events have been taken."""
    module = TrainingModule.draft(
        uid(number), **{"title": "Bloodborne pathogens", "now": NOW, "sections": sections, **changes}
    )
    module.take_events()
    return module


def a_published_module(*sections: ModuleSection, number: int = 900, **changes: Any) -> TrainingModule:
    """A published module at version 2, with one lesson unless sections are given; its events have been taken."""
    module = a_draft(*(sections or (a_lesson(),)), number=number, **changes)
    module.publish(fingerprint, by=None, now=NOW)
    module.take_events()
    return module


def an_archived_module(*sections: ModuleSection, number: int = 900, **changes: Any) -> TrainingModule:
    """An archived module at version 3; its events have been taken."""
    module = a_published_module(*sections, number=number, **changes)
    module.archive(now=NOW)
    module.take_events()
    return module


def a_user(number: int = 1, **changes: Any) -> User:
    """A learner whose events have been taken."""
    user = User(uid(number), **{"email": f"user{number}@example.com", "now": NOW, **changes})
    user.take_events()
    return user


def a_version(
    *sections: ModuleSection, module: int = 900, number: int = 1, evidence: EvidenceTerms | None = None, **rules: Any
) -> ModuleVersion:
    """A version of `a_draft(number=module)` with these sections, or one lesson, under these rules."""
    chosen = sections or (a_lesson(),)
    return ModuleVersion(
        uid(module),
        number,
        VersionSettings("Bloodborne pathogens", "", None, None, CompletionRules(**rules), evidence or EvidenceTerms()),
        tuple(VersionedSection(s.id, i, s.title, s.content) for i, s in enumerate(chosen, start=1)),
        tuple(
            VersionedQuestion(q.id, section.id, q.prompt, q.points, q.explanation, q.metadata)
            for section in chosen
            for q in section.questions
        ),
        content_hash=fingerprint((module, number)),
        change_note="",
        material=False,
        published_at=NOW,
        published_by=None,
    )


def an_enrollment(user: int = 1, module: int = 900, **changes: Any) -> Enrollment:
    """An enrollment of `a_user(user)` in version 1 of a module, in a cycle of its own."""
    return Enrollment(
        uid(module),
        uid(user),
        **{
            "version_number": 1,
            "cycle_id": uid(module * 1_000 + user),
            "enrolled_by": None,
            "now": NOW,
            **changes,
        },
    )
