"""A bus that says which message it is working on, for traces."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command, Query

R = TypeVar("R")

Span = Callable[[str], AbstractContextManager[object]]
"""Around the work on a message of this name."""


class TracedBus(Bus):
    """A bus with a span around each message."""

    def __init__(self, span: Span, *arguments: Any) -> None:
        """`arguments` are those of Bus."""
        super().__init__(*arguments)
        self._span = span

    async def ask(self, query: Query[R], actor: Actor) -> R:
        with self._span(type(query).__name__):
            return await super().ask(query, actor)

    async def execute(self, command: Command[R], actor: Actor) -> R:
        with self._span(type(command).__name__):
            return await super().execute(command, actor)

    async def execute_once(self, command: Command[R], *arguments: Any, **named: Any) -> Any:
        with self._span(type(command).__name__):
            return await super().execute_once(command, *arguments, **named)
