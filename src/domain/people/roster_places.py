"""Places and titles of a roster that rules cannot use yet: they mean nothing, or a location that is closed.

Such lines are imported, since the HR system is taken at its word; somebody has to look at them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.people.location_names import MeantLocation
from domain.people.meanings import text_key
from domain.people.roster import LineProblem, RosterEntry

MOST_TEXTS = 10_000
"""The most different texts of a column that are looked at."""


@dataclass(slots=True)
class Occurrences:
    """A text of a column: how it is written first, on which line, and on how many lines it is."""

    text: str
    line: int
    lines: int = 0

    def problem(self, column: str, told: str) -> LineProblem:
        more = f" on {self.lines:,} lines" if self.lines > 1 else ""
        return LineProblem(self.line, column, f"is {self.text!r}{more}, which {told}")


class PlacesAndTitles:
    """The different locations and job titles of a file."""

    def __init__(self) -> None:
        self.locations: dict[str, Occurrences] = {}
        self.titles: dict[str, Occurrences] = {}

    def see(self, entry: RosterEntry) -> None:
        """Take note of those of a line, also if they hold from another day than today."""
        for found, text in ((self.locations, entry.work.location), (self.titles, entry.work.job_title)):
            key = text_key(text) if text else None
            if key and (key in found or len(found) < MOST_TEXTS):
                found.setdefault(key, Occurrences(text or "", entry.line)).lines += 1

    def unusable(
        self, places: Mapping[str, MeantLocation], codes: Mapping[str, str], now: datetime
    ) -> list[LineProblem]:
        """What is to be looked at, by lines. `places` and `codes` are what the texts mean, by their keys."""
        problems = []
        for key, each in self.locations.items():
            place = places.get(key)
            if place is None:
                problems.append(each.problem("location", "means no location yet; add the location, or map the text"))
            elif place.is_closed(now):
                problems.append(each.problem("location", f"means {place.name}, closed on {place.closed_on}"))
        for key, each in self.titles.items():
            if key not in codes:
                problems.append(each.problem("job_title", "means no job code yet; map the title"))
        return sorted(problems, key=lambda problem: problem.line)
