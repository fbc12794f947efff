"""Employment in time: hired, on leave, returned, left, rehired, each from a day on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.kernel.days import in_words
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.values import PlausibleDay
from domain.people.facts import Fact, NewId, Origin, Timeline, day_after


class EmploymentState(StrEnum):
    """What somebody's employment is like from a day on, in the order in which several of one day follow each other."""

    HIRED = "hired"
    REHIRED = "rehired"
    RETURNED = "returned"
    """Back from leave, or since a deactivation was taken back."""
    ON_LEAVE = "on_leave"
    LEFT = "left"
    """The day is the first one on which the person does not work here any more."""


ORDER = {state: place for place, state in enumerate(EmploymentState)}
BEGINNINGS = (EmploymentState.HIRED, EmploymentState.REHIRED)


class EmploymentFactNotFound(NotFound):
    slug = "employment-state-not-found"
    title = "No such employment state"
    sentence = "This person has no employment state with this id, or it was corrected or withdrawn."


class EmploymentContradiction(Conflict):
    """The state does not fit what is known of the days before and after it."""

    slug = "employment-contradiction"
    title = "Contradicts what is known of the employment"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmploymentFact(Fact):
    """One version of the fact that an employment is in this state from this day on."""

    state: EmploymentState
    from_day: PlausibleDay

    def __str__(self) -> str:
        return f"{self.state.replace('_', ' ')} from {in_words(self.from_day)}"


def in_order(facts: Iterable[EmploymentFact]) -> list[EmploymentFact]:
    """The states from the first to the last."""
    return sorted(facts, key=lambda each: (each.from_day, ORDER[each.state], each.id))


@dataclass(frozen=True, slots=True)
class EmploymentOnDay:
    """What an employment is like on a day; both are None while nothing is known of it."""

    state: EmploymentState | None = None
    hired_on: date | None = None
    """The day on which the present or last employment began."""

    @property
    def is_employed(self) -> bool:
        """Whether the person works here, on leave or not; also true while no state is known."""
        return self.state is not EmploymentState.LEFT

    @property
    def is_on_leave(self) -> bool:
        return self.state is EmploymentState.ON_LEAVE


def employment_on(day: date, facts: Iterable[EmploymentFact]) -> EmploymentOnDay:
    """The last state that had begun by this day, and the last hire."""
    begun = [each for each in in_order(facts) if each.from_day <= day]
    hires = [each.from_day for each in begun if each.state in BEGINNINGS]
    return EmploymentOnDay(begun[-1].state if begun else None, hires[-1] if hires else None)


def first_day(day: date, facts: Iterable[EmploymentFact]) -> date:
    """The day, or the day of hire of somebody who has yet to begin: until then, users are shown as they will begin."""
    first = next(iter(in_order(facts)), None)
    return first.from_day if first and first.state is EmploymentState.HIRED and first.from_day > day else day


class Employment(Timeline[EmploymentFact]):
    """The employment states of one person, as far as they are known now."""

    def __init__(self, user_id: UUID, facts: Iterable[EmploymentFact], new_id: NewId) -> None:
        super().__init__(facts, new_id)
        self._user_id = user_id

    def of(self, fact_id: UUID) -> EmploymentFact:
        """Raises EmploymentFactNotFound."""
        found = next((each for each in self.facts if each.id == fact_id), None)
        if found is None:
            raise EmploymentFactNotFound
        return found

    def add(self, state: EmploymentState, from_day: date, origin: Origin) -> EmploymentFact:
        """From this day on it is so. Raises EmploymentContradiction and InvalidValue."""
        return self._checked(self._new(state, from_day, origin))

    def correct(self, fact_id: UUID, state: EmploymentState, from_day: date, origin: Origin) -> EmploymentFact:
        """It was this state, or from this day; nothing happens if that is known.

        Raises EmploymentFactNotFound, EmploymentContradiction and InvalidValue.
        """
        fact = self.of(fact_id)
        if (fact.state, fact.from_day) == (state, from_day):
            return fact
        return self._checked(self.supersede(fact, origin, state=state, from_day=from_day))

    def take_back(self, fact_id: UUID, origin: Origin) -> None:
        """It was never so. Raises EmploymentFactNotFound, and EmploymentContradiction if a later state rests on it."""
        fact = self.of(fact_id)
        self.withdraw(fact, origin)
        before, after = _around(fact, self.facts)
        if after is not None and (problem := _contradiction(before, after)):
            raise EmploymentContradiction(f"Without it, {after} would remain: {problem} Withdraw that state first.")

    def follow(self, is_active: bool, hired_on: date | None, day: date, origin: Origin) -> None:
        """On this day the person is known to be active or not, and to have been hired then."""
        if self._shown(day).hired_on != hired_on:
            self._follow_hire(hired_on, day, origin)
        if self._shown(day).is_employed and not is_active:
            self.leave(first_day(day, self.facts), origin)
        elif is_active and not self._shown(day).is_employed:
            shown_on = first_day(day, self.facts)
            for each in [each for each in self.facts if _is_left(each) and each.from_day == shown_on]:
                self.withdraw(each, origin)
            if not self._shown(day).is_employed:
                self._new(EmploymentState.RETURNED, day, origin)

    def leave(self, day: date, origin: Origin) -> None:
        """The person works here no more from this day on, and what was planned for later does not happen."""
        for each in [each for each in self.facts if each.from_day > day]:
            self.withdraw(each, origin)
        if employment_on(day, self.facts).is_employed:
            self._new(EmploymentState.LEFT, day, origin)

    def left_after(self, last_day: date, origin: Origin) -> EmploymentFact | None:
        """This was the last day of the employment that the person had then; None if that is known.

        What was known of later days of this employment does not count. Raises EmploymentContradiction.
        """
        day = day_after(last_day)
        ordered = in_order(self.facts)
        begun = [place for place, each in enumerate(ordered) if each.from_day <= last_day and _begins(ordered, place)]
        later = ordered[begun[-1] + 1 :] if begun else ordered
        until = next((place for place, each in enumerate(later) if each.state in BEGINNINGS), len(later))
        if until < len(later) and later[until].from_day == day:
            raise EmploymentContradiction(
                f"Left from {in_words(day)}, but {later[until]}, without a day in between. Correct one of the two days."
            )
        later = later[:until]
        known = next((each for each in later if _is_left(each)), None)
        if known is not None and known.from_day == day:
            return None
        ended = later if known is None else later[: later.index(known)]
        self._withdraw_all((each for each in ended if each.from_day >= day), origin)
        if known is not None:
            return self._checked(self.supersede(known, origin, from_day=day))
        return self._checked(self._new(EmploymentState.LEFT, day, origin))

    def on_leave(self, first: date | None, last: date | None, origin: Origin) -> list[EmploymentFact]:
        """The person is on leave from the first to the last day, both included, or with an open end.

        Without a first day it is the leave that is known and open. Returns what was not known. Raises
        EmploymentContradiction.
        """
        known = self._known_leave(first, last)
        if known is None and first is None:
            raise EmploymentContradiction("No leave is known that is still open.")
        written = []
        leave = known
        if leave is None and first is not None:
            leave = self._new(EmploymentState.ON_LEAVE, first, origin)
            written.append(leave)
        if leave is not None and last is not None and (back := self._back(leave, day_after(last), known, origin)):
            written.append(back)
        for each in written:
            self._checked(each)
        return written

    def _known_leave(self, first: date | None, last: date | None) -> EmploymentFact | None:
        leaves = [each for each in in_order(self.facts) if each.state is EmploymentState.ON_LEAVE]
        if first is not None:
            return next((each for each in leaves if each.from_day == first), None)
        begun = [each for each in leaves if last is not None and each.from_day <= last]
        if not begun:
            return None
        _, after = _around(begun[-1], self.facts)
        is_open = after is None or _is_left(after) or (last is not None and after.from_day == day_after(last))
        return begun[-1] if is_open else None

    def _back(
        self, leave: EmploymentFact, day: date, known: EmploymentFact | None, origin: Origin
    ) -> EmploymentFact | None:
        """The return from this leave on this day; None if that is known, or if the employment has ended by then."""
        _, after = _around(leave, self.facts)
        if after is not None and (after.from_day == day or (_is_left(after) and after.from_day <= day)):
            return None
        if known is not None and after is not None and after.state is EmploymentState.RETURNED:
            return self.supersede(after, origin, from_day=day)
        return self._new(EmploymentState.RETURNED, day, origin)

    def _shown(self, day: date) -> EmploymentOnDay:
        return employment_on(first_day(day, self.facts), self.facts)

    def _follow_hire(self, hired_on: date | None, day: date, origin: Origin) -> None:
        if hired_on is None:
            self._withdraw_all((each for each in self.facts if each.state in BEGINNINGS), origin)
            return
        if hired_on > day:
            # Somebody whose first day is yet to come has no earlier states.
            hire = next((each for each in self.facts if each.state is EmploymentState.HIRED), None)
            self._withdraw_all((each for each in self.facts if each is not hire), origin)
            self._begin(hire, hired_on, origin)
            return
        shown_on = first_day(day, self.facts)
        hires = [each for each in in_order(self.facts) if each.state in BEGINNINGS and each.from_day <= shown_on]
        last = hires[-1] if hires else None
        since = last.from_day if last else date.min
        if any(_is_left(each) and since <= each.from_day <= hired_on for each in self.facts):
            self._withdraw_all((each for each in self.facts if each.from_day == hired_on), origin)
            self._new(EmploymentState.REHIRED, hired_on, origin)
            return
        first, until = sorted((since, hired_on))
        self._withdraw_all(
            (each for each in self.facts if each is not last and first <= each.from_day <= until), origin
        )
        self._begin(last, hired_on, origin)

    def _begin(self, known: EmploymentFact | None, hired_on: date, origin: Origin) -> None:
        if known is None:
            self._new(EmploymentState.HIRED, hired_on, origin)
        else:
            self.supersede(known, origin, from_day=hired_on)

    def _withdraw_all(self, facts: Iterable[EmploymentFact], origin: Origin) -> None:
        for each in list(facts):
            self.withdraw(each, origin)

    def _new(self, state: EmploymentState, from_day: date, origin: Origin) -> EmploymentFact:
        return self.write(
            EmploymentFact(
                id=self._new_id(),
                user_id=self._user_id,
                state=state,
                from_day=from_day,
                source=origin.source,
                reason=origin.reason,
                recorded_by=origin.recorded_by,
            )
        )

    def _checked(self, fact: EmploymentFact) -> EmploymentFact:
        before, after = _around(fact, self.facts)
        problem = _contradiction(before, fact) or (after and _contradiction(fact, after))
        if problem:
            raise EmploymentContradiction(problem)
        return fact


def _around(
    fact: EmploymentFact, facts: Sequence[EmploymentFact]
) -> tuple[EmploymentFact | None, EmploymentFact | None]:
    """The states before and after this one."""
    ordered = in_order([*(each for each in facts if each.id != fact.id), fact])
    place = ordered.index(fact)
    return ordered[place - 1] if place else None, ordered[place + 1] if place + 1 < len(ordered) else None


def _is_left(fact: EmploymentFact) -> bool:
    return fact.state is EmploymentState.LEFT


def _begins(ordered: Sequence[EmploymentFact], place: int) -> bool:
    """Whether an employment begins with this one of the states, or goes on after it had ended."""
    fact = ordered[place]
    return fact.state in BEGINNINGS or (
        fact.state is EmploymentState.RETURNED and place > 0 and _is_left(ordered[place - 1])
    )


def _contradiction(before: EmploymentFact | None, fact: EmploymentFact) -> str | None:
    """Why the one state cannot follow the other directly, None being that nothing is known; in words for HR."""
    state, known = fact.state, before and before.state
    left, on_leave = known is EmploymentState.LEFT, known is EmploymentState.ON_LEAVE
    match state:
        case EmploymentState.HIRED if before:
            return (
                f"{_said(fact)} comes after {before}. Correct the day of that state, or record `rehired` for somebody "
                "who had left."
            )
        case EmploymentState.REHIRED if not left:
            return f"{_said(fact)}, but no leaving is known before. Record when the person left, or use `hired`."
        case EmploymentState.RETURNED if not (on_leave or left):
            return f"{_said(fact)}, but no leave is known before. Record from when the person was on leave first."
        case EmploymentState.ON_LEAVE if on_leave:
            return f"{_said(fact)} overlaps the leave of somebody who is {before} and has not returned in between."
        case EmploymentState.ON_LEAVE if left:
            return f"{_said(fact)} is a leave without employment: the person {before}. Record `rehired` first."
        case EmploymentState.LEFT if left:
            return f"{_said(fact)}, but the person {before} already. Correct the day of that state instead."
    return None


def _said(fact: EmploymentFact) -> str:
    text = str(fact)
    return text[0].upper() + text[1:]
