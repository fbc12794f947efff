"""What people may have to be notified of, and what is true when they are notified, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.compliance.obligation_states import OBLIGATION_STATES, StateRow
from adapters.memory.compliance.requirements import REQUIREMENTS
from adapters.memory.delivery.notices import NOTICE_SETTINGS, NOTICES
from adapters.memory.evidence.tables import CERTIFICATES, CREDENTIALS, RECORDS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.learning.tables import DUE_DAYS, ENROLLMENTS
from adapters.memory.people.histories import EMPLOYMENT
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.merged import ids_of, person_of
from adapters.memory.people.tables import USERS
from adapters.memory.people.zones import Zones
from adapters.registry import serves
from application.delivery.notices.ports import NoticeCandidates, NoticeFacts, SubjectFacts, Window
from domain.compliance.citations import Basis
from domain.compliance.standing import STOPPED
from domain.delivery.notices import Notice, NoticeKind, NoticeState, SubjectKind
from domain.delivery.recipients import Recipient
from domain.delivery.reminders import Candidate
from domain.evidence.certificates import Certificate
from domain.evidence.credentials import Credential, CredentialStatus, superseding
from domain.kernel.roles import Role
from domain.people.employment import employment_on
from domain.people.facts import in_force

BY_LAW = (Basis.STATUTE, Basis.REGULATION)


class _Facts:
    """What both adapters read."""

    def __init__(self, store: MemoryStore) -> None:
        self.notices = store.table(NOTICES)
        self.settings = store.table(NOTICE_SETTINGS)
        self.states = store.table(OBLIGATION_STATES)
        self.requirements = store.table(REQUIREMENTS)
        self.users = store.table(USERS)
        self.locations = store.table(LOCATIONS)
        self.employment = store.table(EMPLOYMENT)
        self.modules = store.table(MODULES)
        self.enrollments = store.table(ENROLLMENTS)
        self.due_days = store.table(DUE_DAYS)
        self.records = store.table(RECORDS)
        self.certificates = store.table(CERTIFICATES)
        self.credentials = store.table(CREDENTIALS)
        self.zones = Zones(store.table)

    def states_on(self, day: date) -> Iterable[StateRow]:
        """What is known now of this day."""
        return (row for row in self.states.rows() if row.superseded_at is None and row.state.covers(day))

    def announcements(self, user_id: UUID, subject: SubjectKind) -> list[Notice]:
        """Those of something new to do that were sent, or are to be."""
        return [
            each
            for each in self.notices.rows()
            if (each.user_id, each.kind, each.subject) == (user_id, NoticeKind.ASSIGNED, subject)
            and each.state in (NoticeState.WAITING, NoticeState.SENT)
        ]

    def is_replaced(self, certificate: Certificate) -> bool:
        """Whether the person has another certificate of the same module that is valid longer."""
        own = ids_of(self.users, person_of(self.users, certificate.user_id))
        module_id = self.records.by_key[certificate.record_id].training.module_id
        return module_id is not None and any(
            each.record_id != certificate.record_id
            and each.user_id in own
            and each.revoked_at is None
            and self.records.by_key[each.record_id].training.module_id == module_id
            and certificate.valid_until is not None
            and (each.valid_until is None or each.valid_until > certificate.valid_until)
            for each in self.certificates.rows()
        )

    def is_superseded(self, credential: Credential) -> bool:
        """Whether another one of the person's renews it."""
        own = ids_of(self.users, person_of(self.users, credential.user_id))
        proven = [each.verified for each in self.credentials.rows() if each.user_id in own]
        earlier = credential.verified
        return earlier is not None and superseding(earlier, filter(None, proven)) is not None


@serves(NoticeCandidates)
class MemoryNoticeCandidates:
    """Implements application.delivery.notices.ports.NoticeCandidates."""

    def __init__(self, store: MemoryStore) -> None:
        self._facts = _Facts(store)

    async def obligations(
        self, zone: str | None, day: date, window: Window, after: UUID | None, limit: int
    ) -> list[Candidate]:
        found = []
        for row in self._facts.states_on(day):
            state, user_id = row.state, row.obligation.user_id
            place = self._facts.locations.peek(state.location_id) if state.location_id else None
            its_zone = self._facts.zones.of(user_id) if place is None else place.time_zone
            is_due = state.due_on is not None and window.first_due <= state.due_on <= window.last_due
            if (
                its_zone == zone
                and state.is_open
                and state.relief not in STOPPED
                and (is_due or state.opened_on >= window.opened_since)
            ):
                about = (row.obligation.requirement_id, state.cycle, state.opened_on, state.due_on)
                candidate = self._candidate(user_id, SubjectKind.OBLIGATION, *about)
                told = self._facts.announcements(user_id, SubjectKind.ENROLLMENT)
                days = [each.day for each in told if each.object_id in state.modules]
                found.append(replace(candidate, enrollment_on=max(days, default=None)))
        return self._page(found, after, limit)

    async def expiring(
        self, zone: str | None, day: date, until: date, after: UUID | None, limit: int
    ) -> list[Candidate]:
        facts, found = self._facts, []
        for each in facts.certificates.rows():
            ends_on, user_id = each.valid_until, person_of(facts.users, each.user_id)
            ends = ends_on is not None and day <= ends_on <= until
            if ends and each.revoked_at is None and facts.zones.of(user_id) == zone and not facts.is_replaced(each):
                about = (each.record_id, 0, each.valid_from, ends_on)
                found.append(self._candidate(user_id, SubjectKind.CERTIFICATE, *about))
        for card in facts.credentials.rows():
            ends_on, user_id = card.expires_on, person_of(facts.users, card.user_id)
            ends = ends_on is not None and day <= ends_on <= until and card.status is CredentialStatus.VERIFIED
            if ends and facts.zones.of(user_id) == zone and not facts.is_superseded(card):
                found.append(self._candidate(user_id, SubjectKind.CREDENTIAL, card.id, 0, card.issued_on, ends_on))
        return self._page(found, after, limit)

    async def managers(self, zone: str | None, after: UUID | None, limit: int) -> list[Candidate]:
        found = [
            self._candidate(each.id, SubjectKind.TEAM, each.id, 0, date.min, None)
            for each in self._facts.users.rows()
            if each.role is Role.MANAGER and self._facts.zones.of(each.id) == zone
        ]
        return self._page(found, after, limit)

    def _candidate(
        self, user_id: UUID, kind: SubjectKind, object_id: UUID, cycle: int, opened_on: date, due_on: date | None
    ) -> Candidate:
        known = frozenset(
            each.cause for each in self._facts.notices.rows() if each.user_id == user_id and each.object_id == object_id
        )
        return Candidate(user_id, kind, object_id, cycle, opened_on, due_on, known)

    def _page(self, found: Iterable[Candidate], after: UUID | None, limit: int) -> list[Candidate]:
        """Of people who are there, in order, and all of each person."""
        there = sorted(
            (each for each in found if (after is None or each.user_id > after) and self._is_there(each.user_id)),
            key=lambda each: (each.user_id, each.object_id),
        )
        if len(there) < limit:
            return there
        last = there[limit - 1].user_id
        return [each for each in there[:limit] if each.user_id != last] or [
            each for each in there if each.user_id == last
        ]

    def _is_there(self, user_id: UUID) -> bool:
        user = self._facts.users.peek(user_id)
        return user is not None and user.is_active and user.erased_at is None and user.merged_into is None


@serves(NoticeFacts)
class MemoryNoticeFacts:
    """Implements application.delivery.notices.ports.NoticeFacts."""

    def __init__(self, store: MemoryStore) -> None:
        self._facts = _Facts(store)

    async def zones(self) -> list[str | None]:
        return [*sorted({each.time_zone for each in self._facts.locations.rows()}), None]

    async def recipient(self, user_id: UUID, day: date) -> Recipient | None:
        facts = self._facts
        user = facts.users.peek(person_of(facts.users, user_id))
        if user is None:
            return None
        states = in_force([each for each in facts.employment.rows() if each.user_id == user.id])
        known = facts.settings.peek(user.id)
        return Recipient(
            user.id,
            user.email,
            user.full_name,
            facts.zones.of(user.id),
            user.is_active,
            user.erased_at is not None,
            user.demonstration or user.is_invented,
            employment_on(day, states).is_on_leave,
            known.declined if known else (),
            known.refused_address if known else None,
            user.managed_departments,
            user.role is Role.MANAGER,
        )

    async def announced_at(self, user_id: UUID, module_id: UUID, day: date) -> datetime | None:
        asking = {
            row.obligation.requirement_id
            for row in self._facts.states_on(day)
            if row.obligation.user_id == user_id and module_id in row.state.modules
        }
        told = self._facts.announcements(user_id, SubjectKind.OBLIGATION)
        return max((each.decided_at for each in told if each.object_id in asking), default=None)

    async def subjects(
        self, user_id: UUID, kind: SubjectKind, ids: Collection[UUID], day: date
    ) -> Mapping[UUID, SubjectFacts]:
        match kind:
            case SubjectKind.OBLIGATION:
                return self._obligations(user_id, ids, day)
            case SubjectKind.ENROLLMENT:
                return self._enrollments(user_id, ids, day)
            case SubjectKind.CERTIFICATE:
                return {each.record_id: self._certificate(each) for each in self._certificates(ids)}
            case _:
                held = (self._facts.credentials.peek(each) for each in ids)
                return {each.id: self._credential(each) for each in held if each is not None}

    def _obligations(self, user_id: UUID, ids: Collection[UUID], day: date) -> dict[UUID, SubjectFacts]:
        found = {}
        for row in self._facts.states_on(day):
            requirement = self._facts.requirements.peek(row.obligation.requirement_id)
            if row.obligation.user_id == user_id and requirement is not None and requirement.id in ids:
                state = row.state
                citation = requirement.of_number(state.version).terms.citation
                by_law = citation is not None and citation.basis in BY_LAW
                is_open = state.is_open and state.relief not in STOPPED
                found[requirement.id] = SubjectFacts(requirement.title, is_open, state.due_on, state.cycle, by_law)
        return found

    def _enrollments(self, user_id: UUID, ids: Collection[UUID], day: date) -> dict[UUID, SubjectFacts]:
        found = {}
        for module_id in ids:
            enrollment, module = self._facts.enrollments.peek((module_id, user_id)), self._facts.modules.peek(module_id)
            if enrollment is not None and module is not None:
                due = [
                    each.due_on
                    for each in self._facts.due_days.peek(user_id) or ()
                    if each.module_id == module_id
                    and each.from_day <= day
                    and (each.until is None or each.until >= day)
                ]
                found[module_id] = SubjectFacts(module.title, enrollment.completed_at is None, next(iter(due), None))
        return found

    def _certificates(self, ids: Collection[UUID]) -> list[Certificate]:
        return [each for each in self._facts.certificates.rows() if each.record_id in ids]

    def _certificate(self, each: Certificate) -> SubjectFacts:
        title = self._facts.records.by_key[each.record_id].training.title
        is_open = each.revoked_at is None and not self._facts.is_replaced(each)
        return SubjectFacts(title, is_open, each.valid_until, serial=each.serial)

    def _credential(self, each: Credential) -> SubjectFacts:
        is_open = each.status is CredentialStatus.REJECTED or (
            each.status is CredentialStatus.VERIFIED and not self._facts.is_superseded(each)
        )
        title = f"{each.type.replace('_', ' ')} of {each.issuer}"
        return SubjectFacts(title, is_open, each.expires_on, reason=each.decision_reason)
