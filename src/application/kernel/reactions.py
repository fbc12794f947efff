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
    """A function that is called with events of exactly this kind, and the expected failures that it `raises`."""

    event: type[DomainEvent]
    function: Callable[..., Awaitable[None]]
    raises: tuple[type[DomainError], ...] = ()


def reacts(event: type[DomainEvent], *, raises: Sequence[type[DomainError]] = ()) -> Callable[[Function], Function]:
    """Declare that the function reacts to events of this kind, or raises one of these errors.

    Such an error is also one of each command that causes the event, whose handler declares it too.
    """

    def declare(function: Function) -> Function:
        function.__reaction__ = Reaction(event, function, tuple(raises))  # type: ignore[attr-defined]  # our mark
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
        self._calls = [(each, _call(each, unit_ports, resolve)) for each in reactions]
        self._awaited = frozenset(each.event for each in reactions)
        self._undeclared = undeclared

    async def run(self, unit: Unit, actor: Actor) -> list[DomainEvent]:
        """All events of the unit in order; reactions run until there are no new events.

        Raises what the reactions raise; then the unit has no effect.
        """
        happened: list[DomainEvent] = []
        for _ in range(MOST_ROUNDS):
            new = unit.take_events()
            happened += new
            if self._awaited.isdisjoint(map(type, new)):
                return happened
            for reaction, call in self._calls:
                events = tuple(event for event in new if type(event) is reaction.event)
                if events:
                    try:
                        await call(events, actor, unit)
                    except DomainError as error:
                        self._check(reaction, error)
                        raise
        raise RuntimeError(f"events have caused each other for {MOST_ROUNDS} rounds: {type(happened[-1]).__name__}")

    def _check(self, reaction: Reaction, error: DomainError) -> None:
        if type(error) not in reaction.raises:
            self._undeclared(f"the reaction {reaction.function.__name__}", error)


def _call(reaction: Reaction, unit_ports: frozenset[type], resolve: Callable[[type], Any]) -> Call:
    order = f"the reaction {reaction.function.__name__} must begin with its events and the actor"
    return Call(reaction.function, unit_ports, resolve, leading=("events", "actor"), order=order)
