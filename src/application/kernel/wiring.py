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
        parameters = _parameters(function)
        if tuple(name for name, _ in parameters[:2]) != leading:
            raise Miswired(order)
        self._function = function
        self._fixed: dict[str, Any] = {}
        self._bound: list[tuple[str, type]] = []
        self._sets: list[tuple[str, _Set]] = []
        for name, kind in parameters[2:]:
            if inspect.isclass(kind) and issubclass(kind, PortSet):
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
    hints = get_type_hints(kind)
    for field in fields(kind):
        port = hints[field.name]
        if port in unit_ports:
            found.bound.append((field.name, port))
        else:
            found.fixed[field.name] = _resolved(function, field.name, port, resolve, inside=kind)
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
    what = getattr(kind, "__name__", kind)
    where = f" for {name} of {inside.__name__}" if inside else ""
    if inspect.isclass(kind) and issubclass(kind, PortSet):
        raise Miswired(f"{function.__name__} asks for {what}{where}: a set of ports holds no other set")
    try:
        return resolve(kind)
    except LookupError:
        raise Miswired(
            f"{function.__name__} asks for {what}{where}, which nothing serves; put @serves({what}) on its adapters"
        ) from None


@cache
def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    """The names of the function's parameters, each with its type."""
    hints = get_type_hints(function)
    return [(name, hints.get(name)) for name in inspect.signature(function).parameters]
