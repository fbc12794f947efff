"""The engine: from the versions of a requirement and the facts about a person to the cycles of that person.

It is a function of facts alone. `cycles(case, day)` sees what had begun by that day, however much later it is called:
what was true on a day stays true, and no run on a certain day is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.compliance.counted_proofs import CountedProofs
from domain.compliance.credit import Credit, carried_over, lasting
from domain.compliance.due_days import Due, DueBy, first_due, noticed, relieved
from domain.compliance.facts import Case, GrantedRelief, TimeUnderRule, in_order
from domain.compliance.outlook import Cycle, Outlook
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.requirement import RequirementVersion
from domain.compliance.rule_book import RuleBook, turning_days
from domain.kernel.days import days_later


def cycles(case: Case, day: date) -> Outlook:
    """The cycles by the facts that had begun by this day, with those that have opened by then."""
    sweep = _Sweep(case, day)
    for _ in sweep.steps():
        pass
    return sweep.outlook(day)


def history(case: Case, until: date) -> tuple[Outlook, ...]:
    """What `cycles` says for each day until this one: each outlook holds from its own day to that of the next one."""
    sweep = _Sweep(case, until)
    return tuple([sweep.outlook(day) for day in sweep.steps()])


@dataclass(frozen=True, slots=True)
class _Open:
    """A cycle that is open while the days go by."""

    opened_on: date
    due: Due
    version: RequirementVersion
    renews: bool = True


class _Sweep:
    """Goes through the days on which something begins, from the first to the last."""

    def __init__(self, case: Case, until: date) -> None:
        self._case, self._until = case, until
        self._book = RuleBook(case, until)
        self._proofs = CountedProofs(case, self._book, until)
        self._done: list[Cycle] = []
        self._credit: Credit | None = None
        self._under: TimeUnderRule | None = None
        """The days under the rule that go by; with `_open` or, while nothing is open, the day of the next opening."""
        self._open: _Open | None = None
        self._opens_on: date | None = None

    def steps(self) -> Iterator[date]:
        """Go on to the next day on which something changes, and name it, until no more does."""
        for day in self._days():
            yield from self._opening(days_later(day, -1))
            self._end(day)
            self._begin(day)
            if self._under is not None:
                self._open_next(day, self._under)
                self._sign_in(day, self._under)
                self._take_version(day, self._under)
                self._publish(day)
                self._complete(day, self._under)
                while self._open_next(day, self._under):
                    pass
            yield day
        yield from self._opening(self._until)

    def outlook(self, day: date) -> Outlook:
        """The cycles on this day, after which nothing has begun yet."""
        found = tuple(self._done)
        if self._under is not None and self._open is not None:
            found = (*found, self._cycle(self._open, self._under, day))
        times_under_rule = tuple(each for each in self._book.times_under_rule if each.from_day <= day)
        return Outlook(day, found, times_under_rule, self._book.contradictions_by(day))

    def _days(self) -> list[date]:
        return [day for day in turning_days(self._case) if day <= self._until]

    def _begin(self, day: date) -> None:
        """The person comes under the rule, for the first time or again. What is still valid stands."""
        under = next((each for each in self._book.times_under_rule if each.from_day == day), None)
        if under is None:
            return
        last = max(
            (each.until for each in self._book.times_under_rule if each.until and each.until < day), default=date.min
        )
        version = self._book.version_on(day, day)
        known = None if self._book.is_taken_within(last, day) else self._credit
        held = self._proofs.by(known, day, version, day)
        self._under = under
        if held is not None and held.covers(day):
            if self._credit is None or held.completion.day > self._credit.completion.day:
                opened = self._first(day, under) if self._credit is None else self._again(self._credit, day, under)
                self._meet(held, opened, under)
            else:
                self._hold(held, day)
        elif self._credit is None or self._credit.needs_initial(day, version.terms):
            self._open = self._first(day, under)
        else:
            self._open = self._again(self._credit, day, under)

    def _first(self, day: date, under: TimeUnderRule) -> _Open:
        opened = _Open(day, Due(None), self._book.version_on(day, day), renews=False)
        return replace(opened, due=self._first_due(opened, under, day))

    def _first_due(self, opened: _Open, under: TimeUnderRule, day: date) -> Due:
        """When the cycle is due as the first one, by what is known on this day."""
        version, opened_on = opened.version, opened.opened_on
        periods = self._proofs.periods(version)
        due = first_due(version, self._case.person.by(day), under.cause_on(opened_on), opened_on, periods)
        floor = days_later(version.effective_on, version.transition_days)
        is_under_it_at_once = opened_on == under.from_day == version.effective_on
        if due.day is None or not (is_under_it_at_once and opened_on < floor and due.day < floor):
            return due
        return Due(floor, DueBy.TRANSITION)

    def _again(self, held: Credit, day: date, under: TimeUnderRule) -> _Open:
        """Somebody comes back whose validity has ended: due as before, but not sooner than for somebody new."""
        first = self._first(day, under)
        if held.due_on is None or (first.due.day is not None and first.due.day >= held.due_on):
            return replace(first, renews=True)
        return replace(first, renews=True, due=noticed(held.due_on, first.version, under.cause_on(day), day))

    def _opening(self, last: date) -> Iterator[date]:
        """Open the cycles that the credit foretells by this day, and name the days on which they open."""
        while self._under is not None and (
            opened := self._open_next(min(last, self._under.until or last), self._under)
        ):
            yield opened

    def _open_next(self, last: date, under: TimeUnderRule) -> date | None:
        """Open the next cycle, if it opens by this day."""
        if self._credit is None or self._open is not None or self._opens_on is None:
            return None
        opens = max([self._opens_on, under.from_day, *(each.opened_on for each in self._done[-1:])])
        if opens > last:
            return None
        version = self._book.version_on(opens, under.from_day)
        self._open, self._opens_on = _Open(opens, Due(self._credit.due_on), version), None
        if version is not self._credit.version:
            # By this version, training since the last completion may count that did not count before.
            early = self._proofs.by(self._credit, opens, version, under.from_day)
            if early is not None and early.is_beyond(self._credit):
                self._meet(early, self._open, under)
        return opens

    def _complete(self, day: date, under: TimeUnderRule) -> None:
        if day not in self._proofs.days:
            return
        version = self._open.version if self._open else self._book.version_on(day, under.from_day)
        credit = self._proofs.after(self._credit, day, version, under.from_day)
        if credit is None:
            return
        if self._credit is not None and credit.completion is self._credit.completion:
            self._credit = credit
            return
        self._meet(credit, self._open or _Open(day, Due(self._due_on()), version), under)

    def _meet(self, credit: Credit, opened: _Open, under: TimeUnderRule) -> None:
        cycle = self._cycle(opened, under, credit.completion.day)
        self._credit, self._open, self._opens_on = credit, None, self._proofs.opens_on(credit)
        self._done.append(
            replace(
                cycle,
                met_on=credit.completion.day,
                met_by=credit.completion.proof_ids,
                valid_until=credit.until,
                valid_by_rule=credit.by_rule,
                valid_by_document=credit.completion.printed_until,
                next_opens_on=self._opens_on,
            )
        )

    def _hold(self, credit: Credit, day: date) -> None:
        """The last cycle that was met is worth something else from this day on."""
        opens_on = self._proofs.opens_on(credit)
        self._credit, self._opens_on = credit, None if opens_on is None else max(opens_on, day)
        place = max(place for place, each in enumerate(self._done) if each.is_met)
        self._done[place] = replace(self._done[place], valid_until=credit.until, next_opens_on=self._opens_on)

    def _end(self, day: date) -> None:
        """The person has left the rule before this day."""
        if self._under is not None and self._under.until is not None and self._under.until < day:
            last = self._under.until
            if self._open is not None:
                self._done.append(replace(self._cycle(self._open, self._under, last), closed_on=last))
            self._under = self._open = self._opens_on = None

    # What changes for cycles that are running

    def _sign_in(self, day: date, under: TimeUnderRule) -> None:
        """The person signs in for the first time, which the due day may have waited for."""
        if day == self._case.person.signed_in_on and self._open is not None and self._open.due.day is None:
            self._open = replace(self._open, due=self._first_due(self._open, under, day))

    def _take_version(self, day: date, under: TimeUnderRule) -> None:
        """A version takes effect that running cycles take: everything is counted again by it."""
        version = self._book.taken_on(day)
        if version is None or under.from_day == day:
            return
        before = self._due_on()
        floor = days_later(day, version.transition_days)
        floor = floor if before is None else min(before, floor)
        fresh = self._proofs.by(None, day, version, under.from_day)
        opened = replace(self._open or _Open(day, Due(before), version), version=version)
        if self._credit is None:
            self._recount_first(fresh, floor, opened, under, day)
        elif fresh is None:
            self._start_over(day, floor, opened, self._credit)
        elif fresh.completion.day > self._credit.completion.day:
            self._meet(fresh, opened, under)
        else:
            self._recount(day, version, carried_over(fresh, self._credit, floor))

    def _recount_first(self, fresh: Credit | None, floor: date, opened: _Open, under: TimeUnderRule, day: date) -> None:
        """Nothing is held by the old rule."""
        if fresh is not None and fresh.covers(day):
            self._meet(fresh, opened, under)
            return
        due = self._first_due(opened, under, day)
        self._open = replace(opened, due=_not_before(floor, due))

    def _start_over(self, day: date, floor: date, opened: _Open, held: Credit) -> None:
        """What is held counts for nothing by the new rule. It lasts until the day on which the new one is due."""
        lasts = lasting(held, floor, opened.version.terms)
        if lasts.until != held.until:
            self._hold(lasts, day)
        self._open = opened if self._open else replace(opened, due=Due(floor, DueBy.TRANSITION))
        self._opens_on = None

    def _recount(self, day: date, version: RequirementVersion, fresh: Credit) -> None:
        opened = self._open
        self._hold(fresh, day)
        if opened is not None:
            opens = self._opens_on is not None and self._opens_on <= day
            self._open = replace(opened, version=version, due=Due(fresh.due_on, DueBy.TRANSITION)) if opens else None
            self._opens_on = None if opens else self._opens_on

    def _publish(self, day: date) -> None:
        """A material version of a module is published, which may end sooner what older training is worth."""
        if self._credit is None or day not in self._proofs.publications:
            return
        credit = self._proofs.outdated(self._credit, day)
        if credit is self._credit:
            return
        opened = self._open
        self._hold(credit, day)
        self._opens_on = None if opened else day
        if opened is not None and (opened.due.day is None or credit.due_on is None or opened.due.day > credit.due_on):
            self._open = replace(opened, due=Due(credit.due_on, DueBy.TRANSITION))

    def _due_on(self) -> date | None:
        """The day on which the next completion is due."""
        if self._open is not None:
            return self._open.due.day
        return None if self._credit is None else self._credit.due_on

    # Cycles as they are shown

    def _cycle(self, opened: _Open, under: TimeUnderRule, day: date) -> Cycle:
        """The cycle by the facts that had begun by this day."""
        terms, held = opened.version.terms, self._credit
        extensions = [each for each in self._extensions() if self._is_for_this(each)]
        due, reliefs = relieved(opened.due, self._case, terms.relief, extensions, opened.opened_on, day)
        return Cycle(
            number=len(self._done) + 1,
            version=opened.version.number,
            opened_on=opened.opened_on,
            due_on=due.day,
            due_by=due.by,
            cause=under.cause_on(max(opened.opened_on, day)).cause,
            unextended_on=due.unextended,
            initial_from=held.initial_from(terms) if held and opened.renews else opened.opened_on,
            reliefs=reliefs,
            exceptions=(*due.exceptions, *self._proofs.incomplete(held, day, opened.version)),
            notice_days=terms.notice_days,
            blocks=terms.blocks,
        )

    def _extensions(self) -> list[GrantedRelief]:
        return in_order(each for each in self._case.reliefs if each.kind is ReliefKind.EXTENSION)

    def _is_for_this(self, extension: GrantedRelief) -> bool:
        """Whether the extension is for the cycle after those that are done: it was granted after these were."""
        ended = (each.met_on or each.closed_on for each in self._done)
        return all(each is None or extension.from_day > each for each in ended)


def _not_before(floor: date, due: Due) -> Due:
    return Due(floor, DueBy.TRANSITION, due.exceptions) if due.day is not None and due.day < floor else due
