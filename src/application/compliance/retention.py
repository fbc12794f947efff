"""Until when records must be kept, by their own retention and by the requirements that concern the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.compliance.proofs import KnownProofs
from application.compliance.requirements.ports import KnownRules, Rule
from application.compliance.timelines import KnownTimelines
from application.evidence.records.queries import RecordReader
from application.kernel.access import EVERYONE, Actor, anyone, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.kernel.ports import Calendar, Clock
from application.kernel.wiring import PortSet
from application.people.users.queries import UserReader
from domain.compliance.audience_facts import EmploymentStatus
from domain.compliance.facts import Proof
from domain.compliance.kept_records import Kept, kept_by, kept_until
from domain.compliance.rule_retention import RetentionFrom
from domain.compliance.timelines import Timeline
from domain.compliance.under_rule import PersonInTime
from domain.evidence.records import RecordNotFound
from domain.kernel.days import days_later


@dataclass(slots=True)
class KeptBy:
    """A requirement that asks to keep a record for `years`, counted from its training, the end of the employment or the
    last day on which the rule was in effect. `until` is the last day; null while the day it counts from has not come.
    """

    requirement_id: UUID
    requirement_code: str
    requirement_version: int
    citation: str | None
    years: int
    counted_from: RetentionFrom
    until: date | None


@dataclass(slots=True)
class RecordRetention:
    """Until when a training record must be kept.

    `retention_until` is the last day by its module and by what it cites, as it was when the record was written.
    `kept_until` is the longest of this and of what requirements ask: null while a day that it depends on has not come.
    """

    record_id: UUID
    retention_until: date
    kept_until: date | None
    kept_by: list[KeptBy]


class Retained:
    """What the requirements that have ever concerned a person ask of the person's records."""

    def __init__(self, rules: Sequence[Rule], timeline: Timeline | None, proofs: Sequence[Proof], today: date) -> None:
        self._proofs = {each.id: each for each in proofs}
        self._left_on = None if timeline is None else left_on(timeline)
        person = None if timeline is None else PersonInTime(timeline)
        self._rules = [
            rule
            for rule in rules
            if person is not None and any(each.from_day <= today for each in person.under(rule.versions))
        ]

    def of(self, record_id: UUID, proof: Proof | None = None) -> list[tuple[Rule, Kept]]:
        """By which rules it is kept; none for a record that counts for nothing. A credential is given as a proof."""
        proof = proof or self._proofs.get(record_id)
        if proof is None:
            return []
        asked = ((rule, kept_by(rule.versions, rule.retired_on, proof, self._left_on)) for rule in self._rules)
        return [(rule, kept) for rule, kept in asked if kept is not None]


@dataclass(frozen=True, slots=True)
class Retentions(PortSet):
    """Reads what is asked of the records of a person."""

    rules: KnownRules
    timelines: KnownTimelines
    proofs: KnownProofs
    clock: Clock
    calendar: Calendar

    async def of(self, user_id: UUID) -> Retained:
        """In five statements, or in one as long as no requirement asks to keep anything."""
        asking = [
            rule for rule in await self.rules.approved() if any(version.terms.retention for version in rule.versions)
        ]
        timelines: Mapping[UUID, Timeline] = {}
        proofs: Mapping[UUID, Sequence[Proof]] = {}
        if asking:
            timelines = await self.timelines.of([user_id], self.calendar.at)
            proofs = await self.proofs.of([user_id])
        today = self.calendar.day_of(self.clock.now())
        return Retained(asking, timelines.get(user_id), proofs.get(user_id, ()), today)


def left_on(timeline: Timeline) -> date | None:
    """The last day of the employment; None for somebody who works here, or whose employment is not known."""
    last = timeline.employed[-1] if timeline.employed else None
    left = last is not None and last.status is EmploymentStatus.LEFT
    return days_later(last.from_day, -1) if last is not None and left else None


@dataclass(frozen=True, slots=True)
class ReadRecordRetention(Query[RecordRetention]):
    """Until when a training record must be kept, and by which rules."""

    record_id: UUID


@handles(ReadRecordRetention, allow=anyone, raises=(RecordNotFound,))
async def read_record_retention(
    query: ReadRecordRetention, actor: Actor, records: RecordReader, users: UserReader, retentions: Retentions
) -> RecordRetention:
    """Show until when a record must be kept to that person, to managers of the department, to compliance and
    administrators. It follows from the requirements and the employment as they are known now, and is stored nowhere.
    """
    record = await records.detail(scope_of(actor), query.record_id)
    if record is None:
        raise RecordNotFound
    user = await users.detail(EVERYONE, record.user_id)
    person_id = record.user_id if user is None or user.merged_into is None else user.merged_into
    asked = (await retentions.of(person_id)).of(record.id)
    return RecordRetention(
        record.id,
        record.retention_until,
        kept_until(record.retention_until, [kept for _, kept in asked]),
        [
            KeptBy(
                rule.requirement_id,
                rule.code,
                kept.version.number,
                None if kept.version.terms.citation is None else kept.version.terms.citation.text,
                kept.retention.years,
                kept.retention.counted_from,
                kept.until,
            )
            for rule, kept in asked
        ],
    )
