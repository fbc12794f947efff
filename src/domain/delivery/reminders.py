"""When people are reminded, by the days between today and a due day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.delivery.notices import NoticeKind, SubjectKind
from domain.kernel.days import days_later

ANNOUNCED_FOR = 14
"""Days after its opening for which something new is announced; later, the reminders before the due day tell of it."""
WEEK = 7
SAME = timedelta(days=1)
"""For so long after an obligation was announced, an enrollment in a module that it asks for is no news."""


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """On which days people are reminded: so many days before the due day, on it if `on_day`, and so many days after it.

    After the last of the days `after` they are reminded weekly, up to `until` days after the due day. `expiring` are
    the days before the end of a certificate or credential. `digest_on` is the weekday of managers' digests, 0 for
    Monday.
    """

    before: tuple[int, ...] = (30, 7, 1)
    on_day: bool = True
    after: tuple[int, ...] = (7, 14)
    until: int = 90
    expiring: tuple[int, ...] = (30, 7)
    digest_on: int = 0

    @property
    def steps(self) -> tuple[int, ...]:
        """The days of reminders, counted from the due day, in order: negative before it."""
        after = [each for each in sorted({*self.after}) if each <= self.until]
        weekly = range(after[-1] + WEEK, self.until + 1, WEEK) if after else ()
        return tuple(sorted({-each for each in self.before} | ({0} if self.on_day else set()) | {*after, *weekly}))

    @property
    def window(self) -> tuple[int, int]:
        """How many days before and after today the due days are that can have a reminder."""
        return self.until + WEEK, max([*self.before, 0])


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a person may have to be notified of, and the causes of notices about it that there are already.

    `opened_on` is the day since which it is so; `due_on` the day on which it is due, or expires. `enrollment_on` is the
    last day on which the person was notified of an enrollment in a module that an obligation asks for.
    """

    user_id: UUID
    subject: SubjectKind
    object_id: UUID
    cycle: int
    opened_on: date
    due_on: date | None
    causes: frozenset[str] = frozenset()
    enrollment_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """That there is to be a notice."""

    candidate: Candidate
    kind: NoticeKind
    cause: str
    day: date
    sequence: int = 0


def decide(candidate: Candidate, today: date, policy: ReminderPolicy) -> Decision | None:
    """The notice that there is to be today, if there is one to be and there is none yet.

    A day on which the service did not run is caught up: the latest reminder counts, and only that.
    """
    decision: Decision | None
    match candidate.subject:
        case SubjectKind.TEAM:
            decision = _digest(candidate, today, policy)
        case SubjectKind.OBLIGATION:
            decision = _reminder(candidate, today, policy) or _announcement(candidate, today)
        case _:
            decision = _expiry(candidate, today, policy)
    return None if decision is None or decision.cause in candidate.causes else decision


def _announcement(candidate: Candidate, today: date) -> Decision | None:
    if not candidate.opened_on <= today <= days_later(candidate.opened_on, ANNOUNCED_FOR):
        return None
    if candidate.enrollment_on is not None and candidate.enrollment_on >= candidate.opened_on:
        return None  # The person knows it since the enrollment.
    return Decision(candidate, NoticeKind.ASSIGNED, f"assigned/{candidate.cycle}", candidate.opened_on)


def is_known(announced_at: datetime | None, now: datetime) -> bool:
    """Whether an enrollment needs no notice, since an obligation that asks for the same module was just announced.

    `announced_at` (UTC) is when that was decided; None if it was not. The other way round, an obligation is not
    announced if the enrollment was since the obligation opened: one cause gives one message.
    """
    return announced_at is not None and now - announced_at < SAME


def _reminder(candidate: Candidate, today: date, policy: ReminderPolicy) -> Decision | None:
    due_on = candidate.due_on
    if due_on is None:
        return None
    step = _latest(policy.steps, due_on, today)
    # What is announced on the same day, or later, needs no reminder beside it.
    if step is None or (today - due_on).days > policy.until + WEEK or days_later(due_on, step) <= candidate.opened_on:
        return None
    kind = NoticeKind.OVERDUE if step > 0 else NoticeKind.DUE
    cause = f"{kind}/{candidate.cycle}/{due_on}/{step}"
    return Decision(candidate, kind, cause, days_later(due_on, step), _sequence(candidate, due_on))


def _expiry(candidate: Candidate, today: date, policy: ReminderPolicy) -> Decision | None:
    ends_on = candidate.due_on
    if ends_on is None or ends_on < today:
        return None
    step = _latest(sorted(-each for each in policy.expiring), ends_on, today)
    if step is None or days_later(ends_on, step) <= candidate.opened_on:
        return None
    cause = f"{NoticeKind.EXPIRING}/{ends_on}/{step}"
    return Decision(candidate, NoticeKind.EXPIRING, cause, days_later(ends_on, step))


def _digest(candidate: Candidate, today: date, policy: ReminderPolicy) -> Decision:
    day = today - timedelta(days=(today.weekday() - policy.digest_on) % WEEK)
    return Decision(candidate, NoticeKind.DIGEST, f"{NoticeKind.DIGEST}/{day}", day)


def _latest(steps: Iterable[int], due_on: date, today: date) -> int | None:
    """The last step whose day has come."""
    past = (today - due_on).days
    return max((step for step in steps if step <= past), default=None)


_REMINDER = re.compile(r"(?:due|overdue)/(\d+)/(\d{4}-\d\d-\d\d)/-?\d+")


def _sequence(candidate: Candidate, due_on: date) -> int:
    """How many other due days of this cycle people were reminded of before."""
    return len({*_due_days_of(candidate)} - {due_on.isoformat()})


def _due_days_of(candidate: Candidate) -> Iterator[str]:
    for cause in candidate.causes:
        if (found := _REMINDER.fullmatch(cause)) and int(found[1]) == candidate.cycle:
            yield found[2]
