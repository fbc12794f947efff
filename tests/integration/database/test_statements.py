"""How many statements what takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from datetime import date
from typing import Any, cast, get_type_hints
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters.registry import methods_of
from adapters.sql.kit.discovery import sql_adapters
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.units import SqlUnit
from application.assessment.queries import AttemptReader
from application.audit.reading import AuditFilter, AuditReader
from application.catalogue.modules.commands import CreateModule, NewSection
from application.catalogue.modules.queries import ModuleFilter, ModuleReader
from application.catalogue.questions.queries import QuestionReader
from application.catalogue.versions.queries import VersionReader
from application.compliance.obligations.coverage import CoverageReader
from application.compliance.obligations.lists import ALL_OBLIGATIONS, AsOf, ObligationReader, VisiblePeople
from application.compliance.obligations.todo import ToDoReader
from application.compliance.ports import Audiences
from application.compliance.proofs import KnownProofs
from application.compliance.relief.queries import ReliefFilter, ReliefReader
from application.compliance.requirements.queries import RequirementFilter, RequirementReader, Retiring
from application.compliance.timelines import KnownTimelines
from application.delivery.notices.ports import Window
from application.delivery.ports import DeliveryFilter
from application.evidence.certificates.queries import CertificateReader
from application.evidence.records.queries import RecordReader
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.evidence.sessions.queries import SessionReader
from application.kernel.access import EVERYONE, Actor, Scope
from application.kernel.messages import Command, Cursor, Page
from application.kernel.units import Outbox, OutboxEntry, Unit
from application.learning.enrollments.commands import EnrollUser, EnrollUsers
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.progress.commands import CompleteSection
from application.learning.progress.queries import ProgressReader
from application.learning.settling import DueEnrollment, DueReader
from application.people.job_codes.queries import JobCodeReader, JobTitleReader
from application.people.locations.names import LocationNameReader
from application.people.locations.queries import Closing, LocationFilter, LocationReader
from application.people.service_accounts.queries import ServiceAccountReader
from application.people.sign_ins.signing_in import People
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.users.queries import UserFilter, UserReader
from application.reporting.obligation_rows import Grouping, ObligationReports
from application.reporting.queries import ParticipationReader
from application.reporting.report import UsedRulesReader
from contracts.backend import save
from contracts.compliance.audiences import EVERYBODY, HR
from contracts.compliance.timelines import AUSTIN, CALENDAR, write
from contracts.evidence.records import a_full_record, keep
from contracts.evidence.sessions import a_session, hold
from contracts.make import (
    CONTENTS,
    PRESENT,
    T,
    a_full_user,
    a_full_version,
    a_module,
    a_published_module,
    a_user,
    an_enrollment,
    later,
    section_id,
    uid,
    user_id,
)
from domain.catalogue.module_life import ModuleStatus
from domain.compliance.audience_documents import parsed
from domain.compliance.relief import ReliefStatus
from domain.delivery.deliveries import DeliveryState
from domain.delivery.events import BEGINNING, Place
from domain.delivery.notices import SubjectKind
from domain.evidence.certificates import serial_of
from domain.evidence.persons import Trainer
from domain.kernel.roles import Role
from domain.kernel.states import State
from domain.learning.enrollment_events import UsersEnrolled
from integration.backends import ADMIN, SqlBackend, opened
from integration.listening import PEOPLE, Query, listening_to_reads, statements, verbs
from kit.places import a_location, move

Read = Callable[[SqlBackend], Awaitable[object]]

TODAY, THEN = AsOf(T.date()), AsOf(T.date(), T)
LAB = Scope(everyone=False, user_id=user_id(1), departments=("Lab",))


@pytest.fixture
def queries() -> list[Query]:
    """What is sent past SQLAlchemy, in order."""
    return []


@pytest.fixture
async def listened(queries: list[Query], postgresql: str, database: object) -> AsyncIterator[SqlBackend]:
    """A backend on the emptied database that is listened to."""
    async with opened(postgresql, listening_to_reads(queries)) as backend:
        yield backend


READS: dict[str, Read] = {
    "modules": lambda on: on.reader(ModuleReader).page(ModuleFilter(), None, 50),
    "modules filtered": lambda on: on.reader(ModuleReader).page(
        ModuleFilter(ModuleStatus.DRAFT, ("osha",), "a", drafts=True), Cursor(later(days=1), uid(9)), 50
    ),
    "module": lambda on: on.reader(ModuleReader).worked_on(uid(1)),
    "module's version": lambda on: on.reader(ModuleReader).version(uid(1), drafts=False),
    "no module": lambda on: on.reader(ModuleReader).worked_on(uid(404)),
    "module on offer": lambda on: on.reader(ModuleReader).offered(uid(1)),
    "versions": lambda on: on.reader(VersionReader).of_module(uid(1), None, 50),
    "older versions": lambda on: on.reader(VersionReader).of_module(uid(1), Cursor(T, uid(2)), 50),
    "version": lambda on: on.reader(VersionReader).detail(uid(1), 1),
    "two versions": lambda on: on.reader(VersionReader).pair(uid(1), 1, 2),
    "progress": lambda on: on.reader(ProgressReader).of(EVERYONE, uid(1), user_id(1), PRESENT),
    "progress within a scope": lambda on: on.reader(ProgressReader).of(LAB, uid(1), user_id(1), PRESENT),
    "what somebody has confirmed": lambda on: on.reader(ProgressReader).confirmed_by(user_id(1)),
    "questions": lambda on: on.reader(QuestionReader).of_section(uid(1), section_id(103)),
    "users": lambda on: on.reader(UserReader).page(EVERYONE, UserFilter(), None, 50),
    "users filtered": lambda on: on.reader(UserReader).page(
        LAB, UserFilter(True, ("Lab", "Hygiene"), "a", (("license", "state"), "TX")), Cursor(T, uid(9)), 50
    ),
    "user": lambda on: on.reader(UserReader).detail(EVERYONE, user_id(1)),
    "user within a scope": lambda on: on.reader(UserReader).detail(LAB, user_id(1)),
    "job codes": lambda on: on.reader(JobCodeReader).table(),
    "job titles": lambda on: on.reader(JobTitleReader).mapped(("dentist",), Cursor(T, uid(9)), 50),
    "unmapped titles": lambda on: on.reader(JobTitleReader).unmapped(50),
    "service accounts": lambda on: on.reader(ServiceAccountReader).page(None, None, 50),
    "service accounts with a name": lambda on: on.reader(ServiceAccountReader).page("HR", Cursor(T, uid(9)), 50),
    "locations": lambda on: on.reader(LocationReader).page(LocationFilter(), None, 50),
    "locations filtered": lambda on: on.reader(LocationReader).page(
        LocationFilter((State.TEXAS,), ("Austin",), Closing(False, T.date()), "a"), Cursor(T, uid(9)), 50
    ),
    "relief": lambda on: on.reader(ReliefReader).page(EVERYONE, ReliefFilter(), None, 50),
    "relief filtered": lambda on: on.reader(ReliefReader).page(
        LAB,
        ReliefFilter((ReliefStatus.REQUESTED,), user_id(1), uid(1), uid(2)),
        Cursor(T, uid(9)),
        50,
    ),
    "names of locations": lambda on: on.reader(LocationNameReader).mapped((), None, 50),
    "names of some locations": lambda on: on.reader(LocationNameReader).mapped((uid(1),), Cursor(T, uid(9)), 50),
    "users at a location": lambda on: on.reader(UserReader).page(
        EVERYONE, UserFilter(location_ids=(uid(1),)), None, 50
    ),
    "who signs in": lambda on: on.reader(People).by_supabase_id("00000000-0000-4000-8000-000000000001"),
    "who is linked": lambda on: on.reader(People).linked("", 10),
    "how many people": lambda on: on.reader(People).census(),
    "whose address": lambda on: on.reader(People).has_email("full1@example.com"),
    "participants": lambda on: on.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, 50, PRESENT),
    "participants within a scope": lambda on: on.reader(EnrollmentReader).of_module(LAB, uid(1), None, 50, PRESENT),
    "no participants": lambda on: on.reader(EnrollmentReader).of_module(EVERYONE, uid(2), None, 50, PRESENT),
    "enrolled modules": lambda on: on.reader(EnrollmentReader).of_user(EVERYONE, user_id(1), None, 50, PRESENT),
    "enrollment": lambda on: on.reader(EnrollmentReader).detail(EVERYONE, uid(1), user_id(1)),
    "what is due": lambda on: on.reader(DueReader).due(T, None, 50),
    "more that is due": lambda on: on.reader(DueReader).due(T, DueEnrollment(T, uid(1), uid(1)), 50),
    "attempts": lambda on: on.reader(AttemptReader).of_enrollment(EVERYONE, uid(1), user_id(1), None, 50),
    "attempts within a scope": lambda on: on.reader(AttemptReader).of_enrollment(
        LAB, uid(1), user_id(1), Cursor(T, uid(9)), 50
    ),
    "a person's attempts": lambda on: on.reader(AttemptReader).of_person(user_id(1), None, 50),
    "a person's older attempts": lambda on: on.reader(AttemptReader).of_person(user_id(1), Cursor(T, uid(9)), 50),
    "attempt": lambda on: on.reader(AttemptReader).detail(EVERYONE, uid(1)),
    "attempt within a scope": lambda on: on.reader(AttemptReader).detail(LAB, uid(1)),
    "tried questions": lambda on: on.reader(AttemptReader).questions(uid(1), section_id(103)),
    "tries": lambda on: on.reader(AttemptReader).tries(section_id(103), 50),
    "graded attempts": lambda on: on.reader(AttemptReader).graded(uid(9), 50),
    "obligations": lambda on: on.reader(ObligationReader).page(VisiblePeople(EVERYONE), TODAY, None, 50),
    "obligations of visible people": lambda on: on.reader(ObligationReader).page(
        VisiblePeople(LAB, user_id(9)), THEN, None, 50
    ),
    "obligations of one": lambda on: on.reader(ObligationReader).of_user(
        VisiblePeople(LAB), user_id(1), TODAY, None, 50
    ),
    "what to do": lambda on: on.reader(ToDoReader).to_do(VisiblePeople(LAB), user_id(1), PRESENT),
    "clearances": lambda on: on.reader(ToDoReader).owed(VisiblePeople(LAB), user_id(1), T.date()),
    "clearances at a location": lambda on: on.reader(ToDoReader).owed_at(VisiblePeople(EVERYONE), uid(1), T.date()),
    "uncovered people": lambda on: on.reader(CoverageReader).uncovered(VisiblePeople(LAB, user_id(9)), THEN, None, 50),
    "obligations for a report": lambda on: anext(
        on.reader(ObligationReader).batches(VisiblePeople(LAB, user_id(9)), THEN, ALL_OBLIGATIONS)
    ),
    "counted obligations": lambda on: on.reader(ObligationReports).counts(
        VisiblePeople(LAB, user_id(9)), THEN, ALL_OBLIGATIONS, list(Grouping)
    ),
    "due days": lambda on: on.reader(ObligationReports).due_days(VisiblePeople(LAB), THEN, ALL_OBLIGATIONS, T.date()),
    "changes": lambda on: on.reader(ObligationReports).changes(VisiblePeople(LAB), T.date(), T, T, ALL_OBLIGATIONS),
    "rules used": lambda on: on.reader(UsedRulesReader).used(VisiblePeople(LAB), THEN),
    "records": lambda on: on.reader(RecordReader).of_user(EVERYONE, user_id(1), None, 50),
    "records within a scope": lambda on: on.reader(RecordReader).of_user(LAB, user_id(1), Cursor(T, uid(9)), 50),
    "record": lambda on: on.reader(RecordReader).detail(EVERYONE, uid(1)),
    "record within a scope": lambda on: on.reader(RecordReader).detail(LAB, uid(1)),
    "sessions": lambda on: on.reader(SessionReader).page(None, 50),
    "older sessions": lambda on: on.reader(SessionReader).page(Cursor(T, uid(9)), 50),
    "session": lambda on: on.reader(SessionReader).detail(uid(1)),
    "certificates": lambda on: on.reader(CertificateReader).of_user(EVERYONE, user_id(1), None, 50),
    "certificates within a scope": lambda on: on.reader(CertificateReader).of_user(
        LAB, user_id(1), Cursor(T, uid(9)), 50
    ),
    "certificate": lambda on: on.reader(CertificateReader).detail(EVERYONE, serial_of(1)),
    "certificate within a scope": lambda on: on.reader(CertificateReader).detail(LAB, serial_of(1)),
    "requirements": lambda on: on.reader(RequirementReader).page(RequirementFilter(), None, 50),
    "requirements filtered": lambda on: on.reader(RequirementReader).page(
        RequirementFilter(Retiring(False, T.date()), has_draft=True), Cursor(T, uid(9)), 50
    ),
    "whom a rule concerns": lambda on: on.reader(Audiences).members(parsed(EVERYBODY), T.date()),
    "audit": lambda on: on.reader(AuditReader).page(AuditFilter(), None, 50),
    "audit filtered": lambda on: on.reader(AuditReader).page(
        AuditFilter(user_id(1), uid(1), "enroll_user", T, T), Cursor(T, uid(9)), 50
    ),
    "hashes of the audit ledger": lambda on: on.reader(AuditReader).hashes([0, 1, 2]),
    "what counts of what people have done": lambda on: on.reader(KnownProofs).of([user_id(1), uid(404)]),
    "participation": lambda on: on.reader(ParticipationReader).report(EVERYONE),
    "participation within a scope": lambda on: on.reader(ParticipationReader).report(LAB),
}

SAMPLES: dict[Any, Any] = {
    Scope: EVERYONE,
    VisiblePeople: VisiblePeople(EVERYONE),
    UUID: uid(1),
    int: 50,
    str: "webhooks",
    date: T.date(),
    Place: BEGINNING,
    Window: Window(T.date(), T.date(), T.date()),
    DeliveryFilter: DeliveryFilter(),
    SubjectKind: SubjectKind.ENROLLMENT,
    Sequence[str]: ("UserEdited",),
    Collection[UUID]: (uid(1),),
    **dict.fromkeys((Cursor | None, UUID | None, str | None, DeliveryState | None)),
}
"""What is passed, by type, to readers that READS does not name."""


def other_methods() -> Iterator[tuple[type, str, dict[str, Any]]]:
    """The methods of readers that READS does not name, each with the types of what it takes."""
    named = {name for read in READS.values() for name in read.__code__.co_names}
    for kind in sql_adapters().of_reads:
        for name in methods_of(kind):
            if not named.issuperset((kind.__name__, name)):
                hints = get_type_hints(getattr(kind, name))
                yield kind, name, {each: hint for each, hint in hints.items() if each != "return"}


def by_samples(kind: type, name: str, takes: dict[str, Any]) -> Read:
    async def read(on: SqlBackend) -> object:
        return await getattr(on.reader(kind), name)(**{each: SAMPLES[hint] for each, hint in takes.items()})

    return read


OF_SEVERAL = {"KnownTimelines.of"}
"""Methods that take more than one statement, as many for one person as for hundreds."""
EVERY_READ = READS | {
    f"{kind.__name__}.{name}": by_samples(kind, name, takes)
    for kind, name, takes in other_methods()
    if SAMPLES.keys() >= set(takes.values())
}


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


class TestReads:
    @pytest.mark.parametrize("read", EVERY_READ.values(), ids=EVERY_READ)
    async def test_each_is_one_statement_and_no_transaction(
        self, listened: SqlBackend, queries: list[Query], read: Read
    ) -> None:
        await save(listened, *a_full_version(1), a_module(2), a_full_user(1))
        await save(listened, an_enrollment(1, 1))
        await keep(listened, a_full_record(1), certified=True)
        await hold(listened, a_session(1))
        queries.clear()
        await read(listened)
        assert verbs(queries) == ["SELECT"]

    def test_no_reader_is_left_out(self) -> None:
        methods = {f"{kind.__name__}.{name}" for kind, name, _ in other_methods()}
        assert sorted(methods - EVERY_READ.keys() - OF_SEVERAL) == [], (
            "READS has no read of these, and SAMPLES not all they take"
        )

    async def test_a_pooler_by_transaction_gets_one_around_it(
        self, queries: list[Query], postgresql: str, database: object
    ) -> None:
        async with opened(postgresql, listening_to_reads(queries), pooler="transaction") as backend:
            await backend.reader(ModuleReader).worked_on(uid(1))
        assert [sql.split()[0] for sql, _ in queries] == ["BEGIN", "SELECT", "COMMIT;"]

    async def test_timelines_take_as_many_for_everybody(self, listened: SqlBackend, queries: list[Query]) -> None:
        for number in range(1, 6):
            await save(listened, a_user(number))
            await write(listened, lambda each: each.positions.add(AUSTIN, HR, starts_on=T.date()), who=user_id(number))
        for people in (1, 5):
            queries.clear()
            found = await listened.reader(KnownTimelines).of([user_id(n) for n in range(1, people + 1)], CALENDAR.at)
            assert [len(each.held) for each in found.values()] == [1] * people
            assert verbs(queries) == ["SELECT"] * 3

    @pytest.mark.parametrize("limit", [1, 20])
    async def test_long_pages_take_no_more(self, listened: SqlBackend, queries: list[Query], limit: int) -> None:
        await save(listened, *(a_module(n) for n in range(1, 30)), *(a_user(n) for n in range(1, 30)))
        await save(listened, *(an_enrollment(1, n) for n in range(1, 30)), *(an_enrollment(n, 1) for n in range(2, 30)))
        queries.clear()
        pages: list[Page[Any] | None] = [
            await listened.reader(ModuleReader).page(ModuleFilter(drafts=True), None, limit),
            await listened.reader(UserReader).page(EVERYONE, UserFilter(), None, limit),
            await listened.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, limit, PRESENT),
            await listened.reader(EnrollmentReader).of_user(EVERYONE, user_id(1), None, limit, PRESENT),
        ]
        assert [len(page.items) for page in pages if page] == [limit] * 4
        assert len(queries) == 4


class TestHotCommands:
    async def test_enrolling_reads_once_and_writes_once(self, listened: SqlBackend, queries: list[Query]) -> None:
        await save(listened, a_module(1, status=ModuleStatus.PUBLISHED), a_user(1))
        queries.clear()
        with statements(listened) as in_session:
            await listened.bus().execute(EnrollUser(uid(1), user_id(1)), ADMIN)
        assert in_session == []
        assert [sql.split()[0] for sql, _ in queries] == ["SELECT", "WITH"]
        assert await listened.outbox() == [("UsersEnrolled", uid(1), ADMIN.user_id)]

    @pytest.mark.parametrize(
        "command",
        [
            CreateModule("Infection control"),
            CreateModule("Infection control", sections=tuple(NewSection("Step", CONTENTS[0]) for _ in range(3))),
            RegisterUser("ana@example.com"),
            RegisterUser("ana@example.com", department="Lab", hired_on=T.date()),
        ],
        ids=["a module", "a module with sections", "a user", "a user with a position and a day of hire"],
    )
    async def test_creating_is_one_statement(
        self, listened: SqlBackend, queries: list[Query], command: Command[Any]
    ) -> None:
        with statements(listened) as in_session:
            await listened.bus().execute(command, ADMIN)
        assert in_session == []
        # As long as there are no rules, it is looked up whether a new person can owe anything.
        rules = ["SELECT"] if isinstance(command, RegisterUser) else []
        assert [sql.split()[0] for sql, _ in queries] == [*rules, "WITH"]
        assert len(await listened.outbox()) == 1

    async def test_the_history_follows_an_edit_with_a_read_and_a_write_of_each_kind(self, listened: SqlBackend) -> None:
        user = await listened.bus().execute(RegisterUser("ana@example.com", department="Lab"), ADMIN)
        with statements(listened) as sent:
            await listened.bus().execute(EditUser(user.id, department="Claims"), ADMIN)
        about = [sql for sql in sent if "positions" in sql or "employment_states" in sql]
        assert [sql.split()[0] for sql in about] == ["SELECT", "INSERT"]
        with statements(listened) as sent:
            await listened.bus().execute(EditUser(user.id, full_name="Ana"), ADMIN)
        assert [sql.split()[0] for sql in sent if "positions" in sql] == ["SELECT"]

    async def test_a_unit_sees_the_rows_that_wait(self, listened: SqlBackend) -> None:
        async def work(unit: Unit) -> int:
            event = UsersEnrolled(uid(1), (user_id(1),))
            await unit.port(Outbox).append([OutboxEntry(uid(7_000), T, event, ADMIN)])
            return len(await cast(SqlUnit, unit).fetch(select(outbox.c.id)))

        assert await listened.units.run(work) == 1

    async def test_a_statement_does_not_depend_on_how_many_rows(
        self, listened: SqlBackend, queries: list[Query]
    ) -> None:
        for count in (1, 20):
            sections = tuple(NewSection("Step", CONTENTS[0]) for _ in range(count))
            await listened.bus().execute(CreateModule(f"With {count}", sections=sections), ADMIN)
        assert queries[0][0] == queries[1][0]

    async def test_a_pooler_by_transaction_gets_one_around_it(
        self, queries: list[Query], postgresql: str, database: object
    ) -> None:
        async with opened(postgresql, listening_to_reads(queries), pooler="transaction") as backend:
            await backend.bus().execute(CreateModule("Infection control"), ADMIN)
        assert [sql.split()[0] for sql, _ in queries] == ["BEGIN;", "WITH", "COMMIT;"]


class TestBulk:
    @pytest.mark.parametrize(
        "command",
        [
            lambda people: EnrollUsers(uid(1), people),
            lambda people: EnrollUsers(uid(1), departments=("Lab",)),
            lambda people: EnrollUsers(uid(1), people, ("Lab", "Hygiene")),
            lambda people: DeactivateUsers(people),
        ],
        ids=["named", "by department", "both", "deactivated"],
    )
    async def test_a_thousand_people_take_as_many_statements_as_ten(
        self, backend: SqlBackend, command: Callable[[tuple[UUID, ...]], Command[Any]]
    ) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED))
        await backend.sql(PEOPLE, count=10)
        with statements(backend) as for_ten:
            await backend.bus().execute(command(tuple(user_id(n) for n in range(1, 11))), ADMIN)
        await backend.sql("TRUNCATE users CASCADE")
        await backend.sql(PEOPLE, count=1_000)
        with statements(backend) as for_thousand:
            result = await backend.bus().execute(command(tuple(user_id(n) for n in range(1, 1_001))), ADMIN)
        assert getattr(result, "enrolled", None) == 1_000 or result.deactivated == 1_000
        assert for_thousand == for_ten
        # Four of a deactivation let the histories follow, and one looks up whether there are rules.
        assert len(for_ten) <= (10 if hasattr(result, "deactivated") else 5)

    async def test_two_hundred_attend_a_session_with_as_many_statements_as_two(self, backend: SqlBackend) -> None:
        await save(backend, *a_published_module(1))
        await backend.sql(PEOPLE, count=202)

        async def held(people: range) -> list[str]:
            attendees = tuple(NewAttendee(user_id(n)) for n in people)
            session = RecordSession(uid(1), later(hours=-2), later(hours=-1), (Trainer("Dana"),), attendees)
            with statements(backend) as sent:
                await backend.bus().execute(session, ADMIN)
            return sent

        await backend.bus().execute(EnrollUsers(uid(1), tuple(user_id(n) for n in range(1, 203))), ADMIN)
        for_two, for_many = await held(range(1, 3)), await held(range(3, 203))
        assert await backend.sql("SELECT count(*) FROM module_enrollments WHERE completed_at IS NOT NULL") == [(202,)]
        assert for_many == for_two
        assert len(for_two) <= 12
        assert await backend.sql("SELECT count(*), count(DISTINCT user_id) FROM certificates") == [(202, 202)]
        told = [name for name, _, _ in await backend.outbox()]
        assert [told.count(name) for name in ("SessionHeld", "TrainingRecorded", "CertificateIssued")] == [2, 202, 202]


async def test_completing_a_module_takes_no_statement_for_the_time_zone(backend: SqlBackend) -> None:
    """The zone comes with what is read anyway: the records of the learner, and the learner whom the record names."""
    await save(backend, *a_published_module(1), a_location(uid(60), "America/Chicago"), a_user(1), an_enrollment(1, 1))
    await move(backend, user_id(1), uid(60))
    learner = Actor(user_id(1), Role.AUTHENTICATED)
    with statements(backend) as sent:
        await backend.bus().execute(CompleteSection(uid(1), user_id(1), section_id(1)), learner)
    assert await backend.sql("SELECT time_zone FROM training_records") == [("America/Chicago",)]
    reading_zones = [sql for sql in sent if "locations" in sql]
    assert ["training_records" in sql for sql in reading_zones] == [True, False]
    assert "profile_metadata" in reading_zones[1]
