"""Positions: where somebody works and as what, in time. Somebody may have several at once, one of which is primary."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.kernel.days import in_words
from domain.kernel.errors import Conflict, InvalidValue, NotFound
from domain.kernel.values import PlausibleDay, ShortName, enforce
from domain.people.facts import Fact, NewId, Origin, Timeline, day_before, require_order


class PositionNotFound(NotFound):
    slug = "position-not-found"
    title = "No such position"
    sentence = "This person has no position with this id, or it was withdrawn."


class TwoPrimaryPositions(Conflict):
    """On some day the person would have two primary positions."""

    slug = "two-primary-positions"
    title = "Two primary positions on one day"


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody works as and where, in the words of the HR system."""

    department: ShortName | None = None
    job_title: ShortName | None = None
    location: ShortName | None = None

    def __post_init__(self) -> None:
        enforce(self)

    @property
    def is_known(self) -> bool:
        """Whether it says anything."""
        return any((self.department, self.job_title, self.location))

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.job_title, self.department, self.location))) or "a position"

    def over(self, known: Work) -> Work:
        """This, and where it is silent what was known."""
        return Work(
            self.department or known.department, self.job_title or known.job_title, self.location or known.location
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Fact):
    """One version of a position, from its first to its last day, both included; `ends_on` is None while it is open.

    All versions of a position have the same `position_id`.
    """

    position_id: UUID
    department: ShortName | None
    job_title: ShortName | None
    location: ShortName | None
    is_primary: bool
    starts_on: PlausibleDay
    ends_on: date | None = None

    @property
    def work(self) -> Work:
        return Work(self.department, self.job_title, self.location)

    def holds_on(self, day: date) -> bool:
        """Whether the person has the position on this day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def holds_throughout(self, first: date, last: date) -> bool:
        """Whether the person has the position on all of these days, both included."""
        return self.starts_on <= first and (self.ends_on is None or self.ends_on >= last)

    def overlaps(self, other: Position) -> bool:
        """Whether there is a day on which the person has both."""
        return not (_ends_before(self, other) or _ends_before(other, self))

    def __str__(self) -> str:
        until = f" to {in_words(self.ends_on)}" if self.ends_on else ""
        return f"{self.work} (from {in_words(self.starts_on)}{until})"


class Positions(Timeline[Position]):
    """The positions of one person, as far as they are known now."""

    def __init__(self, user_id: UUID, facts: Iterable[Position], new_id: NewId) -> None:
        super().__init__(facts, new_id)
        self._user_id = user_id

    def primary_on(self, day: date) -> Position | None:
        """The primary position on this day."""
        return next((each for each in self.facts if each.is_primary and each.holds_on(day)), None)

    def of(self, position_id: UUID) -> Position:
        """Raises PositionNotFound."""
        found = next((each for each in self.facts if each.position_id == position_id), None)
        if found is None:
            raise PositionNotFound
        return found

    def add(
        self,
        work: Work,
        origin: Origin,
        *,
        starts_on: date,
        ends_on: date | None = None,
        is_primary: bool = True,
        transfer: bool = False,
    ) -> Position:
        """Add a position. With `transfer` the primary position of its first day ends the day before.

        Raises TwoPrimaryPositions, and InvalidValue for days in the wrong order and for a position that says nothing.
        """
        if transfer and not is_primary:
            raise InvalidValue("can be true only for a primary position", "transfer")
        require_order(starts_on, ends_on, "ends_on")
        if transfer and (present := self.primary_on(starts_on)):
            if present.starts_on == starts_on:
                raise TwoPrimaryPositions(
                    f"The primary position {present} begins on the same day, so that it cannot end the day before. "
                    "Correct or withdraw it instead."
                )
            self.supersede(present, origin, ends_on=day_before(starts_on))
        return self._add(work, origin, starts_on, ends_on, is_primary)

    def end(self, position_id: UUID, last_day: date, origin: Origin) -> Position:
        """The person has the position until this day, which is included.

        Raises PositionNotFound, and InvalidValue for a day before it begins or after it has ended.
        """
        position = self.of(position_id)
        require_order(position.starts_on, last_day, "last_day")
        if position.ends_on is not None and last_day > position.ends_on:
            raise InvalidValue(
                f"must not be after {position.ends_on}, when the position ends already; correct it to let it end later",
                "last_day",
            )
        return position if last_day == position.ends_on else self.supersede(position, origin, ends_on=last_day)

    def correct(
        self,
        position_id: UUID,
        work: Work,
        origin: Origin,
        *,
        starts_on: date,
        ends_on: date | None,
        is_primary: bool,
    ) -> Position:
        """It has been like this all the time; nothing happens if that is known.

        Raises PositionNotFound, TwoPrimaryPositions and InvalidValue, like `add`.
        """
        position = self.of(position_id)
        require_order(starts_on, ends_on, "ends_on")
        stated = {"starts_on": starts_on, "ends_on": ends_on, "is_primary": is_primary, **_texts(work)}
        if all(getattr(position, name) == value for name, value in stated.items()):
            return position
        return self._checked(self.supersede(position, origin, **stated))

    def take_back(self, position_id: UUID, origin: Origin) -> None:
        """The person never had the position. Raises PositionNotFound."""
        self.withdraw(self.of(position_id), origin)

    def follow(self, work: Work, day: date, origin: Origin) -> None:
        """On this day the primary position is known to be this one; what was known of other days stays."""
        present = self.primary_on(day)
        if present is not None:
            if present.work == work:
                return
            if present.starts_on < day:
                self.supersede(present, origin, ends_on=day_before(day))
                if work.is_known:
                    self._new(work, origin, day, present.ends_on)
            elif work.is_known:
                self.supersede(present, origin, **_texts(work))
            else:
                self.withdraw(present, origin)
        elif work.is_known:
            coming = min(
                (each for each in self.facts if each.is_primary and each.starts_on > day),
                key=lambda each: each.starts_on,
                default=None,
            )
            if coming is not None and coming.work == work:
                self.supersede(coming, origin, starts_on=day)
            else:
                self._new(work, origin, day, day_before(coming.starts_on) if coming else None)

    def hold(self, work: Work, day: date, today: date, origin: Origin) -> list[Work]:
        """From this day on the primary position is known to be this one, where `work` is silent as it was known.

        It also holds on the later days until today, included, on which another primary position begins. Later plans
        stay. Answers what was known before of the days on which it was something else, in order.
        """
        days = {day}
        if day <= today:
            begin = (each.starts_on for each in self.facts if each.is_primary)
            days |= {today, *(each for each in begin if day < each <= today)}
        replaced = list[Work]()
        for each in sorted(days):
            present = self.primary_on(each)
            known = present.work if present else Work()
            if work.over(known) != known:
                self.follow(work.over(known), each, origin)
                replaced.append(known)
        return replaced

    def hold_secondary(
        self, work: Work, day: date, today: date, origin: Origin, *, begins: date
    ) -> tuple[Position | None, Position] | None:
        """From this day on, until today at least, the person is known to have this position besides the primary one.

        Somebody who has yet to begin has it from `begins` on. Answers what was known of it before, if anything was, and
        what is now; None if nothing is new.
        """
        until, first = max(day, today), max(day, begins)
        same = sorted(self._secondary(work), key=lambda each: each.starts_on)
        if any(each.holds_throughout(day, until) for each in same):
            return None
        held = [each for each in same if each.starts_on <= until and (each.ends_on is None or each.ends_on >= day)]
        coming = next((each for each in same if each.starts_on > until), None)
        if held:
            ends_on = held[-1].ends_on
            if ends_on is not None and ends_on < until:
                ends_on = day_before(coming.starts_on) if coming else None
            for each in held[1:]:
                self.withdraw(each, origin)
            starts_on = min(first, held[0].starts_on)
            return held[0], self.supersede(held[0], origin, starts_on=starts_on, ends_on=ends_on)
        if coming is None:
            return None, self.add(work, origin, starts_on=first, is_primary=False)
        return None if coming.starts_on <= first else (coming, self.supersede(coming, origin, starts_on=first))

    def end_secondary(
        self, day: date, today: date, origin: Origin, *, keep: Collection[Work]
    ) -> list[tuple[Work, date | None]]:
        """Positions of today that are not primary end the day before this one, unless they are one of `keep`.

        What began on this day or later ends the day before today. Answers which ones end, and their last days; None for
        one that was known to begin today.
        """
        ended = list[tuple[Work, date | None]]()
        for each in [each for each in self._secondary() if each.holds_on(today) and each.work not in keep]:
            last = day_before(day if each.starts_on < day else today)
            if each.ends_on is not None and each.ends_on <= last:
                continue
            if each.starts_on > last:
                self.withdraw(each, origin)
                ended.append((each.work, None))
            else:
                self.supersede(each, origin, ends_on=last)
                ended.append((each.work, last))
        return ended

    def _secondary(self, work: Work | None = None) -> list[Position]:
        return [each for each in self.facts if not each.is_primary and work in (None, each.work)]

    def end_all(self, day: date, origin: Origin) -> None:
        """From this day on the person has no position any more, and none is planned."""
        for each in list(self.facts):
            if each.starts_on >= day:
                self.withdraw(each, origin)
            elif each.ends_on is None or each.ends_on >= day:
                self.supersede(each, origin, ends_on=day_before(day))

    def _add(self, work: Work, origin: Origin, starts_on: date, ends_on: date | None, is_primary: bool) -> Position:
        return self._checked(self._new(work, origin, starts_on, ends_on, is_primary=is_primary))

    def _new(
        self, work: Work, origin: Origin, starts_on: date, ends_on: date | None, *, is_primary: bool = True
    ) -> Position:
        id = self._new_id()
        return self.write(
            Position(
                id=id,
                position_id=id,
                user_id=self._user_id,
                department=work.department,
                job_title=work.job_title,
                location=work.location,
                is_primary=is_primary,
                starts_on=starts_on,
                ends_on=ends_on,
                source=origin.source,
                reason=origin.reason,
                recorded_by=origin.recorded_by,
            )
        )

    def _checked(self, position: Position) -> Position:
        if not position.work.is_known:
            raise InvalidValue("must be given, or the job title or the location", "department")
        others = (each for each in self.facts if each.is_primary and each.id != position.id)
        if position.is_primary and (other := next(filter(position.overlaps, others), None)):
            raise TwoPrimaryPositions(
                f"On {in_words(max(position.starts_on, other.starts_on))} the person has the primary position {other} "
                "already. End that one before this one begins, add this one with `transfer`, or add it as one that is "
                "not primary."
            )
        return position


def _ends_before(first: Position, second: Position) -> bool:
    return first.ends_on is not None and first.ends_on < second.starts_on


def _texts(work: Work) -> dict[str, str | None]:
    return {"department": work.department, "job_title": work.job_title, "location": work.location}
