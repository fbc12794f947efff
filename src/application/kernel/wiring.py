"""Finding and calling handlers and reactions: plain functions whose ports are known by their annotations."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass
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


class PortSet:
    """The base of ports that are used together and have a name of their own, such as what records attendance.

    A frozen dataclass whose fields are ports, by their annotations, and whose methods use them. A handler or reaction
    takes it as a parameter; the bus builds one for each unit of work, or only one if no field is a port of it.
    """

    __slots__ = ()


class Call:
    """How to call a function that takes its subject, the actor, ports and sets of ports, worked out once.

    `ports` are those of the unit of work, by type, also those in sets; everything else is resolved at once by
    `resolve`, which raises LookupError for a type that it does not know. Raises Miswired then, and when the first two
    parameters have other names than `leading`, which `order` says in words.
    """

    __slots__ = ("_bound", "_fixed", "_function", "_sets", "ports")

    def __init__(
        self,
        function: Callable[..., Awaitable[Any]],
        unit_ports: frozenset[type],
        resolve: Callable[[type], Any],
        *,
        leading: tuple[str, str],
        order: str,
    ) -> None:
        first, others = _parameters(function)
        if first != leading:
            raise Miswired(order)
        self._function = function
        self._fixed: dict[str, Any] = {}
        self._bound: list[tuple[str, type]] = []
        self._sets: list[tuple[str, _Set]] = []
        for name, kind in others:
            if _is_set(kind):
                ports = _set_of(function, kind, unit_ports, resolve)
                if ports.bound:
                    self._sets.append((name, ports))
                else:
                    self._fixed[name] = kind(**ports.fixed)
            elif kind in unit_ports:
                self._bound.append((name, kind))
            else:
                self._fixed[name] = _resolved(function, name, kind, resolve)
        bound = [*self._bound, *(port for _, ports in self._sets for port in ports.bound)]
        self.ports = [kind for _, kind in bound]

    def __call__(self, first: Any, second: Any, unit: Unit | None) -> Awaitable[Any]:
        if unit is None or not self.ports:
            return self._function(first, second, **self._fixed)
        bound: dict[str, Any] = {name: unit.port(kind) for name, kind in self._bound}
        for name, ports in self._sets:
            bound[name] = ports.kind(**ports.fixed, **{field: unit.port(kind) for field, kind in ports.bound})
        return self._function(first, second, **self._fixed, **bound)


@dataclass(frozen=True, slots=True)
class _Set:
    """How to build a set of ports: its fields that are always the same, and those that are ports of the unit."""

    kind: type[PortSet]
    fixed: dict[str, Any]
    bound: list[tuple[str, type]]


def _set_of(
    function: Callable[..., Any], kind: type[PortSet], unit_ports: frozenset[type], resolve: Callable[[type], Any]
) -> _Set:
    if not (is_dataclass(kind) and kind.__dataclass_params__.frozen):
        raise Miswired(f"{function.__name__} takes {kind.__name__}, which must be a frozen dataclass of ports")
    found = _Set(kind, {}, [])
    for name, port in _ports_in(kind):
        if port in unit_ports:
            found.bound.append((name, port))
        else:
            found.fixed[name] = _resolved(function, name, port, resolve, inside=kind)
    return found


def _resolved(
    function: Callable[..., Any],
    name: str,
    kind: Any,
    resolve: Callable[[type], Any],
    inside: type[PortSet] | None = None,
) -> Any:
    if kind is None:
        raise Miswired(f"{function.__name__} must annotate its parameter {name}")
    try:
        if not _is_set(kind):
            return resolve(kind)
        reason = ": a set of ports holds no other set"
    except LookupError:
        reason = f", which nothing serves; put @serves({getattr(kind, '__name__', kind)}) on its adapters"
    where = f" for {name} of {inside.__name__}" if inside else ""
    raise Miswired(f"{function.__name__} asks for {getattr(kind, '__name__', kind)}{where}{reason}")


# What follows from the code alone is worked out once, since it does not depend on the objects that serve the ports.


@cache
def _is_set(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, PortSet)


@cache
def _ports_in(kind: type[PortSet]) -> list[tuple[str, Any]]:
    """The fields of the set, each with its type."""
    hints = get_type_hints(kind)
    return [(field.name, hints[field.name]) for field in fields(kind)]  # type: ignore[arg-type]  # a dataclass


@cache
def _parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], list[tuple[str, Any]]]:
    """The names of the function's first two parameters, and those of the others, each with its type."""
    hints, names = get_type_hints(function), tuple(inspect.signature(function).parameters)
    return names[:2], [(name, hints.get(name)) for name in names[2:]]
