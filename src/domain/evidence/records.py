"""Training records: the evidence of a completion. A record never changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from domain.catalogue.completion_rules import CreditHours
from domain.catalogue.versions import Citation, ModuleVersion
from domain.evidence.external_training import ExternalTraining
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import Delivery, TrainingFormat, TrainingRecorded
from domain.evidence.retention import kept_until, retention_years, terms
from domain.evidence.sessions import ClassroomSession
from domain.kernel.aggregate import not_before
from domain.kernel.days import LocalDays
from domain.kernel.errors import Conflict, InvalidValue, NotFound
from domain.kernel.values import Items, Title
from domain.learning.enrollments import Enrollment
from domain.people.users import User


class RecordNotFound(NotFound):
    slug = "record-not-found"
    title = "No such record"
    sentence = "There is no training record with this id."


class AlreadyRecorded(Conflict):
    slug = "already-recorded"
    title = "The completion is recorded already"
    sentence = "This cycle of the training has its record already."


class RecordedBefore(Conflict):
    """The same training of the same person has a record that is not void."""

    slug = "recorded-before"
    title = "The training is recorded already"
    sentence = "The same training of the same person is recorded already. Void that record first if it is wrong."
    names_the_first = True

    def __init__(self, record_id: UUID | None = None, session_id: UUID | None = None) -> None:
        message = None
        if record_id is not None:
            of_session = f" of the session {session_id}" if session_id else ""
            message = f"It has the record {record_id}{of_session}. Void that one first if it is wrong."
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Training:
    """What was learned, as it was then. `content_hash` is the SHA-256 of the version's content."""

    title: Title
    summary: str
    module_id: UUID | None = None
    version_number: int | None = None
    content_hash: str | None = None
    citation: Citation | None = None

    @classmethod
    def of(cls, version: ModuleVersion, *, summary: str = "") -> Self:
        """The version, with a summary of its own unless one is given."""
        return cls(
            title=version.settings.title,
            summary=summary.strip() or version.settings.summary,
            module_id=version.module_id,
            version_number=version.number,
            content_hash=version.content_hash,
            citation=version.settings.citation,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The attempt at the module's last quiz that passed it; score and pass mark in percent."""

    score: float
    pass_mark: int
    attempt_id: UUID
    attempt_number: int


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Who learned what, when, from which version, taught by whom, and how long it is valid (both days included).

    It must be kept until `retention_until`. `cycle_id` is the enrollment's cycle that it completed, `session_id` the
    classroom session, `issuer` and `reference` belong to an external certificate. The days of a class are those of its
    place, all others those of the person's: of `time_zone`, an IANA name or an offset from UTC such as `-06:00`. It is
    None in older records, whose days are those of UTC or of the organization. `categories` are those of the hours of
    external training.
    """

    id: UUID
    person: Person
    training: Training
    delivery: Delivery
    started_at: datetime
    completed_at: datetime
    valid_from: date
    valid_until: date | None
    retention_until: date
    recorded_at: datetime
    recorded_by: UUID | None
    credit_hours: CreditHours | None = None
    result: Result | None = None
    attestations: tuple[str, ...] = ()
    trainers: Annotated[tuple[Trainer, ...], Items(20)] = ()
    cycle_id: UUID | None = None
    session_id: UUID | None = None
    issuer: str | None = None
    reference: str | None = None
    natural_key: str | None = None
    time_zone: str | None = None
    stated_format: TrainingFormat | None = None
    categories: tuple[str, ...] = ()

    @property
    def format(self) -> TrainingFormat | None:
        """Whether a teacher was present: as the certificate says, or as it follows from the delivery."""
        return self.stated_format or self.delivery.usual_format

    @property
    def identity(self) -> tuple[str | None, ...] | None:
        """Two records with the same identity are about the same training of the same person; None where the cycle
        tells.

        `natural_key` is the fingerprint of this: the same session or the same certificate is recorded once.
        """
        return self.identity_of(self.person.user_id)

    def identity_of(self, user_id: UUID) -> tuple[str | None, ...] | None:
        """The identity that the record of this user for the same training has."""
        training = self.training_identity
        return None if training is None else (self.delivery.value, str(user_id), *training)

    @property
    def training_identity(self) -> tuple[str | None, ...] | None:
        """What two records of the same training have in common for all attendees; None where the cycle tells."""
        module = _text(self.training.module_id)
        match self.delivery:
            case Delivery.CLASSROOM:
                return (module, self.started_at.isoformat(), self.completed_at.isoformat())
            case Delivery.EXTERNAL:
                what = (self.training.title, self.issuer, self.reference)
                return (module, self.valid_from.isoformat(), *(each and each.casefold() for each in what))
        return None

    @property
    def recorded(self) -> TrainingRecorded:
        """The event of writing it."""
        return TrainingRecorded(
            self.id,
            self.person.user_id,
            self.training.module_id,
            self.delivery,
            self.completed_at,
            self.valid_from,
            self.valid_until,
            self.cycle_id,
            self.time_zone,
        )

    def counts_on(self, today: date, *, revoked: bool) -> bool:
        """Whether it proves the training today: it is still valid, and neither void nor its certificate revoked.

        This is the one rule of which records count, for prerequisites and for the trainings that they completed. It is
        today where the person is. Only training that has ended is recorded, so that a record has always begun, also
        where the day of its class in the East has not.
        """
        return not revoked and (self.valid_until is None or today <= self.valid_until)

    @classmethod
    def online(
        cls,
        id: UUID,
        *,
        user: User,
        version: ModuleVersion,
        enrollment: Enrollment,
        recorded_by: UUID | None,
        days: LocalDays,
        now: datetime,
    ) -> Self:
        """The record of a cycle that was just completed, on the day that it was where the person is."""
        completed_at = not_before(enrollment.completed_at or now, enrollment.started_at)
        completed_on = days.day_of(completed_at)
        valid_until, retention_until = terms(version, completed_on)
        return cls(
            id=id,
            person=Person.of(user),
            training=Training.of(version),
            delivery=Delivery.ONLINE,
            started_at=enrollment.started_at or completed_at,
            completed_at=completed_at,
            valid_from=completed_on,
            valid_until=valid_until,
            retention_until=retention_until,
            recorded_at=not_before(now, completed_at),
            recorded_by=recorded_by,
            credit_hours=version.settings.evidence.credit_hours,
            result=_result(version, enrollment),
            attestations=tuple(each.attestation for each in enrollment.completions if each.attestation),
            cycle_id=enrollment.cycle_id,
            time_zone=days.zone,
        )

    @classmethod
    def classroom(cls, id: UUID, *, session: ClassroomSession, attendee: Person, version: ModuleVersion) -> Self:
        """The record of an attendee of a session."""
        taught_on = session.day
        valid_until, retention_until = terms(version, taught_on)
        return cls(
            id=id,
            person=attendee,
            training=Training.of(version, summary=session.summary),
            delivery=Delivery.CLASSROOM,
            started_at=session.starts_at,
            completed_at=session.ends_at,
            valid_from=taught_on,
            valid_until=valid_until,
            retention_until=retention_until,
            recorded_at=session.recorded_at,
            recorded_by=session.recorded_by,
            credit_hours=version.settings.evidence.credit_hours,
            trainers=session.trainers,
            session_id=session.id,
            time_zone=session.time_zone,
        )

    @classmethod
    def external(
        cls,
        id: UUID,
        *,
        user: User,
        training: ExternalTraining,
        counts_for: ModuleVersion | None,
        recorded_by: UUID | None,
        days: LocalDays,
        now: datetime,
    ) -> Self:
        """The record of training that somebody else gave and certified, on a day, which begins it and ends it.

        Where it counts for a module, it must be kept as long as that module's records, and is valid as long as they
        are unless its certificate says until when. A certificate names no place: its day is taken for one where the
        person is, and must have begun there. Raises InvalidValue when it lies ahead.
        """
        completed_on = training.completed_on
        if completed_on > days.day_of(now):
            raise InvalidValue("must not be in the future", "completed_on")
        if user.deactivated_at is not None and completed_on > days.day_of(user.deactivated_at):
            raise InvalidValue("is after the person had left", "completed_on")
        person, valid_until = Person.of(user), training.valid_until
        if counts_for is not None:
            valid_until = valid_until or terms(counts_for, completed_on)[0]
        training.require_names(person, counts_for)
        day = days.begin_of(completed_on)
        return cls(
            id=id,
            person=person,
            training=Training(
                title=training.title,
                summary=training.summary,
                module_id=None if counts_for is None else counts_for.module_id,
                citation=training.citation,
            ),
            delivery=Delivery.EXTERNAL,
            started_at=day,
            completed_at=day,
            valid_from=completed_on,
            valid_until=valid_until,
            retention_until=kept_until(completed_on, valid_until, retention_years(counts_for, training.citation)),
            recorded_at=now,
            recorded_by=recorded_by,
            credit_hours=training.credit_hours,
            trainers=training.trainers,
            issuer=training.issuer,
            reference=training.reference,
            time_zone=days.zone,
            stated_format=training.format,
            categories=training.categories,
        )


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def _result(version: ModuleVersion, enrollment: Enrollment) -> Result | None:
    """The result of the version's last quiz."""
    passed = {each.section_id: each.quiz for each in enrollment.completions}
    last = next(filter(None, (passed.get(section.id) for section in reversed(version.sections))), None)
    if last is None:
        return None
    # The attempt's pass mark; the version to which the learner was moved may have a higher one.
    return Result(last.score, last.pass_mark, last.attempt_id, last.attempt_number)
