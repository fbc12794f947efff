"""Handlers: their declarations, their discovery, and their expected failures."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cache
from itertools import chain
from types import ModuleType
from typing import Any, TypeVar

from application.kernel.access import Actor, Policy
from application.kernel.declared_errors import ANY_COMMAND_RAISES, ANY_QUERY_RAISES
from application.kernel.messages import Command, Message, Query
from application.kernel.wiring import Miswired, definitions
from domain.kernel.errors import DomainError

Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])

Version = Callable[..., Awaitable[int | None]]
View = Callable[[Actor], str]


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler with its declaration: the message that it answers and the policy.

    `internal` messages have no route: only the service itself and the command line send them. `version` of a query
    takes the handler's parameters and reads only the version of the object shown, None if there is none. `view` goes
    with it if one version has several views: it names the view for this actor, empty for that of authors. `raises` are
    the expected failures of this message, including those of the reactions to its events, without those of every
    message of its kind.
    """

    message: type[Message[Any]]
    function: Callable[..., Awaitable[Any]]
    allow: Policy
    internal: bool
    version: Version | None = None
    view: View | None = None
    raises: tuple[type[DomainError], ...] = ()

    @property
    def failures(self) -> frozenset[type[DomainError]]:
        """Every expected failure of the message, except the Forbidden of its policy."""
        return _with_common(self.raises, ANY_COMMAND_RAISES if issubclass(self.message, Command) else ANY_QUERY_RAISES)


@cache
def _with_common(*raised: tuple[type[DomainError], ...]) -> frozenset[type[DomainError]]:
    return frozenset(chain(*raised))


def handles(
    message: type[Message[Any]],
    *,
    allow: Policy,
    raises: Sequence[type[DomainError]] = (),
    internal: bool = False,
    version: Version | None = None,
    view: View | None = None,
) -> Callable[[Function], Function]:
    """Declare that the function answers the message of actors whom the policy allows, or raises one of these errors."""

    def declare(function: Function) -> Function:
        handler = Handler(message, function, allow, internal, version, view, tuple(raises))
        function.__handler__ = handler  # type: ignore[attr-defined]  # our mark
        return function

    return declare


def discover(package: str = "application") -> dict[type[Message[Any]], Handler]:
    """Import every module of the package and collect its handlers by message. Raises Miswired."""
    return dict(_found(importlib.import_module(package)))


@cache
def _found(package: ModuleType) -> dict[type[Message[Any]], Handler]:
    found: dict[type[Message[Any]], Handler] = {}
    messages: set[type[Message[Any]]] = set()
    for value in definitions(package.__name__):
        if inspect.isclass(value) and issubclass(value, (Command, Query)) and is_dataclass(value):
            messages.add(value)
        handler = getattr(value, "__handler__", None)
        if isinstance(handler, Handler):
            if handler.message in found:
                raise Miswired(f"{handler.message.__name__} has two handlers; keep one of them")
            found[handler.message] = handler
    orphans = sorted(message.__name__ for message in messages - found.keys())
    if orphans:
        raise Miswired(f"no handler for {', '.join(orphans)}: write one under @handles(...) beside the message")
    for handler in found.values():
        _inspect(handler)
    return found


def _inspect(handler: Handler) -> None:
    name = handler.message.__name__
    params = getattr(handler.message, "__dataclass_params__", None)
    if params is None or not params.frozen:
        raise Miswired(f"{name} must be a frozen dataclass")
    if not inspect.iscoroutinefunction(handler.function):
        raise Miswired(f"the handler of {name} must be an async function")
    if not handler.function.__doc__:
        raise Miswired(f"the handler of {name} needs a docstring that says who may call it and what happens")
    if (handler.version is None) != (handler.view is None):
        raise Miswired(f"the handler of {name} has a version without a view, or a view without a version; say both")
    if not handler.allow.__doc__:
        raise Miswired(f"the policy of {name} needs a docstring that names who may")
