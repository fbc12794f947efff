"""What the proofs of a person are worth by a version of a requirement, counted from day to day."""

from __future__ import annotations

from datetime import date

from domain.compliance.completions import portfolio
from domain.compliance.credit import Credit, ending, renewed
from domain.compliance.due_days import ExceptionKind, ListedException
from domain.compliance.evidence_fields import missing
from domain.compliance.facts import Case, Proof, Reopens
from domain.compliance.fulfillment import Courses, HoursNeeded
from domain.compliance.periods import Period, Periods, periods_of
from domain.compliance.requirement import RequirementVersion
from domain.compliance.rule_book import RuleBook
from domain.kernel.days import days_later


class CountedProofs:
    """The proofs that had been earned by a day."""

    def __init__(self, case: Case, book: RuleBook, until: date) -> None:
        self._person, self._book = case.person, book
        self._material = [each for each in case.material_versions if each.published_on <= until]
        reliefs = [each for each in case.reliefs if each.from_day <= until]
        counted = [each for each in case.proofs if each.day <= until and self._is_credit(each)]
        self._portfolio = portfolio(counted, reliefs, self._material)
        self.days = sorted(self._portfolio.days)
        self.publications = {each.published_on for each in self._material}

    def periods(self, version: RequirementVersion) -> Periods | None:
        """The periods in which the requirement repeats for the person."""
        return periods_of(version.terms.repeats, self._person)

    def opens_on(self, credit: Credit) -> date | None:
        """The day on which the cycle after this credit opens."""
        return credit.opens_on(self.periods(credit.version))

    def after(self, held: Credit | None, day: date, version: RequirementVersion, since: date) -> Credit | None:
        """What is held after this day's completions, by somebody who came under the rule on `since`."""
        periods = self.periods(version)
        period = _period(held, periods, version, since)
        completions = self._portfolio.on(day, version.terms, period=period, used=held.used if held else ())
        return renewed(held, completions, version, periods, period) or held

    def by(self, held: Credit | None, day: date, version: RequirementVersion, since: date) -> Credit | None:
        """What is held by the end of this day, after all completions since the one that is held."""
        last = held.completion.day if held is not None else date.min
        for each in self.days:
            if last < each <= day:
                held = self.after(held, each, version, since)
        return held and self.outdated(held, day)

    def incomplete(self, held: Credit | None, day: date, version: RequirementVersion) -> list[ListedException]:
        """The proofs since what is held that count for nothing by this version, with each field that they lack."""
        since, asked = date.min if held is None else held.completion.day, version.terms.evidence_fields
        return [
            ListedException(ExceptionKind.EVIDENCE_INCOMPLETE, each.day, field, proof_id=each.id)
            for each in self._portfolio.incomplete(since, day, version.terms)
            for field in missing(asked, each.lacks)
        ]

    def outdated(self, credit: Credit, day: date) -> Credit:
        """The credit, which ends sooner if versions published by this day have outdated the courses."""
        if not isinstance(credit.version.terms.fulfillment, Courses):
            return credit
        ends = self._portfolio.outdated(credit.completion, day)
        return credit if ends is None or (credit.until is not None and credit.until <= ends) else ending(credit, ends)

    def _is_credit(self, proof: Proof) -> bool:
        """Whether it counts for somebody who comes under the rule later: not too old, nor outdated for new people."""
        times = self._book.times_under_rule
        if not times:
            return False
        begins = times[0].from_day
        in_courses = isinstance(self._book.version_on(begins, begins).terms.fulfillment, Courses)
        if in_courses and any(
            each.reopens is Reopens.NEW_PEOPLE and each.published_on <= begins and each.outdates(proof)
            for each in self._material
        ):
            return False
        coming = next((each for each in times if each.until is None or proof.day <= each.until), None)
        if coming is None or proof.day >= coming.from_day:
            return True
        version = self._book.version_on(coming.from_day, coming.from_day)
        limit = version.terms.guards.prior_credit_days
        return limit is None or proof.day >= days_later(coming.from_day, -limit)


def _period(held: Credit | None, periods: Periods | None, version: RequirementVersion, since: date) -> Period | None:
    """The period whose hours are counted: the one after the last that was met, or that of coming under the rule."""
    if periods is None or not isinstance(version.terms.fulfillment, HoursNeeded):
        return None
    began = periods.of(since)
    following = None if held is None else held.next_period
    return began if following is None or following.last < began.first else following
