"""What the law gives people over their data: to have it shown, and to have it erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.assessment.ports import UngradedAttempts
from application.assessment.queries import AttemptReader
from application.assessment.views import AttemptView
from application.compliance.obligations.lists import VisiblePeople
from application.compliance.relief.queries import ReliefFilter, ReliefReader, ReliefView
from application.delivery.notices.ports import Notices, NoticeSettingsOfPeople
from application.delivery.notices.preferences import NoticePreferencesView, NoticeSettingsReader
from application.delivery.notices.queries import NoticeReader, NoticeView
from application.delivery.notices.sending import withhold
from application.evidence.certificates.queries import CertificateReader, CertificateView
from application.evidence.credentials.ports import Credentials
from application.evidence.credentials.queries import CredentialReader, CredentialView
from application.evidence.records.queries import RecordReader, RecordView
from application.kernel.access import EVERYONE, Actor, Scope, administrators, anyone, scope_of
from application.kernel.handlers import handles
from application.kernel.lists import Present
from application.kernel.messages import Command, Cursor, Page, Query
from application.kernel.ports import Calendar, Clock
from application.kernel.settling import SettleFirst
from application.kernel.units import Answers, Events
from application.kernel.views import view_of
from application.kernel.wiring import PortSet
from application.learning.enrollments.lists import EnrolledModule
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.progress.queries import ConfirmedStatement, ProgressReader
from application.learning.settling import SettleEnrollment
from application.people.histories.queries import EmploymentView, HistoryReader, PositionView
from application.people.ports import EndedSignIns, UserMerges, Users
from application.people.users.queries import UserReader, UserView
from domain.assessment.attempts import QuizAttempt
from domain.delivery.notices import NoticeReason
from domain.kernel.aggregate import ExpectedVersions
from domain.people.administrators import LastAdministrator, require_another
from domain.people.sign_ins import EndedSignIn, EndReason
from domain.people.user_errors import OwnAccess, UserIsMerged, UserNotFound
from domain.people.users import User

T = TypeVar("T")


@dataclass(slots=True)
class RecordedPosition(PositionView):
    """A version of a position, and the user under whose id it was recorded."""

    user_id: UUID


@dataclass(slots=True)
class RecordedEmployment(EmploymentView):
    """A version of an employment state, and the user under whose id it was recorded."""

    user_id: UUID


@dataclass(slots=True)
class PersonalData:
    """What is held on a person: the profile with the sign-in that it is linked to, and every enrollment, attempt at a
    quiz with its answers, confirmed statement, training record, certificate, credential, relief and notice by e-mail,
    newest first; every version of what was recorded of positions and employment; also of users who were merged into
    this one, whose profiles are `merged`; and which kinds of e-mail the person wants.
    """

    profile: UserView
    merged: list[UserView]
    enrollments: list[EnrolledModule]
    attempts: list[AttemptView]
    confirmed: list[ConfirmedStatement]
    records: list[RecordView]
    certificates: list[CertificateView]
    credentials: list[CredentialView]
    relief: list[ReliefView]
    positions: list[RecordedPosition]
    employment: list[RecordedEmployment]
    notices: list[NoticeView]
    notice_preferences: NoticePreferencesView


@dataclass(frozen=True, slots=True)
class ExportPersonalData(Query[PersonalData]):
    """What is held on a person."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class PersonalTraining(PortSet):
    """What a person did to be trained, what proves it, and what the person was relieved of, each as a whole."""

    enrolled: EnrollmentReader
    tried: AttemptReader
    progress: ProgressReader
    recorded: RecordReader
    certified: CertificateReader
    submitted: CredentialReader
    relieved: ReliefReader
    told: NoticeReader
    chosen: NoticeSettingsReader

    async def enrollments(self, user_id: UUID, scope: Scope, at: Present) -> list[EnrolledModule]:
        return await _all(lambda after: self.enrolled.of_user(scope, user_id, after, 200, at))

    async def attempts(self, user_id: UUID) -> list[AttemptView]:
        return await _all(lambda after: self.tried.of_person(user_id, after, 200))

    async def confirmed(self, user_id: UUID) -> list[ConfirmedStatement]:
        return await self.progress.confirmed_by(user_id)

    async def records(self, user_id: UUID, scope: Scope) -> list[RecordView]:
        return await _all(lambda after: self.recorded.of_user(scope, user_id, after, 200))

    async def certificates(self, user_id: UUID, scope: Scope, at: Present) -> list[CertificateView]:
        found = await _all(lambda after: self.certified.of_user(scope, user_id, after, 200))
        return [each.view(at) for each in found]

    async def credentials(self, user_id: UUID, scope: Scope) -> list[CredentialView]:
        return await _all(lambda after: self.submitted.of_user(scope, user_id, after, 200))

    async def relief(self, user_id: UUID, scope: Scope) -> list[ReliefView]:
        return await _all(lambda after: self.relieved.page(scope, ReliefFilter(user_id=user_id), after, 200))

    async def notices(self, user_id: UUID, scope: Scope) -> list[NoticeView]:
        return await _all(lambda after: self.told.of_user(VisiblePeople(scope), user_id, None, after, 200))

    async def notice_preferences(self, user_id: UUID) -> NoticePreferencesView:
        return await self.chosen.of_user(user_id)


@handles(ExportPersonalData, allow=anyone, raises=(UserNotFound,))
async def export_personal_data(
    query: ExportPersonalData,
    actor: Actor,
    users: UserReader,
    training: PersonalTraining,
    histories: HistoryReader,
    clock: Clock,
    calendar: Calendar,
) -> PersonalData:
    """Show what is held on a person to that person, and to compliance officers and administrators."""
    scope = scope_of(actor)
    if not scope.everyone:
        scope = Scope(everyone=False, user_id=actor.user_id)
    profile = await users.detail(scope, query.user_id)
    if profile is None:
        raise UserNotFound
    at = Present.at(clock.now(), calendar)
    merged = await users.merged_into(query.user_id)
    known = [await histories.recorded(scope, query.user_id)]
    known += [await histories.recorded(EVERYONE, each.id) for each in merged]
    facts = [each.facts for each in known if each is not None]
    return PersonalData(
        profile,
        merged=merged,
        enrollments=await training.enrollments(query.user_id, scope, at),
        attempts=await training.attempts(query.user_id),
        confirmed=await training.confirmed(query.user_id),
        records=await training.records(query.user_id, scope),
        certificates=await training.certificates(query.user_id, scope, at),
        credentials=await training.credentials(query.user_id, scope),
        relief=await training.relief(query.user_id, scope),
        positions=[view_of(RecordedPosition, position) for each in facts for position in each.positions],
        employment=[view_of(RecordedEmployment, state) for each in facts for state in each.states],
        notices=await training.notices(query.user_id, scope),
        notice_preferences=await training.notice_preferences(query.user_id),
    )


async def _all(read: Callable[[Cursor | None], Awaitable[Page[T] | None]]) -> list[T]:
    """The items of every page."""
    found: list[T] = []
    page = await read(None)
    while page is not None:
        found += page.items
        page = await read(page.next) if page.next else None
    return found


@dataclass(frozen=True, slots=True)
class Stays:
    """Something that an erasure leaves as it was, and why."""

    what: str
    why: str


STAYS = (
    Stays(
        "training records, classroom sessions and certificates, with name, job title, department and location at the "
        "time",
        "Evidence of training by name must be kept: 29 CFR 1910.1030(h)(2) for three years, 45 CFR 164.530(j) for six; "
        "`/v1/records/{id}/retention` says until when, by requirements too.",
    ),
    Stays(
        "credentials with issuer, number and days, and what was decided about them, by the id of a person without a "
        "name",
        "Who was allowed to do what on which day must be provable as long as the training is; `retention_until` of "
        "each is the end. What waited for verification is withdrawn.",
    ),
    Stays(
        "enrollments, confirmed statements, and graded attempts with all answers, by the id of a person without a name",
        "Records depend on them: it must be possible to compute a score from the answers, including those in the "
        "person's own words.",
    ),
    Stays(
        "answers about the person that administrators received and can get again with their Idempotency-Key",
        "Without them a repeated request would be executed again; they are deleted within 25 hours.",
    ),
    Stays(
        "positions and employment with their days, by the id of a person without a name; reasons given for them are "
        "erased",
        "Who had to be trained on which day follows from them, which must be provable for as long as the records are.",
    ),
    Stays(
        "relief with its kind, reason code, days and decisions, by the id of a person without a name; notes are erased",
        "Without it, it could not be proven why training that was missing then had been delayed or waived.",
    ),
    Stays(
        "that notices were sent by e-mail, and when, by the id of a person without a name or an address; what waited "
        "is not sent",
        "It must be possible to prove that somebody was notified of training that the law requires.",
    ),
    Stays("events, by ids", "They show who changed what, and contain no names."),
)


@dataclass(slots=True)
class ErasedUser(UserView):
    """What is left of the profile, and what else stays, and why."""

    stays: list[Stays]

    @classmethod
    def of(cls, user: User) -> ErasedUser:
        return view_of(cls, UserView.of(user), stays=list(STAYS))


@dataclass(frozen=True, slots=True)
class EraseUser(Command[ErasedUser]):
    """Erase a person's profile."""

    user_id: UUID
    expected_versions: ExpectedVersions = None


@dataclass(frozen=True, slots=True)
class UnfinishedMatters(PortSet):
    """What somebody has begun who is erased."""

    attempts: UngradedAttempts
    credentials: Credentials
    notices: Notices
    settings: NoticeSettingsOfPeople
    events: Events

    async def ungraded_of(self, user_id: UUID) -> Sequence[QuizAttempt]:
        return await self.attempts.ungraded_of(user_id)

    async def end(self, user_id: UUID, ungraded: Sequence[QuizAttempt], actor: Actor, now: datetime) -> None:
        """End these attempts without their words, and withdraw the credentials that wait for verification."""
        for attempt in ungraded:
            attempt.forget_texts(now=now)
            await self.attempts.keep(attempt)
        for credential in await self.credentials.waiting_of(user_id):
            credential.withdraw(None, by=actor.id, now=now)

    async def tell_nothing(self, user_id: UUID, now: datetime) -> None:
        """Send nothing that was to be sent, and forget what the person did not want and which address was refused."""
        await withhold(self.notices, self.events, user_id, NoticeReason.ERASED, now)
        await self.settings.forget(user_id)


@handles(EraseUser, allow=administrators, raises=(OwnAccess, UserNotFound, UserIsMerged, LastAdministrator))
async def erase_user(
    command: EraseUser,
    actor: Actor,
    users: Users,
    merges: UserMerges,
    ended: EndedSignIns,
    unfinished: UnfinishedMatters,
    answers: Answers,
    clock: Clock,
) -> ErasedUser:
    """Administrators erase a person's profile on request. What the law requires to be kept stays unchanged.

    Users who were merged into the person are erased with it. Open attempts are ended, credentials that wait for
    verification are withdrawn, and no e-mail that waits is sent. Answers in the person's own words are erased unless a
    grade depends on them, and so are the answers kept for the person's repeated requests. `stays` lists what is kept,
    and why: enrollments, graded attempts, training records, classroom sessions, certificates and credentials. Records
    show name, job title, department and location as they were then, and a certificate can still be verified. None of
    the person's sign-ins gives access any longer. Another sign-in with the same address makes a new person if people of
    its domain are admitted without being on the roster: the address is not kept.
    """
    if command.user_id == actor.user_id:
        raise OwnAccess
    # Nobody is merged into the person meanwhile, whose data would stay.
    await merges.locked([command.user_id])
    user = await users.get(command.user_id)
    user.require_version(command.expected_versions)
    if user.is_administrator:
        require_another(await users.administrators(), [user.id])
    now = clock.now()
    ungraded = await unfinished.ungraded_of(user.id)
    if due := sorted({attempt.module_id for attempt in ungraded if attempt.is_overdue(now)}):
        # Due completions are recorded first, under the name that is still known.
        raise SettleFirst(*(SettleEnrollment(module_id, user.id) for module_id in due))
    for subject in (user.supabase_id, user.requested_sign_in):
        if subject:
            await ended.end(subject, EndedSignIn(user.id, EndReason.ERASED, now))
    for each in (user, *await merges.merged_into(user.id)):
        await ended.seal(each.id)
        each.erase(now=now)
        await answers.forget_of(each.id)
        await unfinished.tell_nothing(each.id, now)
    await unfinished.end(user.id, ungraded, actor, now)
    return ErasedUser.of(user)
