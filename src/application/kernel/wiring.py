"""Finding and calling handlers and reactions: plain functions whose ports are known by their annotations."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Collection, Iterator
from functools import cache
from typing import Any, get_type_hints

from application.kernel.units import Unit


class Miswired(Exception):
    """The application cannot start: a message, handler or reaction breaks a rule. Names it and the correction."""


def definitions(package: str, *, but: Collection[str] = ()) -> Iterator[Any]:
    """Everything that the modules of the package define, ordered by module name and position.

    The modules and packages in `but` are not imported.
    """
    for each in pkgutil.iter_modules(importlib.import_module(package).__path__, prefix=f"{package}."):
        if each.name in but:
            continue
        module = importlib.import_module(each.name)
        for value in tuple(vars(module).values()):
            if getattr(value, "__module__", None) == module.__name__:
                yield value
        if each.ispkg:
            yield from definitions(each.name, but=but)


class Call:
    """How to call a function that takes its subject, the actor and ports, worked out once.

    `ports` are those of the unit of work; everything else is resolved at once by `resolve`, which raises LookupError
    for a type that it does not know. Raises Miswired then, and when the first two parameters have other names than
    `leading`, which `order` says in words.
    """

    __slots__ = ("_fixed", "_function", "ports")

    def __init__(
        self,
        function: Callable[..., Awaitable[Any]],
        unit_ports: frozenset[type],
        resolve: Callable[[type], Any],
        *,
        leading: tuple[str, str],
        order: str,
    ) -> None:
        parameters = _parameters(function)
        if tuple(name for name, _ in parameters[:2]) != leading:
            raise Miswired(order)
        self._function = function
        self._fixed: dict[str, Any] = {}
        self.ports: list[tuple[str, type]] = []
        for name, kind in parameters[2:]:
            if kind in unit_ports:
                self.ports.append((name, kind))
            else:
                self._fixed[name] = _resolved(function, name, kind, resolve)

    def __call__(self, first: Any, second: Any, unit: Unit | None) -> Awaitable[Any]:
        if unit is None or not self.ports:
            return self._function(first, second, **self._fixed)
        bound: dict[str, Any] = {name: unit.port(kind) for name, kind in self.ports}
        return self._function(first, second, **self._fixed, **bound)


def _resolved(function: Callable[..., Any], name: str, kind: Any, resolve: Callable[[type], Any]) -> Any:
    if kind is None:
        raise Miswired(f"{function.__name__} must annotate its parameter {name}")
    try:
        return resolve(kind)
    except LookupError:
        what = getattr(kind, "__name__", kind)
        raise Miswired(
            f"{function.__name__} asks for {what}, which nothing serves; put @serves({what}) on its adapters"
        ) from None


@cache
def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    """The names of the function's parameters, each with its type."""
    hints = get_type_hints(function)
    return [(name, hints.get(name)) for name in inspect.signature(function).parameters]
