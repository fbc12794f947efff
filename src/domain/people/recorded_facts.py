"""All that was ever recorded of a person, from which follows what was known at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.people.employment import EmploymentFact, EmploymentOnDay
from domain.people.facts import known_at
from domain.people.histories import on_day_as_known_at
from domain.people.job_codes import Code
from domain.people.location_histories import LocationFact, location_on
from domain.people.locations import LocationProfile
from domain.people.meanings import Meaning, known_meanings
from domain.people.positions import Position


@dataclass(frozen=True, slots=True)
class MeantPosition:
    """A position with the location and the job code that its texts meant as far as it was known.

    `place` is what the location was like on the day that is shown, None if that was not known.
    """

    position: Position
    location_id: UUID | None
    job_code: Code | None
    place: LocationProfile | None = None


@dataclass(frozen=True, slots=True)
class KnownDay:
    """What was true of a person on a day, by what was known at some moment: positions, the primary one first."""

    positions: tuple[MeantPosition, ...]
    employment: EmploymentOnDay


@dataclass(frozen=True, slots=True)
class RecordedFacts:
    """All versions of the facts about a user, and all meanings that the texts of the positions ever had.

    `locations` are all versions of the facts about all locations that these texts ever meant. Each in the order of
    recording.
    """

    user_id: UUID
    positions: Sequence[Position]
    states: Sequence[EmploymentFact]
    places: Sequence[Meaning[UUID]]
    codes: Sequence[Meaning[Code]]
    locations: Sequence[LocationFact]

    def on_day(self, day: date, moment: datetime) -> KnownDay:
        """What was true on this day, by what was known at this moment."""
        snapshot = on_day_as_known_at(day, moment, self.positions, self.states)
        known = dict[UUID, list[LocationFact]]()
        for fact in known_at(self.locations, moment):
            known.setdefault(fact.location_id, []).append(fact)
        places = {each: found.profile for each, facts in known.items() if (found := location_on(day, facts))}
        meant = self.meant(snapshot.positions, moment)
        return KnownDay(
            tuple(replace(each, place=places.get(each.location_id)) if each.location_id else each for each in meant),
            snapshot.employment,
        )

    def meant(self, positions: Sequence[Position], moment: datetime | None = None) -> tuple[MeantPosition, ...]:
        """What the texts of these positions meant, by what was known at this moment; None for all that is recorded."""
        places, codes = known_meanings(self.places, moment), known_meanings(self.codes, moment)
        return tuple(MeantPosition(each, places.of(each.location), codes.of(each.job_title)) for each in positions)
