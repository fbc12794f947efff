"""Which version of a requirement counts for a person on a day, and on which days the person is under it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from domain.compliance.due_days import ExceptionKind, ListedException
from domain.compliance.facts import Case, TimeUnderRule, times_under_rule
from domain.compliance.requirement import RequirementVersion, RunningCycles
from domain.kernel.days import days_later


class RuleBook:
    """The versions of the case, and the times under the rule, that had begun by a day."""

    def __init__(self, case: Case, until: date) -> None:
        self.versions = [each for each in in_effect(case.versions) if each.effective_on <= until]
        self.times_under_rule = [each for each in _times_under_rule(case) if each.from_day <= until]
        days = [each.effective_on for each in case.versions]
        self._contradictions = tuple(
            ListedException(ExceptionKind.CONTRADICTING_VERSIONS, day)
            for day in sorted({each for each in days if days.count(each) > 1})
        )

    def contradictions_by(self, day: date) -> tuple[ListedException, ...]:
        """The days by this one on which two versions take effect."""
        return tuple(each for each in self._contradictions if each.day <= day)

    def version_on(self, day: date, since: date) -> RequirementVersion:
        """The version for a cycle that opens on this day, for somebody who has been under the rule since then."""
        known = [each for each in self.versions if each.effective_on <= day]
        taken = [each for each in known if each.effective_on <= since or each.running is not RunningCycles.KEEP]
        return taken[-1]

    def taken_on(self, day: date) -> RequirementVersion | None:
        """The version that takes effect on this day for running cycles too."""
        return next((each for each in self._taken() if each.effective_on == day), None)

    def is_taken_within(self, after: date, day: date) -> bool:
        """Whether such a version has taken effect after the one day and by the other."""
        return any(after < each.effective_on <= day for each in self._taken())

    def _taken(self) -> list[RequirementVersion]:
        return [each for each in self.versions if each.running is RunningCycles.TAKE]


def turning_days(case: Case) -> list[date]:
    """The days on which facts begin, and so may change the cycles. Between them, cycles only open as they foretell."""
    days = {each.effective_on for each in case.versions}
    under_rule = [(each.from_day, each.until) for each in _times_under_rule(case)]
    under_rule += [(each.from_day, each.until) for each in case.person.under_rule]
    for first, last in under_rule:
        days |= {first, *([] if last is None else [days_later(last, 1)])}
    days |= {each.day for each in case.proofs if not each.voided}
    days |= {each.from_day for each in (*case.reliefs, *case.person.leaves)}
    days |= {each.published_on for each in case.material_versions}
    days |= {case.person.signed_in_on} if case.person.signed_in_on else set()
    return sorted(days)


def in_effect(versions: Iterable[RequirementVersion]) -> list[RequirementVersion]:
    """The versions in the order in which they take effect; of two on one day the one with the higher number."""
    by_day = {each.effective_on: each for each in sorted(versions, key=lambda each: each.number)}
    return [by_day[day] for day in sorted(by_day)]


def _times_under_rule(case: Case) -> list[TimeUnderRule]:
    versions = in_effect(case.versions)
    if not versions:
        return []
    last = None if case.retired_on is None else days_later(case.retired_on, -1)
    return times_under_rule(case.person.under_rule, versions[0].effective_on, last)
