"""What relief a requirement permits somebody: by the version that is in effect, and for an extension by the due day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.compliance.obligations import ObligationState
from domain.compliance.permitted_relief import ReliefKind, ReliefPermitted
from domain.compliance.requirement import RequirementVersion
from domain.kernel.days import days_later, in_words
from domain.kernel.errors import Conflict


class ReliefNotPermitted(Conflict):
    """The requirement does not permit this kind of relief, or not for so long."""

    slug = "relief-not-permitted"
    title = "The requirement does not permit this relief"


@dataclass(frozen=True, slots=True)
class ReliefLimits:
    """What relief is permitted; `due_on` is the day from which an extension is counted, None if it is not known."""

    permitted: ReliefPermitted
    due_on: date | None = None

    def require(self, kind: ReliefKind, until: date | None) -> None:
        """Raises ReliefNotPermitted, with what is permitted, unless this relief is."""
        require_permitted(self.permitted, kind, until, self.due_on)


def limits_for(
    versions: Iterable[RequirementVersion],
    retired_on: date | None,
    states: Sequence[ObligationState],
    from_day: date,
) -> ReliefLimits:
    """What is permitted to somebody from this day on. `states` are those of the person, from first to last.

    The rule is that of the cycle to which the relief belongs: the one that is open on this day, or that opens next. For
    somebody who is not under the requirement then, it is the version that is in effect. The due day is that of the
    cycle before any extension, so that extensions do not add up.

    Raises ReliefNotPermitted if no version is in effect.
    """
    approved = {each.number: each for each in versions if each.is_approved}
    if retired_on is not None and retired_on <= from_day:
        raise ReliefNotPermitted(f"The requirement is no longer in effect from {in_words(retired_on)} on.")
    ahead = [each for each in states if each.is_open and (each.until is None or each.until >= from_day)]
    if ahead and ahead[0].version in approved:
        terms = approved[ahead[0].version].terms
        return ReliefLimits(terms.relief, _due_before_extensions(states, ahead[0].cycle))
    in_effect = [each for each in approved.values() if each.effective_on <= from_day]
    if not in_effect:
        raise ReliefNotPermitted(f"No version of the requirement is in effect on {in_words(from_day)}.")
    return ReliefLimits(max(in_effect, key=lambda each: (each.effective_on, each.number)).terms.relief)


def _due_before_extensions(states: Iterable[ObligationState], cycle: int) -> date | None:
    """The last due day of the cycle, without its extensions."""
    own = [each for each in states if each.cycle == cycle and each.is_open]
    return (own[-1].unextended_on or own[-1].due_on) if own else None


def require_permitted(
    permitted: ReliefPermitted, kind: ReliefKind, until: date | None = None, due_on: date | None = None
) -> None:
    """Raises ReliefNotPermitted, with what the requirement permits, unless it permits this relief.

    `until` and `due_on` limit an extension, where both are known.
    """
    if not permitted.permits(kind):
        kinds = ", ".join(each.value for each in ReliefKind if permitted.permits(each)) or "none"
        raise ReliefNotPermitted(f"The requirement permits no {kind.value}, only: {kinds}.")
    if kind is ReliefKind.EXTENSION and permitted.extension_days is not None and until and due_on:
        last = days_later(due_on, permitted.extension_days)
        if until > last:
            raise ReliefNotPermitted(
                f"The requirement permits an extension of {permitted.extension_days} days, until {in_words(last)} at "
                "the latest."
            )
