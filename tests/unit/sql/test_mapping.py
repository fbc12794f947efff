"""The ORM knows the domain's classes by subclasses of its own, and leaves the domain's as they are."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import object_mapper

from adapters.sql.kit.discovery import map_all
from adapters.sql.kit.mapping import adopted, mapper_of, stored
from contracts.make import CONTENTS, T, a_full_module, a_module, a_section, a_user, an_enrollment, later, section_id
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import QuizQuestion
from domain.catalogue.sections import ModuleSection
from domain.evidence.certificates import Certificate
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import SectionCompletion
from domain.people.users import User

MAPPED = [
    TrainingModule,
    ModuleSection,
    QuizQuestion,
    User,
    Enrollment,
    SectionCompletion,
    QuizAttempt,
    Certificate,
]


@pytest.fixture(autouse=True)
def _mapped() -> None:
    map_all()


def is_stored(instance: object) -> bool:
    return inspect(instance, raiseerr=False) is not None


@pytest.mark.parametrize("cls", MAPPED, ids=lambda cls: cls.__name__)
def test_a_class_of_the_domain_stays_as_it_is(cls: type) -> None:
    assert inspect(cls, raiseerr=False) is None
    assert issubclass(stored(cls), cls)
    assert stored(stored(cls)) is stored(cls)
    assert stored(cls).__name__ == cls.__name__


def test_what_the_domain_makes_is_plain() -> None:
    for made in (a_full_module(), a_user(1), an_enrollment(1, 1)):
        assert not is_stored(made)
        assert mapper_of(type(made)).class_ is stored(type(made))


def test_what_a_session_takes_is_the_same_with_all_it_owns() -> None:
    module, like = a_full_module(), a_full_module()
    sections, questions = list(module.sections), [q for section in module.sections for q in section.questions]
    assert adopted(module) is module
    assert all(map(is_stored, (module, *sections, *questions)))
    assert object_mapper(module) is mapper_of(type(module))
    assert (list(module.sections), [q for s in module.sections for q in s.questions]) == (sections, questions)
    assert {name: getattr(module, name) for name in vars(like) if name not in ("sections", "_events")} == {
        name: value for name, value in vars(like).items() if name not in ("sections", "_events")
    }


def test_its_events_come_along_and_its_rules_hold_on() -> None:
    module = TrainingModule.draft(
        a_module().id, title="Sharps", now=T, sections=[ModuleSection(section_id(1), title="A", content=CONTENTS[0])]
    )
    adopted(module)
    module.publish(lambda document: "hash", by=None, now=later(days=1))
    assert [type(event).__name__ for event in module.take_events()] == ["ModuleDrafted", "ModulePublished"]


def test_adopting_twice_changes_nothing() -> None:
    user = adopted(a_user(1))
    state = inspect(user)
    assert inspect(adopted(user)) is state


def test_parts_that_come_later_are_adopted_however_they_come() -> None:
    module = adopted(a_module(1))
    last, first = a_section(1), a_section(2)
    module.add_section(last, now=T)
    module.add_section(first, now=T, position=1)
    assert list(module.sections) == [first, last]
    assert is_stored(first)
    assert is_stored(last)

    replaced = [a_section(3), a_section(4)]
    module.replace_sections(replaced, now=T)
    assert [section.position for section in module.sections] == [1, 2]
    assert all(map(is_stored, module.sections))
