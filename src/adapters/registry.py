"""The adapters of the ports, declared beside each adapter with `@serves`, and found at startup.

An adapter's constructor has one parameter: the unit of work, for an adapter within it, or the store's reads, for an
adapter that serves all queries.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from application.kernel.wiring import Miswired

P = TypeVar("P")

_SERVED = "_serves_ports"


def serves(port: type[P]) -> Callable[[Callable[..., P]], Any]:
    """Declare that instances of the class below implement this port; repeat it for an adapter of several ports."""

    def mark(adapter: Any) -> Any:
        setattr(adapter, _SERVED, (*vars(adapter).get(_SERVED, ()), port))
        return adapter

    return mark


@dataclass(frozen=True, slots=True)
class Adapters:
    """The adapter classes of one kind of store, by port."""

    of_unit: Mapping[type, Callable[[Any], Any]]
    """Classes that take the unit of work."""
    of_reads: Mapping[type, Callable[[Any], Any]]
    """Classes that take the reads."""

    @property
    def ports(self) -> frozenset[type]:
        """All served ports."""
        return frozenset((*self.of_unit, *self.of_reads))

    def readers(self, reads: object) -> dict[type, Any]:
        """The readers on these reads, each made once, by port."""
        made = {make: make(reads) for make in dict.fromkeys(self.of_reads.values())}
        return {port: made[make] for port, make in self.of_reads.items()}


def find_adapters(definitions: Iterable[Any], *, unit: type, reads: type) -> Adapters:
    """The adapters among the definitions, whose constructors take a `unit` or the `reads`.

    Raises Miswired if two serve the same port, if one lacks a method of its port, or if a constructor takes anything
    else.
    """
    found: dict[type, type] = {}
    of_unit: dict[type, Callable[[Any], Any]] = {}
    of_reads: dict[type, Callable[[Any], Any]] = {}
    for adapter in definitions:
        for port in vars(adapter).get(_SERVED, ()) if isinstance(adapter, type) else ():
            if port in found:
                raise Miswired(
                    f"{found[port].__name__} and {adapter.__name__} both serve {port.__name__}; keep one of them"
                )
            found[port] = adapter
            if missing := sorted(name for name in methods_of(port) if not callable(getattr(adapter, name, None))):
                raise Miswired(f"{adapter.__name__} serves {port.__name__} without its {', '.join(missing)}")
            (of_unit if _taken_by(adapter, unit, reads) is unit else of_reads)[port] = adapter
    return Adapters(of_unit, of_reads)


def methods_of(port: type) -> Iterator[str]:
    """The names of a port's methods."""
    for base in inspect.getmro(port):
        if getattr(base, "_is_protocol", False):
            yield from (name for name, value in vars(base).items() if not name.startswith("_") and callable(value))


def _taken_by(adapter: type, unit: type, reads: type) -> type:
    hints = get_type_hints(vars(adapter).get("__init__", object.__init__))
    taken = [kind for name, kind in hints.items() if name != "return"]
    for kind in (unit, reads):
        if taken == [kind]:
            return kind
    raise Miswired(f"the constructor of {adapter.__name__} must take one thing, {unit.__name__} or {reads.__name__}")
