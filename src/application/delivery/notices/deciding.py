"""Deciding who is to be notified of what: every hour, by the day that it is where each person works."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from uuid import UUID

from application.delivery.notices.letters import Mailer
from application.delivery.notices.ports import NoticeCandidates, NoticeFacts, Notices, Window
from application.kernel.access import Actor, the_system
from application.kernel.bus import Bus
from application.kernel.handlers import handles
from application.kernel.messages import Command, Query
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.schedule import scheduled
from application.kernel.units import Events
from domain.delivery.notices import Notice, NoticeDecidedBefore, NoticeKind, NoticesDecided, SubjectKind
from domain.delivery.reminders import ANNOUNCED_FOR, Candidate, Decision, ReminderPolicy, decide, is_known
from domain.kernel.days import days_later
from domain.kernel.schedules import Due, Every

log = logging.getLogger("unified_dental.mail")

PAGE = 500
"""Candidates that are read at once, and decided in one unit of work."""
LATE = timedelta(hours=6)
"""A reminder that is not decided so long after its day has begun is missed."""


class NoticeSource(StrEnum):
    """Where notices come from that no event causes."""

    OBLIGATIONS = "obligations"
    EXPIRING = "expiring"
    MANAGERS = "managers"


@dataclass(frozen=True, slots=True)
class DecideNotices(Command[UUID | None]):
    """Decide the notices of the next people, by id, whose time zone is this one, for their local day."""

    source: NoticeSource
    zone: str | None
    day: date
    after: UUID | None = None


@handles(DecideNotices, allow=the_system, internal=True, raises=(NoticeDecidedBefore,))
async def decide_notices(
    command: DecideNotices,
    actor: Actor,
    notices: Notices,
    candidates: NoticeCandidates,
    events: Events,
    policy: ReminderPolicy,
    ids: Ids,
    clock: Clock,
) -> UUID | None:
    """The service decides who is to be notified of what, once for each cause. The answer is the last of these people;
    None when nobody is left.
    """
    await notices.hold()
    found = await candidates_of(candidates, policy, command.source, command.zone, command.day, command.after)
    if not found:
        return None
    decisions = (decide(each, command.day, policy) for each in found)
    new = in_letters((each for each in decisions if each is not None), ids, clock.now())
    await notices.add([notice for letter in new for notice in letter])
    for letter in new:
        events.record(NoticesDecided(letter[0].mail_id, letter[0].user_id, tuple(each.id for each in letter)))
    return found[-1].user_id


async def candidates_of(
    candidates: NoticeCandidates,
    policy: ReminderPolicy,
    source: NoticeSource,
    zone: str | None,
    day: date,
    after: UUID | None,
) -> list[Candidate]:
    """What the next people may have to be notified of."""
    match source:
        case NoticeSource.OBLIGATIONS:
            before, ahead = policy.window
            opened_since = days_later(day, -ANNOUNCED_FOR)
            window = Window(days_later(day, -before), days_later(day, ahead), opened_since)
            return await candidates.obligations(zone, day, window, after, PAGE)
        case NoticeSource.EXPIRING:
            return await candidates.expiring(zone, day, days_later(day, max(policy.expiring, default=0)), after, PAGE)
        case NoticeSource.MANAGERS:
            return await candidates.managers(zone, after, PAGE)


MOST_IN_LETTER = 50


def in_letters(decisions: Iterable[Decision], ids: Ids, now: datetime) -> list[list[Notice]]:
    """The notices; those of one person and kind are in one letter, up to a number."""
    together: dict[tuple[UUID, NoticeKind, SubjectKind], list[Decision]] = defaultdict(list)
    for each in decisions:
        together[each.candidate.user_id, each.kind, each.candidate.subject].append(each)
    letters = []
    for some in together.values():
        rest = iter(some)
        while part := list(islice(rest, MOST_IN_LETTER)):
            mail_id = ids.new()
            letters.append([notice_of(each, ids.new(), mail_id, now) for each in part])
    return letters


def notice_of(decision: Decision, id: UUID, mail_id: UUID, now: datetime) -> Notice:
    """The notice that was decided."""
    about = decision.candidate
    return Notice(
        id=id,
        mail_id=mail_id,
        user_id=about.user_id,
        kind=decision.kind,
        subject=about.subject,
        object_id=about.object_id,
        cause=decision.cause,
        cycle=about.cycle,
        day=decision.day,
        due_on=about.due_on,
        sequence=decision.sequence,
        decided_at=now,
    )


@dataclass(frozen=True, slots=True)
class DecideNotice(Command[None]):
    """Decide the notice that an event causes; nothing happens if there is one for this cause."""

    user_id: UUID
    kind: NoticeKind
    subject: SubjectKind
    object_id: UUID
    cause: str


@handles(DecideNotice, allow=the_system, internal=True, raises=(NoticeDecidedBefore,))
async def decide_notice(
    command: DecideNotice,
    actor: Actor,
    notices: Notices,
    facts: NoticeFacts,
    events: Events,
    ids: Ids,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """The service decides that somebody is to be notified of what has happened, once for each cause.

    Nobody is notified of an enrollment in a module of an obligation that was announced within a day.
    """
    now = clock.now()
    recipient = await facts.recipient(command.user_id, calendar.day_of(now))
    if recipient is None or await notices.has(recipient.user_id, command.object_id, command.cause):
        return
    day = calendar.at(recipient.zone).day_of(now)
    if command.subject is SubjectKind.ENROLLMENT:
        await notices.hold()
        if is_known(await facts.announced_at(recipient.user_id, command.object_id, day), now):
            return
    candidate = Candidate(recipient.user_id, command.subject, command.object_id, 0, day, None)
    notice = notice_of(Decision(candidate, command.kind, command.cause, day), ids.new(), ids.new(), now)
    await notices.add([notice])
    events.record(NoticesDecided(notice.mail_id, notice.user_id, (notice.id,)))


@scheduled("decide-notices", Every(timedelta(hours=1)))
async def decide_notices_hourly(
    due: Due, actor: Actor, bus: Bus, facts: NoticeFacts, mailer: Mailer, clock: Clock, calendar: Calendar
) -> None:
    """Everybody is reminded of what is due, by the day at their location. Nothing is decided without a mail server."""
    if mailer.is_set_up:
        await decide_all(bus, actor, await facts.zones(), clock.now(), calendar)


async def decide_all(bus: Bus, actor: Actor, zones: Sequence[str | None], now: datetime, calendar: Calendar) -> None:
    """Decide what is to be decided now, some people in each unit of work."""
    for zone in zones:
        day = calendar.at(zone).day_of(now)
        for source in NoticeSource:
            after = await bus.execute(DecideNotices(source, zone, day), actor)
            while after is not None:
                after = await bus.execute(DecideNotices(source, zone, day, after), actor)


@dataclass(frozen=True, slots=True)
class CountMissedReminders(Query[int]):
    """How many reminders of due days should have been decided, and were not."""


@handles(CountMissedReminders, allow=the_system, internal=True)
async def count_missed_reminders(
    query: CountMissedReminders,
    actor: Actor,
    candidates: NoticeCandidates,
    facts: NoticeFacts,
    policy: ReminderPolicy,
    clock: Clock,
    calendar: Calendar,
) -> int:
    """The service counts reminders that were to be decided six hours ago, by what is known now, and are not there."""
    missed = 0
    for zone in await facts.zones():
        day = calendar.at(zone).day_of(clock.now() - LATE)
        after: UUID | None = None
        while found := await candidates_of(candidates, policy, NoticeSource.OBLIGATIONS, zone, day, after):
            missed += sum(1 for each in found if is_reminder(decide(each, day, policy)))
            after = found[-1].user_id
    return missed


def is_reminder(decision: Decision | None) -> bool:
    """Whether it is one of a due day."""
    return decision is not None and decision.kind in (NoticeKind.DUE, NoticeKind.OVERDUE)
