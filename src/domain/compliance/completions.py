"""What completes a cycle on a day: which courses, which credential, which hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.compliance.facts import GrantedRelief, MaterialVersion, Proof, Reopens, in_order
from domain.compliance.fulfillment import Courses, CourseSet, CredentialNeeded, HoursNeeded, Needs
from domain.compliance.periods import Period
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.terms import Terms
from domain.kernel.days import days_later, months_later

_VERY_LONG = 12_000
"""Months; longer than any interval."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that was completed on a day, by these proofs, the last of which completed it.

    Its months count from `counts_from`; `oldest` is the day of the oldest proof. `ends_by` is the day until which
    training with an older version of a module counts at most. `initial` is what is needed the first time.
    """

    day: date
    proof_ids: tuple[UUID, ...]
    counts_from: date
    oldest: date
    initial: bool = True
    printed_until: date | None = None
    ends_by: date | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The proofs of a person that count for a requirement, by day, with the versions that have outdated some."""

    proofs: tuple[Proof, ...]
    equivalents: tuple[GrantedRelief, ...]
    material_versions: tuple[MaterialVersion, ...]

    @property
    def days(self) -> frozenset[date]:
        """The days on which something may be completed."""
        return frozenset([*(each.day for each in self.proofs), *(each.from_day for each in self.equivalents)])

    def on(self, day: date, terms: Terms, *, period: Period | None, used: tuple[UUID, ...]) -> list[Completion]:
        """What is completed on this day; for hours, in this period (None: ever), without those that are used."""
        found = [_of_equivalent(each) for each in self.equivalents if each.from_day == day and terms.relief.equivalent]
        asked = terms.evidence_fields
        known = [each for each in self.proofs if each.day <= day and each.has(asked)]
        match terms.fulfillment:
            case Courses() as courses:
                found += self._courses(day, courses, terms, known)
            case CredentialNeeded(type=needed):
                found += [_of_proof(each) for each in known if each.day == day and each.credential == needed]
            case HoursNeeded() as needed:
                free = [each for each in known if each.id not in used]
                found += _hours(day, needed, [each for each in free if period is None or period.first <= each.day])
        return found

    def incomplete(self, since: date, day: date, terms: Terms) -> list[Proof]:
        """The proofs from after one day to the other that count for nothing, since they lack fields that the citation
        asks for; of a course, or of a type of credential, the newest.
        """
        asked, found = terms.evidence_fields, dict[object, Proof]()
        for each in self.proofs if asked else ():
            if since < each.day <= day and can_count(each, terms):
                found[each.id if each.hours else (each.module_id, each.credential)] = each
        return [each for each in found.values() if not each.has(asked)]

    def outdated_until(self, proof: Proof, by: date) -> date | None:
        """Until when the proof counts at most, after the versions published by this day; None without a limit."""
        return min(
            (
                each.due_on
                for each in self.material_versions
                if each.reopens is Reopens.EVERYONE and each.published_on <= by and each.outdates(proof)
            ),
            default=None,
        )

    def outdated(self, completion: Completion, by: date) -> date | None:
        """Until when the completion counts at most, after the versions published by this day."""
        limits = (self.outdated_until(each, by) for each in self.proofs if each.id in completion.proof_ids)
        return min((limit for limit in limits if limit is not None), default=None)

    def _courses(self, day: date, courses: Courses, terms: Terms, known: Sequence[Proof]) -> list[Completion]:
        months = getattr(terms.repeats, "months", _VERY_LONG)
        sets = [(courses.initial, True), *([(courses.renewal, False)] if courses.renewal else [])]
        found = (self._set(day, each, months, known, initial) for each, initial in sets)
        return [each for each in found if each is not None]

    def _set(
        self, day: date, courses: CourseSet, months: int, known: Sequence[Proof], initial: bool
    ) -> Completion | None:
        def worth(proof: Proof) -> tuple[date, date, UUID]:
            if not self.material_versions:  # the newest then has the latest end
                return date.max, proof.day, proof.id
            begins = min(day, days_later(proof.day, courses.spread_days))
            ends = min(months_later(begins, months), self.outdated_until(proof, day) or date.max)
            return ends, proof.day, proof.id

        best = _best_of_each_module(courses, known, worth)
        if courses.needs is Needs.ANY:
            parts = [max((each for each in best if each.day == day), key=worth)] if _any_on(day, best) else []
        else:
            parts = best if len(best) == len(courses.modules) and _any_on(day, best) else []
        if not parts:
            return None
        parts = sorted(parts, key=lambda each: (each.day, each.id))
        oldest = parts[0].day
        limits = [limit for each in parts if (limit := self.outdated_until(each, day)) is not None]
        return Completion(
            day=day,
            proof_ids=tuple(each.id for each in parts),
            counts_from=min(day, days_later(oldest, courses.spread_days)),
            oldest=oldest,
            initial=initial,
            ends_by=min(limits, default=None),
        )


def portfolio(
    proofs: Iterable[Proof], reliefs: Iterable[GrantedRelief], material_versions: Iterable[MaterialVersion]
) -> Portfolio:
    """Everything that counts, in a fixed order that does not depend on the order of arrival."""
    return Portfolio(
        tuple(sorted((each for each in proofs if not each.voided), key=lambda each: (each.day, each.id))),
        tuple(in_order(each for each in reliefs if each.kind is ReliefKind.EQUIVALENT)),
        tuple(sorted(material_versions, key=lambda each: (each.published_on, each.module_id, each.number))),
    )


def _any_on(day: date, proofs: Iterable[Proof]) -> bool:
    return any(each.day == day for each in proofs)


def _best_of_each_module(
    courses: CourseSet, known: Sequence[Proof], worth: Callable[[Proof], tuple[date, date, UUID]]
) -> list[Proof]:
    best: dict[UUID, Proof] = {}
    for each in known:
        if each.module_id is None or each.module_id not in courses.modules:
            continue
        other = best.get(each.module_id)
        if other is None or worth(each) > worth(other):
            best[each.module_id] = each
    return list(best.values())


def _of_proof(proof: Proof) -> Completion:
    return Completion(proof.day, (proof.id,), proof.day, proof.day, printed_until=proof.printed_until)


def _of_equivalent(relief: GrantedRelief) -> Completion:
    day = relief.from_day
    return Completion(day, (relief.id,), day, day, printed_until=relief.until)


def _hours(day: date, needed: HoursNeeded, free: Sequence[Proof]) -> list[Completion]:
    """The completion by the first of this day's hours that is enough."""
    counted = [each for each in free if _counts(each, needed)]
    earlier = sum(each.day < day for each in counted)
    for place in range(earlier, len(counted)):
        if is_enough(needed, counted[: place + 1]):
            used = counted[: place + 1]
            return [Completion(day, tuple(each.id for each in used), day, used[0].day)]
    return []


def can_count(proof: Proof, terms: Terms) -> bool:
    """Whether it is one of the things that the terms ask for, even if it counts for nothing."""
    match terms.fulfillment:
        case Courses() as courses:
            return proof.module_id in courses.modules
        case CredentialNeeded(type=needed):
            return proof.credential == needed
        case HoursNeeded() as needed:
            return _counts(proof, needed)


def _counts(proof: Proof, needed: HoursNeeded) -> bool:
    return proof.hours is not None and (
        not needed.categories or needed.category_of(proof.categories) in needed.categories
    )


def is_enough(needed: HoursNeeded, proofs: Iterable[Proof]) -> bool:
    """Whether these hours are enough."""
    total, live = counted_hours(needed, proofs)
    return total >= needed.hours and live >= (needed.live or 0) and not missing_minima(needed, proofs)


def counted_hours(needed: HoursNeeded, proofs: Iterable[Proof]) -> tuple[Decimal, Decimal]:
    """The hours that count, and those of them with a teacher present, no more of a category than its cap."""
    caps = {each.category: each.hours for each in needed.caps}
    every = _by_category(needed, (each for each in proofs if _counts(each, needed)))
    live = _by_category(needed, (each for each in proofs if _counts(each, needed) and each.live))

    def capped(hours: dict[str | None, Decimal]) -> Decimal:
        return sum((min(sum_, caps.get(category or "", sum_)) for category, sum_ in hours.items()), Decimal())

    return capped(every), capped(live)


def missing_minima(needed: HoursNeeded, proofs: Iterable[Proof]) -> dict[str, Decimal]:
    """The hours that are missing of each category with a minimum."""
    every = _by_category(needed, proofs)
    missing = {each.category: each.hours - every.get(each.category, Decimal()) for each in needed.minima}
    return {category: hours for category, hours in missing.items() if hours > 0}


def _by_category(needed: HoursNeeded, proofs: Iterable[Proof]) -> dict[str | None, Decimal]:
    found: dict[str | None, Decimal] = {}
    for each in proofs:
        category = needed.category_of(each.categories)
        found[category] = found.get(category, Decimal()) + (each.hours or 0)
    return found
