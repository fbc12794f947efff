"""Who may send which message: every message with every role, through the bus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.assessment.queries import ListAttempts, ReadAttempt, ReadItemStatistics
from application.assessment.scores import CheckScores
from application.catalogue.files.commands import LoadCatalog, LoadModule
from application.catalogue.modules.commands import (
    ArchiveModule,
    CreateModule,
    DeleteModule,
    EditModule,
    PublishModule,
    SetPrerequisites,
)
from application.catalogue.modules.queries import ListModules, ReadModule
from application.catalogue.questions.commands import AddQuestion, EditQuestion, RemoveQuestion
from application.catalogue.questions.queries import ListQuestions
from application.catalogue.sections.commands import AddSection, EditSection, RemoveSection, ReorderSections
from application.catalogue.sight import sees_drafts
from application.catalogue.versions.queries import CompareVersions, ListVersions, ReadVersion
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.certificates.queries import (
    ListCertificates,
    PrintCertificate,
    ReadCertificate,
    VerifyCertificate,
)
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords, ReadRecord
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.evidence.sessions.queries import ListSessions, ReadSession
from application.kernel.access import EVERYONE as EVERYBODY
from application.kernel.access import (
    Actor,
    Policy,
    Scope,
    administrators,
    authors,
    compliance_officers,
    overseers,
    require,
    scope_of,
    the_system,
)
from application.kernel.answers import ForgetAnswers
from application.kernel.bus import discover
from application.kernel.messages import Command, Message
from application.learning.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.learning.enrollments.queries import ListModuleEnrollments, ListUserEnrollments, ReadEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment, StartModule
from application.learning.progress.queries import ReadProgress
from application.learning.settling import ListDue, SettleEnrollment
from application.people.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.demonstration import CountPeople, MarkDemonstration
from application.people.following import Account, EndAccount, FollowAccount, LinkedAccounts, MayJoin, ReadClaims
from application.people.identity import Identity
from application.people.queries import ListUsers, ReadUser
from application.people.roles import GrantRole
from application.people.roster import ImportRoster
from application.people.sign_ins import ConfirmSignIn, EndSignIn, LinkSignIn, UnlinkSignIn
from application.people.signing_in import SignIn
from application.privacy.personal_data import EraseUser, ExportPersonalData
from application.reporting.commands import RefreshReports
from application.reporting.queries import ReadParticipation
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Quiz
from domain.evidence.certificates import serial_of
from domain.evidence.persons import Trainer
from domain.kernel.errors import DomainError, Forbidden
from domain.people.sign_ins import LinkReason
from domain.people.users import Role
from examples import LATER, NOW, uid
from memory_world import World

X, Y, Z = uid(1), uid(2), uid(3)
SUBJECT = str(uid(4))
SERIAL = serial_of(1)

EVERYONE = frozenset(Role)
AUTHORS = frozenset({Role.AUTHOR, Role.ADMIN})
OVERSEERS = frozenset({Role.MANAGER, Role.COMPLIANCE, Role.ADMIN})
COMPLIANCE_OFFICERS = frozenset({Role.COMPLIANCE, Role.ADMIN})
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
    (SetPrerequisites(X, ()), AUTHORS),
    (PublishModule(X), AUTHORS),
    (ArchiveModule(X), AUTHORS),
    (LoadModule("claims", "Claims"), AUTHORS),
    (LoadCatalog(()), AUTHORS),
    (AddSection(X, "Check", Quiz()), AUTHORS),
    (EditSection(X, Y), AUTHORS),
    (RemoveSection(X, Y), AUTHORS),
    (ReorderSections(X, ()), AUTHORS),
    (ListQuestions(X, Y), AUTHORS),
    (AddQuestion(X, Y, "True?", TrueFalse(True)), AUTHORS),
    (EditQuestion(X, Y, Z), AUTHORS),
    (RemoveQuestion(X, Y, Z), AUTHORS),
    (ListVersions(X), EVERYONE),
    (ReadVersion(X, 1), EVERYONE),
    (CompareVersions(X, 2, 1), AUTHORS),
    (ListUsers(), OVERSEERS),
    (ReadUser(X), EVERYONE),
    (RegisterUser("ana@example.com"), ADMINISTRATORS),
    (EditUser(X), ADMINISTRATORS),
    (DeactivateUsers((X,)), ADMINISTRATORS),
    (ImportRoster(EmptyFile()), ADMINISTRATORS),
    (ExportPersonalData(X), EVERYONE),
    (EraseUser(X), ADMINISTRATORS),
    (LinkSignIn(X, Y, LinkReason.CONFIRMED), ADMINISTRATORS),
    (UnlinkSignIn(X, LinkReason.COMPROMISED), ADMINISTRATORS),
    (ListModuleEnrollments(X), OVERSEERS),
    (ListUserEnrollments(X), EVERYONE),
    (ReadEnrollment(X, Y), EVERYONE),
    (EnrollUser(X, Y), OVERSEERS),
    (EnrollUsers(X, (Y,)), OVERSEERS),
    (WithdrawEnrollment(X, Y), OVERSEERS),
    (ReadProgress(X, Y), EVERYONE),
    (StartModule(X, Y), EVERYONE),
    (CompleteSection(X, Y, Z), EVERYONE),
    (RenewEnrollment(X, Y, "Annual refresher."), OVERSEERS),
    (StartAttempt(X, Y), EVERYONE),
    (ReadAttempt(X), EVERYONE),
    (ListAttempts(X, Y), EVERYONE),
    (SaveAnswers(X, {}), EVERYONE),
    (SubmitAttempt(X), EVERYONE),
    (ReadItemStatistics(X, Y), AUTHORS),
    (CheckScores(), NO_PERSON),
    (ListDue(), NO_PERSON),
    (SettleEnrollment(X, Y), NO_PERSON),
    (RecordExternalTraining(X, "Basic life support", "Red Cross", NOW.date()), COMPLIANCE_OFFICERS),
    (ListRecords(X), EVERYONE),
    (ReadRecord(X), EVERYONE),
    (RecordSession(X, NOW, LATER, (Trainer("Dana"),), (NewAttendee(Y),)), OVERSEERS),
    (ListSessions(), COMPLIANCE_OFFICERS),
    (ReadSession(X), COMPLIANCE_OFFICERS),
    (ListCertificates(X), EVERYONE),
    (ReadCertificate(SERIAL), EVERYONE),
    (PrintCertificate(SERIAL), EVERYONE),
    (RevokeCertificate(SERIAL, "Issued for the wrong person."), COMPLIANCE_OFFICERS),
    (VoidRecord(X, "Entered for the wrong person."), COMPLIANCE_OFFICERS),
    (VerifyCertificate(SERIAL), EVERYONE),
    (ReadParticipation(), OVERSEERS),
    (RefreshReports(), NO_PERSON),
    (ForgetAnswers(), NO_PERSON),
    (GrantRole("ana@example.com", Role.ADMIN), NO_PERSON),
    (SignIn(Identity(SUBJECT, "ana@example.com", True, NOW, LATER, None, None)), NO_PERSON),
    (FollowAccount(Account(SUBJECT, "ana@example.com", True)), NO_PERSON),
    (EndAccount(SUBJECT), NO_PERSON),
    (MayJoin("ana@example.com"), NO_PERSON),
    (ReadClaims(SUBJECT), NO_PERSON),
    (LinkedAccounts(), NO_PERSON),
    (ConfirmSignIn("ana@example.com"), NO_PERSON),
    (EndSignIn("ana@example.com", LinkReason.OTHER), NO_PERSON),
    (CountPeople(), NO_PERSON),
    (MarkDemonstration(), NO_PERSON),
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


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (authors, "This is for authors and administrators."),
        (overseers, "This is for managers, compliance officers and administrators."),
        (compliance_officers, "This is for compliance officers and administrators."),
        (administrators, "This is for administrators."),
        (the_system, "This is for the service itself, never a person over HTTP."),
    ],
)
def test_a_refusal_says_whom_it_is_for(policy: Policy, said: str) -> None:
    with pytest.raises(Forbidden) as refusal:
        require(policy, Actor(X, Role.AUTHENTICATED))
    assert str(refusal.value) == said


HYGIENE = ("Hygiene",)


@pytest.mark.parametrize(
    ("actor", "scope"),
    [
        (Actor(X, Role.AUTHENTICATED), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.AUTHENTICATED, HYGIENE), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.AUTHOR, HYGIENE), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.MANAGER), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.MANAGER, HYGIENE), Scope(everyone=False, user_id=X, departments=HYGIENE)),
        (Actor(X, Role.COMPLIANCE), EVERYBODY),
        (Actor(X, Role.ADMIN), EVERYBODY),
        (Actor.system(), EVERYBODY),
    ],
)
def test_departments_count_for_managers_only(actor: Actor, scope: Scope) -> None:
    assert scope_of(actor) == scope


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (EVERYBODY, [True, True, True, True]),
        (Scope(everyone=False), [False, False, False, False]),
        (Scope(everyone=False, user_id=X), [True, True, False, False]),
        (Scope(everyone=False, user_id=X, departments=HYGIENE), [True, True, True, False]),
        (Scope(everyone=False, departments=("hygiene", "")), [False, False, False, False]),
    ],
)
def test_a_scope_covers_oneself_and_the_people_of_its_departments(scope: Scope, covered: list[bool]) -> None:
    people = [(X, None), (X, "Lab"), (Y, "Hygiene"), (Y, None)]
    assert [scope.covers(user_id, department) for user_id, department in people] == covered


@pytest.mark.parametrize("role", Role)
def test_who_sees_drafts(role: Role) -> None:
    assert sees_drafts(Actor(X, role)) is (role in {Role.AUTHOR, Role.COMPLIANCE, Role.ADMIN})
