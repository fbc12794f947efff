"""What is needed of the store to know what texts mean. Each kind of text has ports of its own, which extend these."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from application.kernel.messages import Cursor, Page
from domain.people.meanings import Meaning

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
V = TypeVar("V")
U_co = TypeVar("U_co", covariant=True)


class Meanings(Protocol[T]):
    """What texts mean, and with it what people have: `User.location_id` follows from `User.location`, for example.

    Every way of writing people leaves events about them, to which `settle` is the reaction, so that none can be
    forgotten. A command that writes one person asks before, so that its answer shows the result. What else follows
    from a text of a profile is to be kept in the same way.
    """

    async def meant(self, text: str | None) -> T | None:
        """What the text means, None when it means nothing.

        No meaning changes until the unit of work ends.
        """

    async def settle(self, user_ids: Sequence[UUID]) -> None:
        """Give each of these people what their text means, in one statement.

        It takes none for people whom this unit has written one by one, without a text or after `meant`.
        """

    async def known(self, texts: Collection[str]) -> dict[str, T]:
        """What those of these texts mean that mean something, by the key of the text, in one statement.

        Somebody else may change it before this unit of work ends: it is for what is only said, not decided.
        """

    async def meanings(self, texts: Collection[str]) -> dict[str, Meaning[T]]:
        """The present meaning of each of these texts that had one, by the key of the text.

        No other unit changes a meaning, or settles people, until this one ends.
        """

    async def record(self, texts: Mapping[UUID, str], target: T | None, recorded_by: UUID | None) -> None:
        """Keep what these texts mean from now on, by ids of the facts, later than all meanings they had.

        The time is that of the clock of the store. Call `meanings` before.
        """

    async def follow(self, texts: Collection[str]) -> list[UUID]:
        """Give everybody with one of these texts what it means, in one statement; whom this changes, in order."""


class MeaningReader(Protocol[T_contra, V, U_co]):
    """Reads what texts mean with one statement per call."""

    async def mapped(self, targets: tuple[T_contra, ...], after: Cursor | None, limit: int) -> Page[V]:
        """The texts that mean one of the targets, or any if none is given; the newest first."""

    async def unmapped(self, limit: int) -> U_co:
        """The texts of active people that mean nothing: first those of most people, then by their keys."""
