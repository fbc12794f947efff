"""Recording external training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from application.catalogue.ports import Versions
from application.evidence.records.natural_keys import UniqueRecords
from application.evidence.records.queries import RecordView
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.people.days import PersonalDays
from application.people.ports import Staff
from domain.catalogue.completion_rules import CreditHours
from domain.catalogue.versions import Citation, ModuleVersion, number_on_offer
from domain.evidence.external_training import ExternalTraining, HourCategories, OtherTrainers
from domain.evidence.record_events import TrainingFormat
from domain.evidence.records import RecordedBefore, TrainingRecord
from domain.kernel.errors import InvalidValue
from domain.kernel.oversight import OwnTraining, require_other
from domain.kernel.values import Notes, PlausibleDay, Text, Title
from domain.people.user_errors import UserIsMerged, UserNotFound


@dataclass(frozen=True, slots=True)
class RecordExternalTraining(Command[RecordView]):
    """Record training given elsewhere, proven by its certificate. With `module_id` it counts as that module's training.

    It is then valid as long as that training, unless `valid_until` says otherwise. What the certificate says about
    trainers and content belongs under `trainers` and `summary`: a requirement may ask for them. Requirements of hours
    count the hours in `categories`, and as live unless `format` is `self_paced` or unknown.
    """

    user_id: UUID
    title: Title
    issuer: Annotated[str, Text(200)]
    completed_on: PlausibleDay
    reference: Annotated[str, Text(200)] | None = None
    summary: Notes = ""
    valid_until: date | None = None
    citation: Citation | None = None
    credit_hours: CreditHours | None = None
    module_id: UUID | None = None
    trainers: OtherTrainers = ()
    format: TrainingFormat | None = None
    categories: HourCategories = ()


@handles(
    RecordExternalTraining, allow=compliance_officers, raises=(OwnTraining, UserNotFound, UserIsMerged, RecordedBefore)
)
async def record_external_training(
    command: RecordExternalTraining,
    actor: Actor,
    staff: Staff,
    versions: Versions,
    records: UniqueRecords,
    ids: Ids,
    clock: Clock,
    days: PersonalDays,
) -> RecordView:
    """Compliance officers and administrators record training given elsewhere, once they have seen its certificate.

    Nobody may record their own, and the same certificate is recorded once only. Its day is one where the person works.
    """
    require_other(actor.person_id, command.user_id)
    user = (await staff.many([command.user_id])).get(command.user_id)
    if user is None:
        raise UserNotFound
    user.require_unmerged()
    local = await days.of(user.id)
    counts_for = None
    if command.module_id is not None:
        counts_for = await _version_on(local.end_of(command.completed_on), command.module_id, versions)
    training = ExternalTraining(
        title=command.title,
        issuer=command.issuer,
        completed_on=command.completed_on,
        reference=command.reference,
        summary=command.summary,
        valid_until=command.valid_until,
        citation=command.citation,
        credit_hours=command.credit_hours,
        trainers=command.trainers,
        format=command.format,
        categories=command.categories,
    )
    record = TrainingRecord.external(
        ids.new(),
        user=user,
        training=training,
        counts_for=counts_for,
        recorded_by=actor.id,
        days=local,
        now=clock.now(),
    )
    (record,) = await records.add_many([record])
    return RecordView.of(record, None)


async def _version_on(end_of_day: datetime, module_id: UUID, versions: Versions) -> ModuleVersion:
    """The version that was offered on that date, otherwise the first one: earlier training counts by the same terms."""
    publications = await versions.publications(module_id)
    if not publications:
        raise InvalidValue("there is no published module with this id", "module_id")
    return await versions.get(module_id, number_on_offer(publications, end_of_day) or 1)
