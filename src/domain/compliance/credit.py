"""Until when a completion is valid, and when the next one is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from domain.compliance.completions import Completion
from domain.compliance.fulfillment import CredentialNeeded, Expiry, HoursNeeded
from domain.compliance.periods import Period, Periods
from domain.compliance.requirement import RequirementVersion
from domain.compliance.schedule import AfterCompletion, EachPeriod, FromExpiry, PersonPeriods
from domain.compliance.terms import Terms
from domain.kernel.days import days_later, months_later


class Expires(NamedTuple):
    """A possible expiry: so many months after an anchor, from which the months of later ones are counted too."""

    anchor: date
    months: int

    @property
    def day(self) -> date:
        return months_later(self.anchor, self.months)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a person holds for a requirement: the last completion that lengthened it, and its last day of validity.

    `until` is None without an end, `due_on` the day on which the next one is due: the same unless a new version of the
    rule gives time. `by_rule` is the last day without regard to what is printed. `expiries` are those from which a
    completion in the early window may count, `next_period` the one whose hours are counted next, without the `used`
    proofs.
    """

    completion: Completion
    version: RequirementVersion
    until: date | None
    due_on: date | None
    by_rule: date | None = None
    expiries: tuple[Expires, ...] = ()
    next_period: Period | None = None
    used: tuple[UUID, ...] = ()

    def covers(self, day: date) -> bool:
        """Whether it is still valid on this day."""
        return self.until is None or day <= self.until

    def is_beyond(self, other: Credit | None) -> bool:
        """Whether it is valid for longer."""
        return other is None or (other.until is not None and (self.until is None or self.until > other.until))

    def needs_initial(self, day: date, terms: Terms) -> bool:
        """Whether it ended too long before this day for a renewal."""
        begins = self.initial_from(terms)
        return begins is not None and begins <= day

    def initial_from(self, terms: Terms) -> date | None:
        """The day from which it will have ended too long ago for a renewal; None if it never will."""
        limit = terms.guards.lapse_limit_days
        return None if limit is None or self.until is None else days_later(self.until, limit + 1)

    def opens_on(self, periods: Periods | None) -> date | None:
        """The day on which the next cycle opens; None if there is none."""
        if self.until is None or self.due_on is None:
            return None
        terms = self.version.terms
        match terms.repeats:
            case AfterCompletion(window_days=window) | FromExpiry(window_days=window):
                opens = days_later(self.due_on, -window)
            case EachPeriod() | PersonPeriods() if periods is not None:
                opens = periods.of(self.until).first
            case _:
                opens = days_later(self.due_on, -terms.notice_days)
        if terms.guards.minimum_active_months is not None:
            opens = max(opens, months_later(self.completion.day, terms.guards.minimum_active_months))
        return min(opens, self.due_on)


def renewed(
    held: Credit | None,
    completions: Iterable[Completion],
    version: RequirementVersion,
    periods: Periods | None,
    period: Period | None = None,
) -> Credit | None:
    """What is held after the best of these completions of one day; None if none of them counts.

    `period` is the one in which hours have been counted.
    """
    found = [credit for each in completions if (credit := _after(held, each, version, periods, period))]
    return max(found, key=lambda each: (each.until or date.max, each.completion.proof_ids), default=None)


def _after(
    held: Credit | None,
    completion: Completion,
    version: RequirementVersion,
    periods: Periods | None,
    period: Period | None,
) -> Credit | None:
    terms = version.terms
    if not completion.initial and (held is None or held.needs_initial(completion.day, terms)):
        return None
    if isinstance(terms.fulfillment, HoursNeeded):
        return _after_hours(held, completion, version, periods, period)
    expiries = _expiries(held, completion, terms, periods)
    by_rule = max((each.day for each in expiries), default=None)
    until = _by_document(completion, terms, by_rule)
    limits = (_guard(completion, terms), completion.ends_by)
    until = _earliest(until, *limits)
    if until is not None and until < completion.day:
        return None
    if until is not None and until != by_rule:
        expiries = (Expires(until, 0),)
    after = Credit(completion, version, until, until, _earliest(by_rule, *limits), _kept(held, expiries, completion))
    if after.is_beyond(held):
        return after
    # It does not lengthen what is held, but a later completion may count from its expiry.
    return held and replace(held, expiries=after.expiries)


def _after_hours(
    held: Credit | None,
    completion: Completion,
    version: RequirementVersion,
    periods: Periods | None,
    period: Period | None,
) -> Credit:
    used = (*(held.used if held else ()), *completion.proof_ids)
    following = None if periods is None or period is None else periods.after(period.last)
    until = None if following is None else following.last
    return Credit(completion, version, until, until, until, next_period=following, used=used)


def _expiries(
    held: Credit | None, completion: Completion, terms: Terms, periods: Periods | None
) -> tuple[Expires, ...]:
    """The days to which this completion can lengthen the validity; none where it is without an end."""
    day, guard = completion.day, _earliest(_guard(completion, terms), completion.ends_by)
    match terms.repeats:
        case AfterCompletion(months=months):
            found = [Expires(completion.counts_from, months)]
        case FromExpiry(months=months, window_days=window):
            before = [] if held is None else [*held.expiries, *_only(held)]
            found = [
                Expires(completion.counts_from, months),
                *(
                    Expires(each.anchor, each.months + months)
                    for each in before
                    if days_later(each.day, -window) <= day <= each.day
                ),
            ]
        case EachPeriod() | PersonPeriods() if periods is not None:
            found = [Expires(periods.after(completion.counts_from).last, 0)]
        case PersonPeriods(months=months):  # the date of the person is not known
            found = [Expires(completion.counts_from, months)]
        case _:
            return ()
    return tuple(each if guard is None or each.day <= guard else Expires(guard, 0) for each in found)


def _only(held: Credit) -> list[Expires]:
    """The expiry of what was held under another kind of rule."""
    return [] if held.expiries or held.until is None else [Expires(held.until, 0)]


def _kept(held: Credit | None, new: tuple[Expires, ...], completion: Completion) -> tuple[Expires, ...]:
    """Expiries from which later completions may count, each once."""
    before = () if held is None else held.expiries
    return tuple(dict.fromkeys([*new, *(each for each in before if each.day >= completion.day)]))


def _by_document(completion: Completion, terms: Terms, by_rule: date | None) -> date | None:
    """The last day of validity by the rule or by what is printed, as the requirement says."""
    printed = completion.printed_until
    expiry = terms.fulfillment.expiry if isinstance(terms.fulfillment, CredentialNeeded) else Expiry.DOCUMENT
    match expiry:
        case Expiry.RULE:
            return by_rule
        case Expiry.EARLIER:
            return _earliest(by_rule, printed)
    return by_rule if printed is None else printed


def _guard(completion: Completion, terms: Terms) -> date | None:
    """The last day that the longest interval permits."""
    most = terms.guards.max_interval_days
    return None if most is None else days_later(completion.oldest, most)


def lasting(held: Credit, day: date, terms: Terms) -> Credit:
    """What is held by an old rule, until this day at most, and no longer than the new rule's longest interval."""
    until = _earliest(held.until, day, _guard(held.completion, terms)) or day
    return replace(ending(held, until), due_on=_earliest(held.due_on, day))


def carried_over(fresh: Credit, held: Credit, day: date) -> Credit:
    """The credit by a new rule, by which nothing is due before this day. What was held lasts until then too."""
    if fresh.until is None or fresh.due_on is None or fresh.due_on >= day:
        return fresh
    lasts = lasting(held, day, fresh.version.terms)
    return replace(fresh, until=max(fresh.until, lasts.until or day), due_on=day)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def ending(credit: Credit, day: date) -> Credit:
    """The credit, ending on this day, on which the next completion is due then."""
    cut = tuple(dict.fromkeys(each if each.day <= day else Expires(day, 0) for each in credit.expiries))
    return replace(credit, until=day, due_on=day, expiries=cut)
