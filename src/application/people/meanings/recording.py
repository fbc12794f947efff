"""Recording what texts mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.ports import Ids
from application.kernel.units import Events
from application.people.meanings.ports import Meanings
from domain.kernel.aggregate import DomainEvent
from domain.people.meanings import Meaning
from domain.people.user_events import UsersEvent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MeaningRecorder(Generic[T]):
    """Records what texts mean within a unit of work, and gives people what their texts mean then.

    `mapped` makes the event of the fact with this id, `followed` is the event of the people.
    """

    meanings: Meanings[T]
    mapped: Callable[[UUID], DomainEvent]
    followed: type[UsersEvent]
    actor: Actor
    events: Events
    ids: Ids

    async def map(self, text: str, target: T | None, known: Meaning[T] | None) -> int:
        """Let the text mean this, unless it does: `known` is its present meaning. How many people this changes."""
        if (known and known.target) != target:
            return await self.record([text], target)
        # Also when it meant this before: nobody with this text may have anything else, however that came about.
        return await self._follow([text], known.id) if known else 0

    async def record(self, texts: Sequence[str], target: T | None, batch_id: UUID | None = None) -> int:
        """Let the texts mean this. Returns how many people it changes. The batch is by default the first fact."""
        facts = {self.ids.new(): text for text in texts}
        await self.meanings.record(facts, target, self.actor.id)
        for fact_id in facts:
            self.events.record(self.mapped(fact_id))
        return await self._follow(texts, batch_id or next(iter(facts)))

    async def _follow(self, texts: Sequence[str], batch_id: UUID) -> int:
        changed = await self.meanings.follow(texts)
        for event in self.followed.together(batch_id, changed):
            self.events.record(event)
        return len(changed)
