"""The transcript of a person: training and credentials, what they are worth on a day, and what they count for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from application.compliance.obligations.lists import AsOf, ObligationReader, VisiblePeople
from application.compliance.requirements.ports import Rule
from application.compliance.retention import Retained, Retentions
from application.evidence.credentials.queries import CredentialReader, CredentialView
from application.evidence.records.queries import RecordReader, RecordView
from application.kernel.access import Actor, Scope, anyone, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, Query
from application.kernel.ports import Calendar
from application.kernel.wiring import PortSet
from application.reporting.obligation_reports import one_batch
from application.reporting.report import Reporter, ReportFile, ReportFormat
from domain.compliance.facts import Proof
from domain.compliance.kept_records import Kept, kept_until
from domain.kernel.values import PlausibleDay
from domain.people.user_errors import UserNotFound

T = TypeVar("T")
AT_ONCE = 200


class Kind(StrEnum):
    """What a line of a transcript is about."""

    TRAINING = "training"
    CREDENTIAL = "credential"


class Worth(StrEnum):
    """What it is worth on the day of the transcript."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    """Its certificate was revoked, or it was declared void."""
    NOT_VERIFIED = "not_verified"
    """Nobody has verified the credential, or it was rejected or withdrawn."""


@dataclass(slots=True)
class TranscriptRow:
    """A training or a credential of a person. `day` is that of the completion, or of the credential's issue.

    `counts_for` are the codes of the requirements that are met by it on the day of the transcript. `trainers` are
    names; `score` is percent, and `credit_hours` are hours. It must be kept until `kept_until`, by its own retention
    and by the requirements `kept_by`; null while a day that it depends on has not come.
    """

    kind: Kind
    id: UUID
    day: date
    title: str
    version_number: int | None
    delivery: str | None
    score: float | None
    credit_hours: float | None
    trainers: tuple[str, ...]
    issuer: str | None
    number: str | None
    valid_until: date | None
    worth: Worth
    certificate_serial: str | None
    counts_for: tuple[str, ...]
    kept_until: date | None
    kept_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence(PortSet):
    """What a person has to show."""

    records: RecordReader
    credentials: CredentialReader
    obligations: ObligationReader
    calendar: Calendar

    async def rows(
        self, scope: Scope, visible: VisiblePeople, user_id: UUID, as_of: AsOf, kept: Retained
    ) -> list[TranscriptRow] | None:
        """By day, the newest first; None when there is no such user within the scope."""
        records = await _all(lambda after: self.records.of_user(scope, user_id, after, AT_ONCE))
        if records is None:
            return None
        credentials = await _all(lambda after: self.credentials.of_user(scope, user_id, after, AT_ONCE)) or []
        owed = await _all(lambda after: self.obligations.of_user(visible, user_id, as_of, after, AT_ONCE)) or []
        counts: dict[UUID, tuple[str, ...]] = {}
        for each in owed:
            for proof in each.met_by:
                counts[proof] = (*counts.get(proof, ()), each.requirement_code)
        rows = [*self._of_records(records, as_of, counts, kept), *_of_credentials(credentials, as_of, counts, kept)]
        return sorted(rows, key=lambda row: (row.day, row.id), reverse=True)

    def _of_records(
        self, records: Iterable[RecordView], as_of: AsOf, counts: Mapping[UUID, tuple[str, ...]], kept: Retained
    ) -> Iterator[TranscriptRow]:
        for each in records:
            day = self.calendar.at(each.time_zone or "UTC").day_of(each.completed_at)
            if day <= as_of.day and _is_known(each.recorded_at, as_of):
                revoked = _is_known(each.revoked_at, as_of) or _is_known(each.voided_at, as_of)
                yield TranscriptRow(
                    Kind.TRAINING,
                    each.id,
                    day,
                    each.title,
                    each.version_number,
                    each.delivery.value,
                    each.score,
                    each.credit_hours,
                    tuple(_names_in(each.trainers)),
                    each.issuer,
                    each.reference,
                    each.valid_until,
                    Worth.REVOKED if revoked else _worth(each.valid_until, as_of.day),
                    each.certificate_serial,
                    counts.get(each.id, ()),
                    *_kept(each.retention_until, kept.of(each.id)),
                )


def _of_credentials(
    credentials: Iterable[CredentialView], as_of: AsOf, counts: Mapping[UUID, tuple[str, ...]], kept: Retained
) -> Iterator[TranscriptRow]:
    for each in credentials:
        if each.issued_on <= as_of.day and _is_known(each.submitted_at, as_of):
            worth = _worth(each.expires_on, as_of.day)
            if not _is_known(each.decided_at, as_of) or each.status in ("rejected", "withdrawn"):
                worth = Worth.NOT_VERIFIED
            elif _is_known(each.voided_at, as_of):
                worth = Worth.REVOKED
            yield TranscriptRow(
                Kind.CREDENTIAL,
                each.id,
                each.issued_on,
                each.type,
                None,
                None,
                None,
                None,
                (),
                each.issuer,
                each.number,
                each.expires_on,
                worth,
                None,
                counts.get(each.id, ()),
                *_kept(each.retention_until, kept.of(each.id, Proof(each.id, each.issued_on, credential=each.type))),
            )


def _kept(own: date, asked: Sequence[tuple[Rule, Kept]]) -> tuple[date | None, tuple[str, ...]]:
    return kept_until(own, [kept for _, kept in asked]), tuple(rule.code for rule, _ in asked)


def _worth(valid_until: date | None, day: date) -> Worth:
    return Worth.EXPIRED if valid_until is not None and valid_until < day else Worth.VALID


def _is_known(moment: datetime | None, as_of: AsOf) -> bool:
    """Whether it had happened by the moment that is asked about."""
    return moment is not None and (as_of.known_at is None or moment <= as_of.known_at)


def _names_in(trainers: Any) -> Iterator[str]:
    # As they are stored, or as objects.
    for each in trainers:
        yield str(each["name"] if isinstance(each, Mapping) else each.name)


async def _all(page_after: Callable[[Cursor | None], Awaitable[Page[T] | None]]) -> list[T] | None:
    """The items of all pages."""
    found: list[T] = []
    after: Cursor | None = None
    while True:
        page = await page_after(after)
        if page is None:
            return None
        found.extend(page.items)
        if page.next is None:
            return found
        after = page.next


@dataclass(frozen=True, slots=True)
class ReadTranscript(Query[ReportFile[TranscriptRow]]):
    """The training and the credentials of a person, with what they count for."""

    user_id: UUID
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    format: ReportFormat = ReportFormat.JSON


@handles(ReadTranscript, allow=anyone, raises=(UserNotFound,))
async def read_transcript(
    query: ReadTranscript, actor: Actor, evidence: Evidence, retentions: Retentions, reporter: Reporter
) -> ReportFile[TranscriptRow]:
    """Show what somebody has learned and holds, the newest first, to that person, to managers of the department,
    compliance officers and administrators.

    The report is of the day `as_of`, by default today, by what was known at `known_at`, by default at the watermark.
    """
    basis = await reporter.begin(actor, query.as_of, query.known_at)
    kept = await retentions.of(query.user_id)
    rows = await evidence.rows(scope_of(actor), basis.visible, query.user_id, basis.as_of, kept)
    if rows is None:
        raise UserNotFound
    return await reporter.send("transcript", basis, TranscriptRow, one_batch(rows), query.format)
