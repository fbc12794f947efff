"""Which adapter serves which port: said beside the adapter by `@serves`, and found at start.

How an adapter is made follows from its constructor, which takes one thing: the unit of work, to serve within it, or
the store's reads, to serve all queries from then on.
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
    """The adapters of one kind of store, by the port that they serve: classes, to be called with what they take."""

    of_unit: Mapping[type, Callable[[Any], Any]]
    """Each takes the unit of work."""
    of_reads: Mapping[type, Callable[[Any], Any]]
    """Each takes the reads."""

    @property
    def ports(self) -> frozenset[type]:
        """All that is served."""
        return frozenset((*self.of_unit, *self.of_reads))

    def readers(self, reads: object) -> dict[type, Any]:
        """The readers on these reads, each made once, by port."""
        made = {make: make(reads) for make in dict.fromkeys(self.of_reads.values())}
        return {port: made[make] for port, make in self.of_reads.items()}


def find_adapters(definitions: Iterable[Any], *, unit: type, reads: type) -> Adapters:
    """The adapters among the definitions, whose constructors take a `unit` or the `reads`.

    Raises Miswired when two serve one port, when one lacks a method of its port, and when a constructor takes
    anything else.
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
    """The names of the methods that a port asks for."""
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
