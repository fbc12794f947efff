"""What the use cases need of the world. Each port of storage has a memory and an SQL adapter with one contract suite.

Ports that a unit of work offers are bound to its transaction: what they write appears when the bus commits,
or not at all. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.attempts import QuizAttempt
from domain.certificates import Certificate
from domain.classroom import ClassroomSession
from domain.completion import Hurdles
from domain.cycles import CycleGrant
from domain.enrolling import Candidate
from domain.enrollments import Enrollment, EnrollmentFacts
from domain.module_life import ModuleOffer
from domain.modules import TrainingModule
from domain.records import TrainingRecord
from domain.roster import LineProblem, Renamed, RosterEntry
from domain.sign_ins import EndedSignIn
from domain.users import User
from domain.versions import ModuleVersion, Publication
from domain.voiding import RecordStanding, RecordVoid

P = TypeVar("P")
R = TypeVar("R")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class Ids(Protocol):
    """Identifiers."""

    def new(self) -> UUID:
        """A new id; later ones sort after earlier ones (UUID version 7, RFC 9562)."""


class Chance(Protocol):
    """What nobody can foretell."""

    def seed(self) -> int:
        """A number from 0 to 2**63 - 1, from which everything left to chance then follows."""


class Fingerprints(Protocol):
    """What documents are recognised by."""

    def of(self, document: object) -> str:
        """The SHA-256, in 64 hexadecimal digits, of the document's canonical JSON (RFC 8785)."""


class Typeface(Protocol):
    """What certificates are printed in."""

    def lacks(self, text: str) -> tuple[str, ...]:
        """The characters, and the letters with marks, that certificates show by a substitute or not at all."""


class Modules(Protocol):
    """The training modules, each with its sections and questions."""

    async def get(self, module_id: UUID) -> TrainingModule:
        """Raises ModuleNotFound."""

    async def by_slug(self, slug: str) -> TrainingModule | None:
        """The module with this slug, if there is one."""

    async def add(self, module: TrainingModule) -> None:
        """Raises SlugTaken, here or at commit."""

    async def remove(self, module: TrainingModule) -> None:
        """Raises ModuleInUse, here or at commit, while someone is enrolled."""

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        """What the module offers to learners, None when there is no such module."""

    async def prerequisites(self) -> Mapping[UUID, Sequence[UUID]]:
        """The prerequisites of every module; nobody else changes any until the unit of work ends."""


class Versions(Protocol):
    """What was published. Nothing here is ever changed or removed."""

    async def add(self, version: ModuleVersion) -> None:
        """Keep it."""

    async def get(self, module_id: UUID, number: int) -> ModuleVersion:
        """Raises VersionNotFound."""

    async def publications(self, module_id: UUID) -> list[Publication]:
        """When each version of the module was published, in order."""


class Users(Protocol):
    """People."""

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound."""

    async def by_email(self, email: str) -> User | None:
        """The user with this address, in lower case, if there is one."""

    async def by_supabase_id(self, supabase_id: str) -> User | None:
        """The user whom this sign-in is linked to, if there is one."""

    async def by_requested_sign_in(self, supabase_id: str) -> User | None:
        """The user for whom this sign-in waits until an administrator confirms it, if there is one."""

    async def add(self, user: User) -> None:
        """Raises EmailTaken or SupabaseIdTaken, here or at commit."""

    async def administrators(self) -> frozenset[UUID]:
        """The active administrators, as this unit has left them.

        Nobody else who asks changes who they are until the unit of work ends: whoever takes one away asks first.
        """

    async def departments(self) -> frozenset[str]:
        """Every department in which somebody works."""

    async def many(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        """Those of these users who exist, to look at and not to change."""

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        """For each of these users that exists, whether he or she is active."""

    async def mark_demonstration(self) -> None:
        """Mark everyone whose address nobody can have as invented, in one statement."""

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> None:
        """Deactivate all of these in one statement."""


class EndedSignIns(Protocol):
    """Sign-ins that were ended and give no access. Only fingerprints of their ids are kept."""

    async def end(self, subject: str, ended: EndedSignIn) -> None:
        """Remember that this sign-in has ended; replaces an earlier entry."""

    async def of(self, subject: str) -> EndedSignIn | None:
        """How this sign-in ended, None when it did not."""

    async def begin_anew(self, subject: str) -> None:
        """Forget that this sign-in has ended."""

    async def seal(self, user_id: UUID) -> None:
        """None of this user's sign-ins begins anew by itself: the person was erased."""


@dataclass(frozen=True, slots=True)
class RosterMerge:
    """How many people a roster created, changed and found as they were."""

    created: int
    updated: int
    unchanged: int


class Roster(Protocol):
    """Where the lines of a roster wait, outside the process's memory, until all have been read."""

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        """Keep these lines; the id is the user's, should the line create one."""

    async def repeated(self) -> list[LineProblem]:
        """The lines whose e-mail address an earlier line has; these are dropped from the stage."""

    async def overfull(self) -> list[LineProblem]:
        """The lines whose metadata, with those that are known of the person, are too many; these are dropped."""

    async def renamed(self) -> list[Renamed]:
        """The lines whose address somebody here has under another name, with what else they tell of themselves.

        A line whose person is active is only named when it has a day of hire. In the order of the lines.
        """

    async def drop(self, lines: Collection[int]) -> None:
        """Forget these lines."""

    async def merge(self, now: datetime) -> RosterMerge:
        """Create or update a user for each line, by e-mail. What a line leaves empty stays as it is."""


class Enrollments(Protocol):
    """Who is enrolled in what."""

    async def facts(self, module_id: UUID, user_id: UUID) -> EnrollmentFacts:
        """What enrolling this user rests on."""

    async def candidates(
        self, module_id: UUID, user_ids: Sequence[UUID], departments: Sequence[str]
    ) -> list[Candidate]:
        """The existing users among the ids, and everyone in the departments; each once, in order of id."""

    async def get(self, module_id: UUID, user_id: UUID) -> Enrollment:
        """Raises EnrollmentNotFound."""

    async def add(self, enrollment: Enrollment) -> None:
        """Raises AlreadyEnrolled, here or at commit."""

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        """What the module offers, None when there is none: nobody changes it until the unit of work ends."""

    async def many(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, Enrollment]:
        """Those of these users in the module, to look at and not to change."""

    async def for_learning(self, module_id: UUID, user_id: UUID) -> Enrollment:
        """Like `get`, and nobody else learns in this enrollment until the unit of work ends."""

    async def hurdles(self, enrollment: Enrollment, today: date) -> Hurdles:
        """What going on rests on beside the enrollment. A record counts as a prerequisite while it is valid."""

    async def add_many(
        self,
        module_id: UUID,
        user_ids: Sequence[UUID],
        *,
        version_number: int,
        enrolled_by: UUID | None,
        now: datetime,
    ) -> frozenset[UUID]:
        """Enroll all of these in one statement; the answer is who was not enrolled until now."""

    async def remove(self, enrollment: Enrollment) -> None:
        """Take it back."""

    async def keep_grant(self, grant: CycleGrant) -> None:
        """Keep why a cycle was granted; it stays whatever becomes of the enrollment. Raises StaleVersion, here or at
        commit, when the person has a grant with this number."""


class Attempts(Protocol):
    """Attempts at quizzes. They are evidence: none is removed, whatever becomes of the enrollment."""

    async def find(self, attempt_id: UUID) -> QuizAttempt:
        """To look at. Raises AttemptNotFound."""

    async def get(self, attempt_id: UUID) -> QuizAttempt:
        """As it is now, and nobody else changes it until the unit of work ends. Raises AttemptNotFound."""

    async def open_of(self, cycle_id: UUID, section_id: UUID) -> QuizAttempt | None:
        """Like `get`, the attempt at this quiz that is still open in the cycle, if there is one."""

    async def open_at(self, module_id: UUID, user_id: UUID) -> list[QuizAttempt]:
        """Like `get`, all of the user's attempts at the module's quizzes that are open, of whatever cycle."""

    async def count(self, module_id: UUID, user_id: UUID, section_id: UUID) -> int:
        """How many attempts at this quiz the user has made in all, whatever became of them."""

    async def ungraded_of(self, user_id: UUID) -> list[QuizAttempt]:
        """Like `get`, all attempts of the user that are open or were given up, in order of id.

        Of those that were given up only the answers change, and only of somebody who was erased.
        """

    async def add(self, attempt: QuizAttempt) -> None:
        """Raises AttemptUnderWay, here or at commit, when the quiz has an open attempt, or one with this number."""

    async def keep(self, attempt: QuizAttempt) -> None:
        """Write what has changed at once, so that it counts for what this unit reads next."""


class Records(Protocol):
    """The training records. Nothing here is ever changed or removed; what is wrong is declared void."""

    async def add(self, record: TrainingRecord) -> None:
        """Keep it; TrainingRecorded tells of it. Raises AlreadyRecorded, here or at commit."""

    async def add_many(self, records: Sequence[TrainingRecord]) -> None:
        """Like `add`, all of these in one statement. Raises RecordedBefore, here or at commit."""

    async def standing(self, record_id: UUID) -> RecordStanding:
        """Whether the record counts; nobody else voids it until the unit of work ends. Raises RecordNotFound."""

    async def with_keys(self, natural_keys: Sequence[str]) -> dict[str, RecordStanding]:
        """The records that have these natural keys, by key."""

    async def void(self, void: RecordVoid) -> None:
        """Keep it; RecordVoided tells of it. Raises RecordIsVoid, here or at commit, the second time."""


class Sessions(Protocol):
    """The classroom sessions. Nothing here is ever changed or removed."""

    async def add(self, session: ClassroomSession) -> None:
        """Keep it."""


class Certificates(Protocol):
    """What records have earned."""

    async def get(self, serial: str) -> Certificate:
        """Raises CertificateNotFound."""

    async def of_record(self, record_id: UUID) -> Certificate | None:
        """The certificate that the record has earned, if it has one."""

    async def add_many(self, certificates: Sequence[Certificate]) -> None:
        """Keep all of these in one statement, and their events."""


class Serials(Protocol):
    """Serials of certificates."""

    def new(self) -> str:
        """A serial that nobody can guess."""


class Reporting(Protocol):
    """The reporting views."""

    async def refresh(self, now: datetime) -> None:
        """Count again, as of now. Those who refresh at the same time wait for each other."""

    async def refresh_if_due(self, now: datetime, *, since: datetime) -> None:
        """Count again, as of now, unless they were counted since, or somebody else is counting them."""
