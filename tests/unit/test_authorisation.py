"""Who may send which message: every message with every role, through the bus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from application.access import Actor
from application.answers import ForgetAnswers
from application.bus import discover
from application.catalog.commands import LoadModule
from application.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.enrollments.queries import ListModuleEnrollments, ListUserEnrollments, ReadEnrollment
from application.messages import Command, Message
from application.modules.commands import ArchiveModule, CreateModule, DeleteModule, EditModule, PublishModule
from application.modules.queries import ListModules, ReadModule
from application.questions.commands import AddQuestion, EditQuestion, RemoveQuestion
from application.questions.queries import ListQuestions
from application.reports.commands import RefreshReports
from application.reports.queries import ReadParticipation
from application.sections.commands import AddSection, EditSection, RemoveSection, ReorderSections
from application.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.users.development import EnsureDevelopmentUser
from application.users.queries import ListUsers, ReadUser
from application.users.roster import ImportRoster
from domain.errors import DomainError, Forbidden
from domain.questions import TrueFalse
from domain.sections import Quiz
from domain.users import Role
from examples import uid
from memory_world import World

X, Y, Z = uid(1), uid(2), uid(3)

EVERYONE = frozenset(Role)
AUTHORS = frozenset({Role.AUTHOR, Role.ADMIN})
OVERSEERS = frozenset({Role.MANAGER, Role.COMPLIANCE, Role.ADMIN})
ADMINISTRATORS = frozenset({Role.ADMIN})
NO_PERSON: frozenset[Role] = frozenset()


class EmptyFile:
    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return iter(())


TABLE: list[tuple[Message[Any], frozenset[Role]]] = [
    (ListModules(), EVERYONE),
    (ReadModule(X), EVERYONE),
    (CreateModule("Claims"), AUTHORS),
    (EditModule(X), AUTHORS),
    (DeleteModule(X), AUTHORS),
    (PublishModule(X), AUTHORS),
    (ArchiveModule(X), AUTHORS),
    (LoadModule("claims", "Claims"), AUTHORS),
    (AddSection(X, "Check", Quiz()), AUTHORS),
    (EditSection(X, Y), AUTHORS),
    (RemoveSection(X, Y), AUTHORS),
    (ReorderSections(X, ()), AUTHORS),
    (ListQuestions(X, Y), AUTHORS),
    (AddQuestion(X, Y, "True?", TrueFalse(True)), AUTHORS),
    (EditQuestion(X, Y, Z), AUTHORS),
    (RemoveQuestion(X, Y, Z), AUTHORS),
    (ListUsers(), OVERSEERS),
    (ReadUser(X), EVERYONE),
    (RegisterUser("ana@example.com"), ADMINISTRATORS),
    (EditUser(X), ADMINISTRATORS),
    (DeactivateUsers((X,)), ADMINISTRATORS),
    (ImportRoster(EmptyFile()), ADMINISTRATORS),
    (ListModuleEnrollments(X), OVERSEERS),
    (ListUserEnrollments(X), EVERYONE),
    (ReadEnrollment(X, Y), EVERYONE),
    (EnrollUser(X, Y), OVERSEERS),
    (EnrollUsers(X, (Y,)), OVERSEERS),
    (WithdrawEnrollment(X, Y), OVERSEERS),
    (ReadParticipation(), OVERSEERS),
    (RefreshReports(), NO_PERSON),
    (ForgetAnswers(), NO_PERSON),
    (EnsureDevelopmentUser(X), NO_PERSON),
]
IDS = [type(message).__name__ for message, _ in TABLE]


async def is_let_in(message: Message[Any], actor: Actor) -> bool:
    """Whether the handler was reached; that the store is empty is another matter."""
    bus = World().bus()
    send: Any = bus.execute if isinstance(message, Command) else bus.ask
    try:
        await send(message, actor)
    except DomainError as error:
        return not isinstance(error, Forbidden)
    return True


def test_the_table_names_every_message_once() -> None:
    assert sorted(IDS) == sorted(message.__name__ for message in discover())


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("message", "allowed"), TABLE, ids=IDS)
async def test_a_person_may_do_what_the_role_allows(
    message: Message[Any], allowed: frozenset[Role], role: Role
) -> None:
    assert await is_let_in(message, Actor(uid(7), role)) is (role in allowed)


@pytest.mark.parametrize("message", [message for message, _ in TABLE], ids=IDS)
async def test_the_service_itself_may_do_everything(message: Message[Any]) -> None:
    assert await is_let_in(message, Actor.system())
