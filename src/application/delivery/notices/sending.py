"""Sending what was decided, if it still is to be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from application.compliance.obligations.lists import AsOf, ObligationFilter, ObligationReader, VisiblePeople
from application.delivery.notices.letters import CalendarEntry, Letter, LetterLine, LetterLinks, UnsubscribeLinks
from application.delivery.notices.ports import NoticeFacts, Notices, NoticeSettingsOfPeople, SubjectFacts
from application.kernel.access import Actor, Scope, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from domain.compliance.standing import Label
from domain.delivery.notices import Notice, NoticeKind, NoticeReason, NoticesSettled, SubjectKind
from domain.delivery.quiet_hours import QuietHours
from domain.delivery.recipients import Recipient, is_mandatory

TO_ACT_ON = (Label.OVERDUE, Label.LAPSED, Label.DUE_SOON)
MOST_IN_DIGEST = 50


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be sent now: a letter, or nothing before `quiet_until` (UTC), or nothing at all."""

    letter: Letter | None = None
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PrepareLetter(Command[Prepared]):
    """Write the letter of these notices, of what is true now."""

    mail_id: UUID


@dataclass(frozen=True, slots=True)
class LetterContent(PortSet):
    """What letters are written from."""

    facts: NoticeFacts
    obligations: ObligationReader
    links: LetterLinks
    unsubscribing: UnsubscribeLinks

    async def subjects(self, recipient: Recipient, notices: Sequence[Notice], day: date) -> Mapping[UUID, SubjectFacts]:
        """What the notices are about, as it is now. They are all of one kind."""
        kind = notices[0].subject
        if kind is SubjectKind.TEAM:
            return {recipient.user_id: SubjectFacts("", is_open=recipient.is_manager)}
        return await self.facts.subjects(recipient.user_id, kind, [each.object_id for each in notices], day)

    async def team(self, recipient: Recipient, day: date) -> tuple[tuple[LetterLine, ...], int]:
        """What a manager's people have to do, without the manager, and how much more there is than is listed."""
        visible = VisiblePeople(Scope(everyone=False, departments=recipient.manages), recipient.user_id)
        where = ObligationFilter(labels=TO_ACT_ON)
        page = await self.obligations.page(visible, AsOf(day), None, MOST_IN_DIGEST, where=where, total=True)
        items = [each for each in page.items if each.user_id != recipient.user_id]
        lines = tuple(LetterLine(each.requirement_title, each.due_on, each.full_name) for each in items)
        return lines, (page.total or 0) - len(page.items)

    def line(self, facts: SubjectFacts) -> LetterLine:
        link = self.links.of_certificate(facts.serial) if facts.serial else None
        return LetterLine(facts.title, facts.due_on, link=link, serial=facts.serial, reason=facts.reason)


@handles(PrepareLetter, allow=the_system, internal=True)
async def prepare_letter(
    command: PrepareLetter,
    actor: Actor,
    notices: Notices,
    content: LetterContent,
    quiet_hours: QuietHours,
    events: Events,
    clock: Clock,
    calendar: Calendar,
) -> Prepared:
    """The service writes a letter. What is no longer true is suppressed, and so is what the person does not get."""
    now = clock.now()
    waiting = [each for each in await notices.of_mail(command.mail_id) if each.can_be_sent]
    if not waiting:
        return Prepared()
    user_id, kind = waiting[0].user_id, waiting[0].kind
    recipient = await content.facts.recipient(user_id, calendar.day_of(now))
    obstacle = NoticeReason.ERASED if recipient is None else recipient.obstacle()
    if recipient is None or obstacle is not None:
        await _settle(notices, events, [each.suppressed(obstacle or NoticeReason.ERASED, now) for each in waiting])
        return Prepared()
    days = calendar.at(recipient.zone)
    quiet_until = quiet_hours.allowed_from(now, days)
    if quiet_until > now:
        await _settle(
            notices, events, [each.postponed(quiet_until) for each in waiting if each.not_before != quiet_until]
        )
        return Prepared(quiet_until=quiet_until)
    today = days.day_of(now)
    subjects = await content.subjects(recipient, waiting, today)
    suppressed = [
        each.suppressed(reason, now) for each in waiting if (reason := _reason(each, recipient, subjects)) is not None
    ]
    unwanted = {each.id for each in suppressed}
    wanted = [each for each in waiting if each.id not in unwanted]
    lines, more = tuple(content.line(subjects[each.object_id]) for each in wanted), 0
    if wanted and kind is NoticeKind.DIGEST:
        lines, more = await content.team(recipient, today)
        if not lines:
            suppressed, wanted = [each.suppressed(NoticeReason.SUPERSEDED, now) for each in wanted], []
    await _settle(notices, events, suppressed)
    if not wanted or recipient.email is None:
        return Prepared()
    mandatory = any(is_mandatory(kind, statutory=subjects[each.object_id].is_statutory) for each in wanted)
    return Prepared(
        Letter(
            id=command.mail_id,
            kind=kind,
            to=recipient.email,
            name=recipient.full_name,
            today=today,
            written_at=now,
            lines=lines,
            more=more,
            unsubscribe=None if mandatory else content.unsubscribing.link(recipient.user_id, kind),
            calendar=tuple(_entry(each, subjects[each.object_id]) for each in wanted if _is_for_calendars(each)),
        )
    )


def _reason(notice: Notice, recipient: Recipient, subjects: Mapping[UUID, SubjectFacts]) -> NoticeReason | None:
    """Why this one is not sent."""
    facts = subjects.get(notice.object_id)
    if facts is None or not facts.is_open:
        return NoticeReason.SUPERSEDED
    if notice.subject is SubjectKind.OBLIGATION and (notice.cycle != facts.cycle or notice.is_outdated(facts.due_on)):
        return NoticeReason.SUPERSEDED
    return NoticeReason.PREFERENCE if recipient.declines(notice.kind, statutory=facts.is_statutory) else None


def _is_for_calendars(notice: Notice) -> bool:
    return notice.kind is NoticeKind.DUE and notice.subject is SubjectKind.OBLIGATION and notice.due_on is not None


def _entry(notice: Notice, facts: SubjectFacts) -> CalendarEntry:
    uid = f"{notice.object_id}-{notice.user_id}-{notice.cycle}@unified-dental"
    return CalendarEntry(uid, notice.sequence, facts.title, notice.due_on or notice.day)


@dataclass(frozen=True, slots=True)
class SettleLetter(Command[None]):
    """Keep what the mail server has answered: `sent`, or why not, with its number.

    With `refused_address`, the server takes no mail for this address of the person.
    """

    mail_id: UUID
    reason: NoticeReason | None = None
    status: int | None = None
    refused_address: str | None = None


@handles(SettleLetter, allow=the_system, internal=True)
async def settle_letter(
    command: SettleLetter,
    actor: Actor,
    notices: Notices,
    settings: NoticeSettingsOfPeople,
    facts: NoticeFacts,
    events: Events,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """The service keeps that a letter was sent, or that it never will be. No other mail goes to a refused address."""
    now = clock.now()
    waiting = [each for each in await notices.of_mail(command.mail_id) if each.can_be_sent]
    if not waiting:
        return
    if command.reason is None:
        settled = [each.sent(now) for each in waiting]
    else:
        settled = [each.failed(command.reason, command.status, now) for each in waiting]
    await _settle(notices, events, settled)
    if command.refused_address is not None:
        # Merged users have no address of their own, and of those who were erased nothing is kept.
        recipient = await facts.recipient(waiting[0].user_id, calendar.day_of(now))
        if recipient is not None and not recipient.is_erased:
            known = await settings.get(recipient.user_id)
            await settings.keep(known.refused(command.refused_address, now))


async def withhold(notices: Notices, events: Events, user_id: UUID, reason: NoticeReason, now: datetime) -> None:
    """Send nothing of what waits for the person."""
    waiting: dict[UUID, list[Notice]] = defaultdict(list)
    for each in await notices.waiting_of(user_id):
        waiting[each.mail_id].append(each.suppressed(reason, now))
    for some in waiting.values():
        await _settle(notices, events, some)


async def _settle(notices: Notices, events: Events, settled: Sequence[Notice]) -> None:
    if settled:
        await notices.settle(settled)
        ids, first = tuple(each.id for each in settled), settled[0]
        events.record(NoticesSettled(first.mail_id, first.user_id, ids, first.state))
