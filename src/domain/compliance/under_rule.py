"""On which days a person is under a requirement, and why: on each day by the version that counts for the person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import floor
from typing import NamedTuple
from uuid import UUID

from domain.compliance.audience import Audience
from domain.compliance.audience_facts import Field, PersonOnDay, PositionOnDay, Subject
from domain.compliance.facts import Cause, PersonFacts, UnderRule
from domain.compliance.requirement import RequirementVersion, RunningCycles
from domain.compliance.rule_book import in_effect
from domain.compliance.timelines import Employed, Held, Timeline
from domain.kernel.days import days_later

OF_EMPLOYMENT = frozenset((Field.EMPLOYMENT_STATE, Field.HIRE_DAY, Field.DAYS_SINCE_HIRE))
OF_PLACE = frozenset((Field.LOCATION, Field.STATE, Field.CITY))


class Part(NamedTuple):
    """A position of a day, with what is known of it; None for somebody who has none."""

    position: PositionOnDay | None
    held: Held | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which nothing changes that a rule asks of the person but the number of days since something."""

    from_day: date
    until: date | None
    person: PersonOnDay
    employed: Employed | None
    parts: tuple[Part, ...]


class _Key(NamedTuple):
    """What is one cause on following days: the same position, by the same clauses of the same version."""

    position_id: UUID | None
    version: int
    paths: tuple[tuple[str | int, ...], ...]


class PersonInTime:
    """A person whom several rules are asked about, cut into stretches once."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._facts = timeline.facts
        self._stretches = list(_stretches(timeline))

    def facts(self, versions: Iterable[RequirementVersion]) -> PersonFacts:
        """What the engine is given about the person and these versions of a requirement."""
        return replace(self._facts, under_rule=self.under(versions))

    def under(self, versions: Iterable[RequirementVersion]) -> tuple[UnderRule, ...]:
        """The days under the rule, in order, ahead of today too.

        A person who keeps an older version, since the newer ones are for people who come later, is under that one as
        long as its audience includes the person.
        """
        ordered = in_effect(versions)
        found: list[UnderRule] = []
        going: dict[_Key, UnderRule] = {}
        counts: RequirementVersion | None = None
        goes_on_to: date | None = None
        for first, last, stretch in self._cut(ordered):
            goes_on = counts is not None and first == goes_on_to and _keeps(ordered, counts, first)
            kept = counts if goes_on else None
            goes_on_to = None if last is None else days_later(last, 1)
            counts, causes = None, dict[_Key, UnderRule]()
            for version in filter(None, (kept, _on(ordered, first))):
                causes = dict(self._causes(version, first, last, stretch))
                if causes:
                    counts = version
                    break
            going = _joined(going, causes, first, found)
        found += going.values()
        told = (replace(each, known_on=None) if _in_time(each) else each for each in found)
        return tuple(sorted(told, key=_order))

    def _causes(
        self, version: RequirementVersion, first: date, last: date | None, stretch: Stretch
    ) -> Iterator[tuple[_Key, UnderRule]]:
        """Why the rule concerns the person on these days, with the day on which that was known, in time or late."""
        audience = version.terms.audience
        person = stretch.person if stretch.person.as_of == first else replace(stretch.person, as_of=first)
        for part in stretch.parts:
            if audience.covers(person, part.position):
                verdict = audience.verdict(person, part.position)
                key = _Key(verdict.position_id, version.number, tuple(each.path for each in verdict.clauses))
                known_on = self._known_on(audience, stretch, part)
                cause = Cause(verdict.words, verdict.position_id)
                yield key, UnderRule(first, last, cause, known_on)

    def _known_on(self, audience: Audience, stretch: Stretch, part: Part) -> date:
        """The day on which everything was known by which the rule concerns the person on these days."""
        asked: frozenset[Subject] = audience.subjects
        known = [self._timeline.known_on]
        if stretch.employed is not None:
            known.append(stretch.employed.known_on)
            if not OF_EMPLOYMENT.isdisjoint(asked):
                known.append(stretch.employed.state_known_on)
        if part.held is not None:
            known.append(part.held.known_on)
            if Field.DEPARTMENT in asked:
                known.append(part.held.department_known_on)
            if Field.JOB_CODE in asked:
                known.append(part.held.job_code_known_on)
            if not OF_PLACE.isdisjoint(asked):
                known.append(part.held.place_known_on)
            if Field.CITY in asked and part.held.city_known_on is not None:
                known.append(part.held.city_known_on)
            if Field.STATE in asked and part.held.state_known_on is not None:
                known.append(part.held.state_known_on)
        return max(known)

    def _cut(self, versions: Sequence[RequirementVersion]) -> Iterator[tuple[date, date | None, Stretch]]:
        """The stretches since the first version, cut where another one takes effect or a number of days is reached."""
        if not versions:
            return
        begins = versions[0].effective_on
        effective = [each.effective_on for each in versions[1:]]
        limits = {limit for each in versions for limit in each.terms.audience.day_counts}
        for stretch in self._stretches:
            if stretch.until is not None and stretch.until < begins:
                continue
            first = max(begins, stretch.from_day)
            days = {first, *effective, *_reached(stretch, limits)}
            inside = sorted(day for day in days if first <= day and (stretch.until is None or day <= stretch.until))
            for place, day in enumerate(inside):
                last = days_later(inside[place + 1], -1) if place + 1 < len(inside) else stretch.until
                yield day, last, stretch


def under_rule(versions: Iterable[RequirementVersion], timeline: Timeline) -> tuple[UnderRule, ...]:
    """The days on which the person is under these versions of a requirement."""
    return PersonInTime(timeline).under(versions)


def _stretches(timeline: Timeline) -> Iterator[Stretch]:
    days = timeline.turning_days
    for place, day in enumerate(days):
        person = timeline.on(day)
        if not person.works_here:
            continue
        held = {each.position.position_id: each for each in timeline.held if each.covers(day)}
        parts = tuple(Part(each, None if each is None else held[each.position_id]) for each in person.held)
        until = days_later(days[place + 1], -1) if place + 1 < len(days) else None
        yield Stretch(day, until, person, timeline.employment_on(day), parts)


def _reached(stretch: Stretch, limits: Iterable[tuple[Field, int | float]]) -> Iterator[date]:
    """The days on which a number of days that a rule names is reached or passed."""
    for subject, number in limits:
        since = [stretch.person.hired_on] if subject is Field.DAYS_SINCE_HIRE else []
        if subject is Field.DAYS_SINCE_POSITION_START:
            since = [each.position.starts_on for each in stretch.parts if each.position is not None]
        for day in filter(None, since):
            yield days_later(day, floor(number))
            yield days_later(day, floor(number) + 1)


def _on(ordered: Sequence[RequirementVersion], day: date) -> RequirementVersion:
    """The version in effect on this day."""
    return [each for each in ordered if each.effective_on <= day][-1]


def _keeps(ordered: Sequence[RequirementVersion], counts: RequirementVersion, day: date) -> bool:
    """Whether who is under this version stays under it: all later ones are for people who come later."""
    later = [each for each in ordered if counts.effective_on < each.effective_on <= day]
    return bool(later) and all(each.running is RunningCycles.KEEP for each in later)


def _joined(
    going: dict[_Key, UnderRule], causes: dict[_Key, UnderRule], first: date, ended: list[UnderRule]
) -> dict[_Key, UnderRule]:
    """The causes that go on, of which those known since the same day are joined; the others have ended."""
    joined: dict[_Key, UnderRule] = {}
    for key, cause in causes.items():
        before = going.get(key)
        if before is not None and _known_alike(before, cause) and _follows(before, first):
            joined[key] = replace(before, until=cause.until)
        else:
            joined[key] = cause
    ended += [each for key, each in going.items() if key not in joined or joined[key].from_day != each.from_day]
    return joined


def _known_alike(before: UnderRule, cause: UnderRule) -> bool:
    return before.known_on == cause.known_on or (_in_time(before) and _in_time(cause))


def _in_time(cause: UnderRule) -> bool:
    return cause.known_on is None or cause.known_on <= cause.from_day


def _follows(before: UnderRule, first: date) -> bool:
    return before.until is not None and days_later(before.until, 1) == first


def _order(each: UnderRule) -> tuple[object, ...]:
    position_id = each.cause.position_id
    return each.from_day, "" if position_id is None else str(position_id), each.cause.clause
