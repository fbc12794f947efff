"""What a roster would do, before it is done: what stands against it, and who leaves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.kernel.errors import Conflict
from domain.people.leavers import Absence, LeaverLimit, Leavers
from domain.people.roster import LineProblem, RosterRejected


class NobodyListed(Conflict):
    slug = "nobody-listed"
    title = "The roster lists nobody"
    sentence = "A file without people cannot say who has left. Export it again."


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """The lines that are left out, and, if people who are missing leave, who that is.

    `listed` is the number of valid lines. `complete` says that no line may be left out: with `partial` some may, but
    not where missing people leave, since a line that is left out may be about one of them.
    """

    problems: tuple[LineProblem, ...]
    listed: int
    complete: bool
    ends_missing: bool
    leavers: Leavers
    absence: Absence
    too_many: Conflict | None

    @classmethod
    def of(
        cls,
        problems: Collection[LineProblem],
        absence: Absence | None,
        *,
        listed: int,
        partial: bool,
        actor_id: UUID | None,
        settled: Collection[UUID],
        limit: LeaverLimit,
        force: bool,
        ending: int = 0,
        deactivate_missing: bool = True,
    ) -> Self:
        """`absence` is None if nobody leaves, and says how many people are active otherwise.

        The `settled` leave for another reason, and the `ending` by a last day of work that their lines name. People who
        are missing stay unless `deactivate_missing`.
        """
        unlisted = absence if absence and deactivate_missing else Absence(active=absence.active if absence else 0)
        leavers = Leavers.of(unlisted.unlisted, actor_id=actor_id, settled=settled)
        return cls(
            tuple(problems),
            listed,
            deactivate_missing or not partial,
            deactivate_missing,
            leavers,
            unlisted,
            None if force else limit.refusal(len(leavers.leaving) + ending, unlisted.active),
        )

    @property
    def refusal(self) -> RosterRejected | Conflict | None:
        """Why nothing is imported; None if nothing is against it."""
        if self.problems and self.complete:
            return RosterRejected(self.problems, may_be_partial=not self.ends_missing)
        if self.ends_missing and not self.listed:
            return NobodyListed()
        return self.too_many
