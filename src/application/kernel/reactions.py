"""Reactions: the consequences of an event, in the same unit of work as the command that caused it.

A reaction is a plain async function. It takes all events of one kind that happened together, the actor, and ports, so
that five hundred events take as few statements as five.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

from application.kernel.access import Actor
from application.kernel.declared_errors import Report, refuse_undeclared
from application.kernel.units import Unit
from application.kernel.wiring import Call, Miswired, definitions
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import DomainError

Function = TypeVar("Function", bound=Callable[..., Awaitable[None]])

MOST_ROUNDS = 10
"""How long a chain of consequences may be. A longer one is a circle."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """A function that is called with events of exactly these kinds, and the expected failures that it `raises`.

    One that `concludes` is called when all others have been, since it reads what they have written.
    """

    events: frozenset[type[DomainEvent]]
    function: Callable[..., Awaitable[None]]
    raises: tuple[type[DomainError], ...] = ()
    concludes: bool = False


def reacts(event: type[DomainEvent], *, raises: Sequence[type[DomainError]] = ()) -> Callable[[Function], Function]:
    """Declare that the function reacts to events of this kind, or raises one of these errors.

    Such an error is also one of each command that causes the event, whose handler declares it too.
    """

    def declare(function: Function) -> Function:
        function.__reaction__ = Reaction(frozenset({event}), function, tuple(raises))  # type: ignore[attr-defined]  # our mark
        return function

    return declare


def concludes(*events: type[DomainEvent]) -> Callable[[Function], Function]:
    """Declare that the function is called once with all events of these kinds, after all other reactions."""

    def declare(function: Function) -> Function:
        function.__reaction__ = Reaction(frozenset(events), function, concludes=True)  # type: ignore[attr-defined]  # our mark
        return function

    return declare


def discover_reactions(package: str = "application") -> tuple[Reaction, ...]:
    """Import every module of the package and collect its reactions, in the order in which they run. Raises Miswired."""
    return _found(importlib.import_module(package))


@cache
def _found(package: ModuleType) -> tuple[Reaction, ...]:
    found = []
    for value in definitions(package.__name__):
        reaction = getattr(value, "__reaction__", None)
        if isinstance(reaction, Reaction):
            name = value.__name__
            if not inspect.iscoroutinefunction(value):
                raise Miswired(f"the reaction {name} must be an async function")
            if not value.__doc__:
                raise Miswired(f"the reaction {name} needs a docstring that says what follows")
            found.append(reaction)
    return tuple(found)


class Reactions:
    """Runs the reactions to the events of a unit of work."""

    def __init__(
        self,
        reactions: Sequence[Reaction],
        unit_ports: frozenset[type],
        resolve: Callable[[type], Any],
        undeclared: Report = refuse_undeclared,
    ) -> None:
        """`resolve` gives app-lifetime objects by type. Raises Miswired.

        `undeclared` is called with each expected failure that a reaction does not declare, before it is raised.
        """
        calls = [(each, _call(each, unit_ports, resolve)) for each in reactions]
        self._calls = [(each, call) for each, call in calls if not each.concludes]
        self._last = [(each, call) for each, call in calls if each.concludes]
        self._awaited, self._awaited_last = (
            frozenset(event for each, _ in some for event in each.events) for some in (self._calls, self._last)
        )
        self._undeclared = undeclared

    async def run(self, unit: Unit, actor: Actor) -> list[DomainEvent]:
        """All events of the unit in order; reactions run until there are no new events.

        Raises what the reactions raise; then the unit has no effect.
        """
        happened: list[DomainEvent] = []
        concluded = 0
        for _ in range(MOST_ROUNDS):
            new = unit.take_events()
            happened += new
            if not self._awaited.isdisjoint(map(type, new)):
                await self._call(self._calls, new, unit, actor)
                continue
            rest, concluded = happened[concluded:], len(happened)
            if self._awaited_last.isdisjoint(map(type, rest)):
                return happened
            await self._call(self._last, rest, unit, actor)
        raise RuntimeError(f"events have caused each other for {MOST_ROUNDS} rounds: {type(happened[-1]).__name__}")

    async def _call(
        self, calls: Sequence[tuple[Reaction, Call]], new: Sequence[DomainEvent], unit: Unit, actor: Actor
    ) -> None:
        for reaction, call in calls:
            events = tuple(event for event in new if type(event) in reaction.events)
            if events:
                try:
                    await call(events, actor, unit)
                except DomainError as error:
                    self._check(reaction, error)
                    raise

    def _check(self, reaction: Reaction, error: DomainError) -> None:
        if type(error) not in reaction.raises:
            self._undeclared(f"the reaction {reaction.function.__name__}", error)


def _call(reaction: Reaction, unit_ports: frozenset[type], resolve: Callable[[type], Any]) -> Call:
    order = f"the reaction {reaction.function.__name__} must begin with its events and the actor"
    return Call(reaction.function, unit_ports, resolve, leading=("events", "actor"), order=order)
