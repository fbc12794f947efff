"""The module that the examples of the demonstration use, and what it must be like for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.catalogue.modules.commands import NewQuestion, NewSection
from application.catalogue.modules.queries import ModuleDetail
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Attestation, Lesson, Quiz

STATEMENT = "I know where the exposure control plan is kept."


def _quiz(title: str) -> NewSection:
    questions = ("Gloves replace washing your hands.", "Sharps may be bent before they are discarded.")
    return NewSection(title, Quiz(), tuple(NewQuestion(prompt, TrueFalse(False)) for prompt in questions))


SECTIONS = (
    NewSection("Read the plan", Lesson("The plan says what to do **before** and **after** an exposure.")),
    NewSection("Know where it is", Attestation(STATEMENT)),
    *(_quiz(f"Quiz {number}") for number in (1, 2, 3)),
)
IN_ANY_ORDER = CompletionRules(sections_in_order=False)


@dataclass(frozen=True)
class Module:
    """A module with the id and the kind of each section."""

    view: ModuleDetail
    sections: list[tuple[str, str]]

    @property
    def id(self) -> UUID:
        return self.view.id

    def of_kind(self, kind: str) -> list[str]:
        return [section for section, its_kind in self.sections if its_kind == kind]


def is_draft(module: Module) -> bool:
    return module.view.published_at is None


def is_published(module: Module) -> bool:
    return module.view.published_at is not None and module.view.archived_at is None


def is_whole(module: Module) -> bool:
    return len(module.sections) == len(SECTIONS)
