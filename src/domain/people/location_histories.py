"""The history of a location: what it is like from which day on, with what was known of it at some moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.kernel.days import LocalDays
from domain.kernel.errors import InvalidValue
from domain.kernel.values import EARLIEST, PlausibleDay
from domain.people.facts import NewId, Origin, Timeline, Version, day_before, known_at
from domain.people.locations import LocationProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationFact(Version):
    """One version of the fact that a location is like this from this day on, until another one begins."""

    location_id: UUID
    from_day: PlausibleDay
    profile: LocationProfile


def by_day(facts: Iterable[LocationFact]) -> list[LocationFact]:
    """The facts from the first to the last."""
    return sorted(facts, key=lambda each: (each.from_day, each.id))


def location_on(day: date, facts: Iterable[LocationFact]) -> LocationFact | None:
    """What a location is like on this day, by the facts in force; None before all of them."""
    return next((each for each in reversed(by_day(facts)) if each.from_day <= day), None)


def location_on_as_known_at(day: date, moment: datetime, versions: Iterable[LocationFact]) -> LocationFact | None:
    """What a location was like on this day by what was known at this moment, from all versions of the facts."""
    return location_on(day, known_at(versions, moment))


def lasting(now: datetime, facts: Iterable[LocationFact]) -> list[LocationFact]:
    """What a location is like at this moment, by the facts in force, and after it what is planned.

    Each fact begins by its own clocks, so that it never ends again where a location gets another time zone.
    """
    found: list[LocationFact] = []
    for each in by_day(facts):
        if LocalDays(each.profile.time_zone).day_of(now) >= each.from_day:
            found = []
        found.append(each)
    return found


class LocationHistory(Timeline[LocationFact]):
    """What is known now of one location, from the earliest day on, to which versions of facts are added.

    What is first known of a location counts for all days before too: people are trained for an office before it opens,
    and under the law of its state.
    """

    def __init__(self, location_id: UUID, facts: Iterable[LocationFact], new_id: NewId) -> None:
        super().__init__(facts, new_id)
        self.location_id = location_id
        self._known = tuple(self.facts)

    def at(self, moment: datetime) -> LocationProfile:
        """What the location is like at this moment, in the past too."""
        return lasting(moment, self.facts)[0].profile

    def lasting(self, now: datetime) -> list[LocationProfile]:
        """What the location is like at this moment, and what it will be like, as far as it is planned."""
        return [each.profile for each in lasting(now, self.facts)]

    def lasting_before(self, now: datetime) -> list[LocationProfile]:
        """The same without what was written."""
        return [each.profile for each in lasting(now, self._known)]

    def begin(self, profile: LocationProfile, origin: Origin) -> None:
        """It has always been like this, as far as it is known."""
        self._new(EARLIEST, profile, origin)

    def hold(self, changes: Mapping[str, Any], day: date | None, now: datetime, origin: Origin) -> None:
        """From this day on, None for today, it has these values, by names of the profile; all others stay as known.

        They also hold on the later days until today, included, and replace what was known. A value that was planned
        for later still begins on its day. Nothing is written where this is known already. Raises InvalidValue, also if
        days before today are corrected without a reason.
        """
        facts = by_day(self.facts)
        current, *planned = lasting(now, facts)
        zone = changes.get("time_zone", current.profile.time_zone)
        today = LocalDays(zone).day_of(now)
        if planned and zone == current.profile.time_zone:
            # By the clocks here its day may have come before it begins by its own.
            today = min(today, day_before(planned[0].from_day))
        day = today if day is None else day
        begun = [each for each in facts if each.from_day <= day]
        replaced = begun.pop() if begun and begun[-1].from_day == day else None
        present = replaced or (begun[-1] if begun else facts[0])
        before = begun[-1].profile if begun else None
        wanted = [(day, replaced, replace(present.profile, **changes))]
        was = present.profile
        for later in (each for each in facts if each.from_day > day):
            if later.from_day > max(today, current.from_day):
                changes = {name: value for name, value in changes.items() if _stays(name, was, later.profile)}
            wanted.append((later.from_day, later, replace(later.profile, **changes)))
            was = later.profile
        for from_day, known, profile in wanted:
            if known is None and profile != before:
                self._new(from_day, profile, origin)
            elif known is not None and profile == before:
                self.withdraw(known, origin)
            elif known is not None and profile != known.profile:
                self.supersede(known, origin, profile=profile)
            before = profile
        if origin.reason is None and any(each.from_day < today for each in self.written):
            raise InvalidValue(
                f"must be given, since this corrects what was known of days before today, {today}", "reason"
            )

    def _new(self, from_day: date, profile: LocationProfile, origin: Origin) -> LocationFact:
        return self.write(
            LocationFact(
                id=self._new_id(),
                location_id=self.location_id,
                from_day=from_day,
                profile=profile,
                source=origin.source,
                reason=origin.reason,
                recorded_by=origin.recorded_by,
            )
        )


def _stays(name: str, was: LocationProfile, later: LocationProfile) -> bool:
    return bool(getattr(was, name) == getattr(later, name))
