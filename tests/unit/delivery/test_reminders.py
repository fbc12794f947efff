"""When people are reminded, and when no mail is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

from domain.delivery.notices import NoticeKind, NoticeReason, SubjectKind
from domain.delivery.quiet_hours import NEVER_QUIET, QuietHours
from domain.delivery.recipients import NoticeSettings, Recipient, fingerprint
from domain.delivery.reminders import Candidate, ReminderPolicy, decide, is_known
from domain.kernel.days import LocalDays
from kit.about import for_each
from kit.examples import uid

DUE = date(2026, 6, 1)
POLICY = ReminderPolicy()
SHARPS = Candidate(uid(1), SubjectKind.OBLIGATION, uid(2), 3, date(2026, 3, 1), DUE)


def day(offset: int) -> date:
    return DUE + timedelta(days=offset)


def decided_from(
    candidate: Candidate, first: date, days: int, policy: ReminderPolicy = POLICY
) -> list[tuple[int, str]]:
    """What is decided on each of these days in a row: the days since the due day, and the kind."""
    found = []
    for today in (first + timedelta(days=each) for each in range(days)):
        decision = decide(candidate, today, policy)
        if decision is not None:
            candidate = replace(candidate, causes=candidate.causes | {decision.cause})
            found.append(((today - DUE).days, str(decision.kind)))
    return found


def test_a_person_who_does_nothing_is_reminded_with_an_end() -> None:
    weekly = [(each, "overdue") for each in range(7, 91, 7)]
    assert decided_from(SHARPS, SHARPS.opened_on, 400) == [
        ((SHARPS.opened_on - DUE).days, "assigned"),
        *((-30, "due"), (-7, "due"), (-1, "due"), (0, "due")),
        *weekly,
    ]


def test_what_was_missed_is_caught_up_once() -> None:
    known = replace(SHARPS, causes=frozenset({"assigned/3"}))
    assert decided_from(known, day(-5), 3) == [(-5, "due")]
    assert decided_from(known, day(40), 3) == [(40, "overdue"), (42, "overdue")]
    assert decided_from(known, day(98), 3) == []


def test_what_has_opened_just_before_is_announced_and_not_reminded_of_too() -> None:
    late = replace(SHARPS, opened_on=day(-3))
    assert decided_from(late, day(-3), 6) == [(-3, "assigned"), (-1, "due"), (0, "due")]
    at_once = replace(SHARPS, opened_on=DUE)
    assert decided_from(at_once, DUE, 8) == [(0, "assigned"), (7, "overdue")]


def test_what_the_person_knows_by_an_enrollment_is_not_announced() -> None:
    for since, announced in ((0, []), (3, []), (-1, ["assigned"])):
        known = replace(SHARPS, enrollment_on=SHARPS.opened_on + timedelta(days=since))
        assert [kind for _, kind in decided_from(known, SHARPS.opened_on + timedelta(days=4), 10)] == announced
    known = replace(SHARPS, enrollment_on=SHARPS.opened_on)
    assert decided_from(known, day(-30), 1) == [(-30, "due")]


def test_an_enrollment_is_no_news_for_a_day_after_its_obligation_was_announced() -> None:
    now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert [is_known(now - timedelta(hours=each), now) for each in (0, 23, 24)] == [True, True, False]
    assert not is_known(None, now)


def test_what_opened_long_ago_is_not_announced() -> None:
    assert decide(SHARPS, SHARPS.opened_on + timedelta(days=15), POLICY) is None
    without = replace(SHARPS, due_on=None)
    assert decided_from(without, without.opened_on + timedelta(days=14), 99) == [
        ((without.opened_on - DUE).days + 14, "assigned")
    ]


def test_another_due_day_and_another_cycle_are_other_causes() -> None:
    first = decide(SHARPS, DUE, POLICY)
    assert first is not None
    known = replace(SHARPS, causes=frozenset({first.cause}))
    assert decide(known, DUE, POLICY) is None
    moved = decide(replace(known, due_on=day(7)), DUE, POLICY)
    assert moved is not None
    assert (moved.cause, moved.sequence) == ("due/3/2026-06-08/-7", 1)
    again = decide(replace(known, cycle=4), DUE, POLICY)
    assert again is not None
    assert (again.cause, again.sequence) == ("due/4/2026-06-01/0", 0)


def test_a_policy_of_ones_own() -> None:
    policy = ReminderPolicy(before=(2,), on_day=False, after=(3,), until=20)
    known = replace(SHARPS, causes=frozenset({"assigned/3"}))
    assert [offset for offset, _ in decided_from(known, day(-40), 100, policy)] == [-2, 3, 10, 17]
    assert ReminderPolicy(before=(), on_day=False, after=(), until=90).steps == ()
    assert ReminderPolicy(after=(7, 200), until=21).steps[-3:] == (7, 14, 21)


@for_each("subject", [SubjectKind.CERTIFICATE, SubjectKind.CREDENTIAL], ids=str)
def test_what_expires(subject: SubjectKind) -> None:
    held = replace(SHARPS, subject=subject, cycle=0)
    assert decided_from(held, held.opened_on, 200) == [(-30, "expiring"), (-7, "expiring")]
    assert decided_from(replace(held, opened_on=day(-10)), day(-10), 200) == [(-7, "expiring")]


def test_a_digest_each_week() -> None:
    team = Candidate(uid(1), SubjectKind.TEAM, uid(1), 0, date.min, None)
    # June 1, 2026 is a Monday.
    assert [offset for offset, _ in decided_from(team, day(0), 15)] == [0, 7, 14]
    assert [offset for offset, _ in decided_from(team, day(2), 15)] == [2, 7, 14]
    on_thursdays = ReminderPolicy(digest_on=3)
    assert [offset for offset, _ in decided_from(team, day(0), 15, on_thursdays)] == [0, 3, 10]


CHICAGO = LocalDays("America/Chicago")


def at(text: str) -> datetime:
    """The moment (UTC)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestQuietHours:
    @for_each(
        ("moment", "allowed"),
        [
            # In winter Chicago is six hours behind UTC: quiet from 02:00 to 13:00 UTC.
            ("2026-01-14 12:59", "2026-01-14 13:00"),
            ("2026-01-14 13:00", "2026-01-14 13:00"),
            ("2026-01-15 01:59", "2026-01-15 01:59"),
            ("2026-01-15 02:00", "2026-01-15 13:00"),
            # On Saturday evening until Monday morning.
            ("2026-01-18 02:00", "2026-01-19 13:00"),
            ("2026-01-18 18:00", "2026-01-19 13:00"),
            # Clocks are set forward on Sunday, March 8: on Monday it is five hours.
            ("2026-03-08 03:00", "2026-03-09 12:00"),
            # And back on Sunday, November 1.
            ("2026-11-01 02:00", "2026-11-02 13:00"),
        ],
    )
    def test_at_night_and_on_sundays(self, moment: str, allowed: str) -> None:
        assert QuietHours().allowed_from(at(moment), CHICAGO) == at(allowed)

    def test_within_a_day(self) -> None:
        siesta = QuietHours(time(12), time(14), frozenset())
        for moment, allowed in (("11:59", "11:59"), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", "14:00")):
            day = "2026-01-14 "
            assert siesta.allowed_from(at(day + moment), LocalDays("UTC")) == at(day + allowed)

    def test_none_at_all(self) -> None:
        moment = at("2026-01-18 03:00")
        assert NEVER_QUIET.allowed_from(moment, CHICAGO) == moment

    def test_an_hour_that_clocks_skip_ends_them(self) -> None:
        until = QuietHours(time(22), time(2, 30), frozenset())
        # At 02:00 clocks show 03:00, which is 08:00 UTC; 02:30 is counted from before the change.
        assert until.allowed_from(at("2026-03-08 06:00"), CHICAGO) == at("2026-03-08 08:30")

    def test_what_is_allowed_is_allowed(self) -> None:
        random = Random(5)
        for _ in range(500):
            quiet = QuietHours(
                time(random.randrange(24), random.choice((0, 30))),
                time(random.randrange(24)),
                frozenset(random.sample(range(7), random.randrange(7))),
            )
            moment = at("2026-02-20 00:00") + timedelta(minutes=random.randrange(60 * 24 * 30))
            allowed = quiet.allowed_from(moment, CHICAGO)
            assert allowed >= moment
            assert quiet.allowed_from(allowed, CHICAGO) == allowed
            assert CHICAGO.day_of(allowed).weekday() not in quiet.weekdays

    def test_not_every_day_is_quiet(self) -> None:
        with pytest.raises(ValueError, match="every day"):
            QuietHours(weekdays=frozenset(range(7)))


ANA = Recipient(uid(1), "ana@example.com", "Ana", None, True, False, False, False)


@for_each(
    ("recipient", "reason"),
    [
        (ANA, None),
        (replace(ANA, email=None), NoticeReason.NO_ADDRESS),
        (replace(ANA, is_active=False, is_on_leave=True), NoticeReason.DEACTIVATED),
        (replace(ANA, is_active=False, is_erased=True), NoticeReason.ERASED),
        (replace(ANA, is_on_leave=True), NoticeReason.ON_LEAVE),
        (replace(ANA, is_invented=True), NoticeReason.DEMONSTRATION),
        (replace(ANA, refused_address=fingerprint("ANA@example.com")), NoticeReason.BOUNCING),
        (replace(ANA, refused_address=fingerprint("ana@example.org")), None),
    ],
)
def test_what_is_in_the_way(recipient: Recipient, reason: NoticeReason | None) -> None:
    assert recipient.obstacle() is reason


def test_what_can_be_turned_off() -> None:
    settings = NoticeSettings(uid(1))
    for kind in NoticeKind:
        settings = settings.wanting(kind, wanted=False).wanting(kind, wanted=False)
    recipient = replace(ANA, declined=settings.declined)
    assert [each for each in NoticeKind if not recipient.declines(each)] == [NoticeKind.ASSIGNED]
    by_law = [each for each in NoticeKind if not recipient.declines(each, statutory=True)]
    assert by_law == [NoticeKind.ASSIGNED, NoticeKind.OVERDUE]
    assert settings.wanting(NoticeKind.DUE, wanted=True).declined == tuple(
        sorted(each for each in NoticeKind if each is not NoticeKind.DUE)
    )
