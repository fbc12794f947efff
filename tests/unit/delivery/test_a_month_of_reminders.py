"""A month of reminders across a change of clocks, with workers that die at any moment: none twice, and none missed."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from application.delivery.notices.letters import Letter, MailDelayed
from domain.delivery.notices import NoticeState
from domain.delivery.quiet_hours import QuietHours
from domain.delivery.reminders import ReminderPolicy
from domain.kernel.days import LocalDays
from faults.rounds import rounds
from kit.about import for_each
from kit.measured import Measured
from kit.surroundings import CountingIds
from worlds.post_office import PostOffice

CHICAGO = LocalDays("America/Chicago")
FIRST, LAST = date(2026, 2, 20), date(2026, 3, 24)
"""Clocks are set forward on March 8."""
PEOPLE = range(1, 7)


class Died(BaseException):
    """The process has ended: nothing catches it."""


class Fate:
    """Lets a worker die at random, and the mail server refuse for the moment."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.deaths = 0

    def may_die(self, chance: float) -> None:
        if self._random.random() < chance:
            self.deaths += 1
            raise Died

    def before(self, letter: Letter) -> None:
        self.may_die(0.05)
        if self._random.random() < 0.1:
            raise MailDelayed("answered", 451)

    def after(self, letter: Letter) -> None:
        self.may_die(0.05)


class MortalIds(CountingIds):
    """A worker may die while it decides, too."""

    def __init__(self) -> None:
        super().__init__()
        self.fate: Fate | None = None

    def new(self) -> UUID:
        if self.fate is not None:
            self.fate.may_die(0.01)
        return super().new()


@pytest.mark.fault("a month of reminders across a change of clocks, with workers that die")
@for_each("seed", [7 + n for n in rounds(1, 20)])
async def test_none_twice_and_none_missed(seed: int, caplog: pytest.LogCaptureFixture, measured: Measured) -> None:
    caplog.set_level(logging.CRITICAL)
    random, ids, quiet = Random(seed), MortalIds(), QuietHours()
    office = PostOffice(ids=ids, quiet_hours="20:00-07:00", quiet_weekdays="sunday")
    office.clock.advance(CHICAGO.begin_of(FIRST) - office.clock.now())
    await office.office()
    rules = [await office.requirement(n) for n in (1, 2, 3)]
    due: dict[tuple[UUID, UUID], date] = {}
    for n in PEOPLE:
        who = await office.person(n)
        for rule in rules:
            due[who, rule] = FIRST + timedelta(days=random.randrange(-60, 60))
            await office.owes(who, rule, due[who, rule])
    fate = ids.fate = Fate(random)
    office.mailer.before, office.mailer.after = fate.before, fate.after
    unsure: set[UUID] = set()
    while CHICAGO.day_of(office.clock.now()) <= LAST:
        try:
            await office.work(minutes=random.choice((20, 60, 60, 90)))
        except Died:
            kept = {each.mail_id for each in office.notices() if each.state is NoticeState.SENT}
            unsure |= {letter.id for letter in office.sent} - kept
    ids.fate = None
    office.mailer.before = office.mailer.after = lambda letter: None
    for _ in range(6):
        await office.work(hours=12)

    assert fate.deaths > 10
    expected = {
        (who, rule, due_on, step)
        for (who, rule), due_on in due.items()
        for step in ReminderPolicy().steps
        if FIRST <= due_on + timedelta(days=step) <= LAST
    }
    told = Counter(
        (each.user_id, each.object_id, each.due_on, (each.day - each.due_on).days)
        for each in office.notices()
        if each.due_on is not None and FIRST <= each.day <= LAST
    )
    copies = Counter(letter.id for letter in office.sent)
    unsure_copies = {letter_id for letter_id, number in copies.items() if number > 1}
    measured(
        months=1,
        deaths=fate.deaths,
        reminders=len(expected),
        missed=len(expected - set(told)),
        twice=sum(number - 1 for number in told.values()),
        not_wanted=len(set(told) - expected),
        letters_that_came_again_after_a_death=len(unsure_copies),
    )
    assert set(told) == expected
    assert {*told.values()} == {1}
    month = [each for each in office.notices() if each.day <= LAST]
    assert {each.state for each in month} == {NoticeState.SENT}
    # A letter comes twice only if the worker died after the mail server had taken it, and before that was kept.
    assert unsure_copies <= unsure
    assert {each.mail_id for each in month} <= set(copies)
    for letter in office.sent:
        assert quiet.allowed_from(letter.written_at, CHICAGO) == letter.written_at
    assert [each for each in office.notices() if _is_early(each.decided_at, each.day)] == []


def _is_early(decided_at: datetime, day: date) -> bool:
    """Whether it was decided before its day had begun in Chicago."""
    return decided_at < CHICAGO.begin_of(day)


def test_clocks_change_within_the_month() -> None:
    lengths = {
        (CHICAGO.begin_of(day + timedelta(days=1)) - CHICAGO.begin_of(day))
        for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days))
    }
    assert lengths == {timedelta(hours=24), timedelta(hours=23)}
