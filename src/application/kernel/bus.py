"""Carries each message to its handler: who may, with which ports, in which unit of work.

A handler is a plain async function. The bus reads its annotations once, at start: the message, the actor,
ports of the unit of work, and everything else from the container. Tests call handlers directly.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from application.kernel.access import Actor, require
from application.kernel.declared_errors import Report, refuse_undeclared
from application.kernel.handlers import Handler, View
from application.kernel.messages import Command, Message, Query, operation_of, result_of
from application.kernel.ports import Clock, Ids
from application.kernel.reactions import Reaction, Reactions
from application.kernel.settling import SettleFirst
from application.kernel.units import (
    Answer,
    Answers,
    AuditRecord,
    AuditTrail,
    IdempotencyKey,
    KeyInFlight,
    KeyReused,
    Outbox,
    OutboxEntry,
    TooManyAnswers,
    Unit,
    Units,
)
from application.kernel.wiring import Call, Miswired
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import DomainError
from domain.kernel.key_scopes import scope_needed

R = TypeVar("R")
T = TypeVar("T")

Listener = Callable[[Sequence[DomainEvent]], None]

ANSWERS_ARE_KEPT = timedelta(hours=24)
MOST_SETTLING = 5
"""How often a message may find that something must be settled first. Once is enough unless more becomes due."""


class Bus:
    """Sends commands and queries to their handlers."""

    def __init__(
        self,
        handlers: Mapping[type[Message[Any]], Handler],
        units: Units,
        resolve: Callable[[type], Any],
        reactions: Sequence[Reaction] = (),
        undeclared: Report = refuse_undeclared,
    ) -> None:
        """`resolve` gives app-lifetime objects by type. Raises Miswired when a handler or reaction asks for more.

        `undeclared` is called with each expected failure that a handler or reaction does not declare, before it is
        raised.
        """
        resolve = cache(resolve)  # Most types are asked for by many handlers.
        self._undeclared = undeclared
        self._units = units
        self._reactions = Reactions(reactions, units.ports, resolve, undeclared)
        self._clock: Clock = resolve(Clock)
        self._ids: Ids = resolve(Ids)
        self._plans = {
            message: _Plan(handler, handler.function, units.ports, resolve) for message, handler in handlers.items()
        }
        self._versions = {
            message: _Plan(handler, handler.version, units.ports, resolve)
            for message, handler in handlers.items()
            if handler.version
        }
        self._views = {message: handler.view for message, handler in handlers.items()}
        self._in_flight: set[tuple[str, str]] = set()
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Tell the listener, at once, of the events that each unit of work of this process has committed."""
        self._listeners.append(listener)

    def permit(self, message: type[Message[Any]], actor: Actor) -> None:
        """Raises Forbidden unless the actor may send such a message at all, independent of its content.

        For the edge, which asks before it spends anything on reading the message.
        """
        self._plans[message].admit(actor)

    async def ask(self, query: Query[R], actor: Actor) -> R:
        """Answer the query, outside any transaction. Raises Forbidden and the handler's errors."""
        plan = self._plans[type(query)]
        plan.admit(actor)
        for _ in range(MOST_SETTLING):
            try:
                answer: R = await plan.call(query, actor, None)
                return answer
            except SettleFirst as first:
                await self._settle(first)
            except DomainError as error:
                self._check(plan, error)
                raise
        raise _never_settled(query)

    async def version(self, query: Query[Any], actor: Actor) -> int | None:
        """The version of what `ask` would answer, for less than the answer costs.

        None when it would show nothing, and when there is no cheaper way to tell. Raises Forbidden.
        """
        plan = self._versions.get(type(query))
        if plan is None:
            return None
        plan.admit(actor)
        version: int | None = await plan.call(query, actor, None)
        return version

    def view_of(self, query: type[Query[Any]]) -> View | None:
        """How to name the view that an actor is given, None where no version can be asked for."""
        return self._views[query]

    def has_view(self, result: Any) -> bool:
        """Whether a query that shows this names the view of it."""
        return any(view is not None and result_of(message) is result for message, view in self._views.items())

    async def execute(self, command: Command[R], actor: Actor) -> R:
        """Carry out the command in one unit of work. Raises Forbidden and the handler's errors."""
        plan = self._plans[type(command)]
        plan.admit(actor)

        async def work(unit: Unit) -> tuple[R, Sequence[DomainEvent]]:
            return await self._carry_out(plan, command, actor, unit)

        result, events = await self._run(work, command)
        self._tell(events)
        return result

    async def execute_once(
        self,
        command: Command[R],
        actor: Actor,
        key: IdempotencyKey,
        present: Callable[[R], Answer],
        present_error: Callable[[DomainError], Answer],
    ) -> tuple[Answer, bool]:
        """Carry out the command unless it was before; the answer, and whether it is a repeated one.

        The key, the effect and the events commit together. An expected failure is an answer too,
        and is kept after the effect has been rolled back, unless it is too long: to repeat what had no effect does no
        harm. Raises KeyReused, KeyInFlight and TooManyAnswers.
        """
        plan = self._plans[type(command)]
        plan.admit(actor)

        async def work(unit: Unit) -> tuple[Answer, bool, Sequence[DomainEvent]]:
            answers = unit.port(Answers)
            kept = await answers.claim(key)
            if kept is not None:
                return kept, True, ()
            result, events = await self._carry_out(plan, command, actor, unit)
            answer = present(result)
            await answers.keep(key, answer.short or answer)
            return answer, False, events

        async with self._holding(key):
            try:
                answer, repeated, events = await self._run(work, command)
                self._tell(events)
                return answer, repeated
            except (KeyReused, KeyInFlight, TooManyAnswers):
                raise
            except DomainError as error:
                refusal = present_error(error)
                if refusal.is_long:
                    return refusal, False

            async def keep_refusal(unit: Unit) -> tuple[Answer, bool]:
                answers = unit.port(Answers)
                kept = await answers.claim(key)
                if kept is not None:
                    return kept, True
                await answers.keep(key, refusal)
                return refusal, False

            return await self._units.run(keep_refusal)

    @asynccontextmanager
    async def _holding(self, key: IdempotencyKey) -> AsyncIterator[None]:
        name = (key.owner, key.value)
        if name in self._in_flight:
            raise KeyInFlight
        self._in_flight.add(name)
        try:
            yield
        finally:
            self._in_flight.discard(name)

    async def _run(self, work: Callable[[Unit], Awaitable[T]], command: Command[Any]) -> T:
        for _ in range(MOST_SETTLING):
            try:
                return await self._units.run(work)
            except SettleFirst as first:
                await self._settle(first)
            except DomainError as error:
                self._check(self._plans[type(command)], error)
                raise
        raise _never_settled(command)

    def _check(self, plan: _Plan, error: DomainError) -> None:
        if type(error) not in plan.failures:
            self._undeclared(plan.name, error)

    async def _settle(self, first: SettleFirst) -> None:
        for command in first.commands:
            await self.execute(command, Actor.system())

    async def _carry_out(
        self, plan: _Plan, command: Command[R], actor: Actor, unit: Unit
    ) -> tuple[R, Sequence[DomainEvent]]:
        result: R = await plan.call(command, actor, unit)
        events = await self._reactions.run(unit, actor)
        if events:
            now = self._clock.now()
            entries = [OutboxEntry(self._ids.new(), now, event, actor) for event in events]
            await unit.port(Outbox).append(entries)
            await unit.port(AuditTrail).enter(AuditRecord(self._ids.new(), now, plan.operation, actor, entries))
        return result, events

    def _tell(self, events: Sequence[DomainEvent]) -> None:
        if events:
            for listener in self._listeners:
                listener(events)


def _never_settled(message: Message[Any]) -> RuntimeError:
    return RuntimeError(f"{type(message).__name__} has asked {MOST_SETTLING} times for something to be settled first")


class _Plan:
    """How to call one handler, worked out once."""

    __slots__ = ("allow", "call", "failures", "name", "operation", "scope")

    def __init__(
        self,
        handler: Handler,
        function: Callable[..., Awaitable[Any]],
        unit_ports: frozenset[type],
        resolve: Callable[[type], Any],
    ) -> None:
        self.allow = handler.allow
        self.scope = scope_needed(handler.message.__name__)
        self.failures = handler.failures
        self.operation = operation_of(handler.message)
        self.name = name = f"the handler of {handler.message.__name__}"
        is_command = issubclass(handler.message, Command)
        leading = ("command" if is_command else "query", "actor")
        order = f"{name} must begin with its message and the actor"
        call = Call(function, unit_ports, resolve, leading=leading, order=order)
        if call.ports and not is_command:
            raise Miswired(f"{name} reads {call.ports[0].__name__}; use a reader")
        self.call = call

    def admit(self, actor: Actor) -> None:
        """Raises Forbidden unless the actor may send the message."""
        require(self.allow, actor, self.scope)
