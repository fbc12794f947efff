"""What texts of users mean, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows, newest_first
from adapters.memory.people.tables import USERS
from application.kernel.messages import Cursor, Page
from domain.people.meanings import Meaning, text_key

T = TypeVar("T")
V = TypeVar("V")
U = TypeVar("U")


class TextKind(Generic[T]):
    """A kind of text: the table of its meanings, and the attributes of users with the text and with what it means."""

    def __init__(self, table: str, text: str, target: str) -> None:
        self.facts = MemoryTable[UUID, Meaning[T]](table)
        self.text, self.target = text, target


def newest(facts: Rows[UUID, Meaning[T]]) -> dict[str, Meaning[T]]:
    """The newest meaning of each text, by its key."""
    return {each.text_key: each for each in sorted(facts.rows(), key=_recorded_at)}


def _recorded_at(meaning: Meaning[Any]) -> datetime:
    return meaning.recorded_at


class MemoryMeanings(Generic[T]):
    """Implements application.people.meanings.ports.Meanings."""

    def __init__(self, unit: MemoryUnit, texts: TextKind[T]) -> None:
        self._texts = texts
        self._facts = unit.draft(texts.facts)
        self._users = unit.draft(USERS)
        self._unit = unit

    async def meant(self, text: str | None) -> T | None:
        known = newest(self._facts).get(text_key(text)) if text else None
        return None if known is None else known.target

    async def settle(self, user_ids: Sequence[UUID]) -> None:
        self._settle(user_ids)

    async def known(self, texts: Collection[str]) -> dict[str, T]:
        known = await self.meanings(texts)
        return {key: each.target for key, each in known.items() if each.target is not None}

    async def meanings(self, texts: Collection[str]) -> dict[str, Meaning[T]]:
        known = newest(self._facts)
        return {key: known[key] for key in map(text_key, texts) if key in known}

    async def record(self, texts: Mapping[UUID, str], target: T | None, recorded_by: UUID | None) -> None:
        for fact_id, text in texts.items():
            self._facts.put(fact_id, Meaning(fact_id, text, target, self._unit.moment, recorded_by))

    async def follow(self, texts: Collection[str]) -> list[UUID]:
        keys = set(map(text_key, texts))
        having = ((user.id, getattr(user, self._texts.text)) for user in self._users.rows())
        return self._settle([user_id for user_id, text in having if text and text_key(text) in keys])

    def _settle(self, user_ids: Iterable[UUID]) -> list[UUID]:
        meanings, changed = newest(self._facts), []
        for user_id in user_ids:
            known = self._users.peek(user_id)
            text = getattr(known, self._texts.text, None)
            meaning = meanings.get(text_key(text)) if text else None
            target = None if meaning is None else meaning.target
            if known and getattr(known, self._texts.target) != target:
                setattr(self._users.load(user_id), self._texts.target, target)
                changed.append(user_id)
        return sorted(changed)


class MemoryMeaningReader(Generic[T, V, U]):
    """Implements application.people.meanings.ports.MeaningReader.

    `view` is made of the fields of a fact; `unmapped` shows texts with their numbers of people, how many texts there
    are, and how many people have one.
    """

    def __init__(
        self,
        store: MemoryStore,
        texts: TextKind[T],
        view: Callable[..., V],
        unmapped: Callable[[list[tuple[str, int]], int, int], U],
    ) -> None:
        self._facts, self._users = store.table(texts.facts), store.table(USERS)
        self._texts, self._view, self._unmapped = texts, view, unmapped

    async def mapped(self, targets: tuple[T, ...], after: Cursor | None, limit: int) -> Page[V]:
        facts = newest(self._facts).values()
        shown = [each for each in facts if each.target is not None and (not targets or each.target in targets)]
        return newest_first(shown, lambda each: (each.recorded_at, each.id), self._shown, after=after, limit=limit)

    def _shown(self, each: Meaning[T]) -> V:
        return self._view(each.id, each.text, each.target, each.recorded_at, each.recorded_by)

    async def unmapped(self, limit: int) -> U:
        counted, spelled = Counter[str](), dict[str, str]()
        for user in self._users.rows():
            text = getattr(user, self._texts.text)
            if user.is_active and text and getattr(user, self._texts.target) is None:
                key = text_key(text)
                counted[key] += 1
                spelled[key] = min(text, spelled.get(key, text))
        first = sorted(counted, key=lambda key: (-counted[key], key))[:limit]
        return self._unmapped([(spelled[key], counted[key]) for key in first], len(counted), counted.total())
