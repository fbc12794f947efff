"""Domain classes mapped without being touched.

What the ORM instruments is a subclass of each, which it makes when it loads a row. What the domain makes anew is plain
Python, and becomes one of the ORM's where a session takes it: most of it is written without one, and each attribute
that is instrumented would be paid for all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, event
from sqlalchemy.orm import InstrumentedAttribute, Mapper, Relationship, class_mapper, registry, relationship

from adapters.sql.kit.schema import derivations, metadata

T = TypeVar("T")
F = TypeVar("F", bound=Callable[[], None])

_MAPS = "_maps_classes"

_registry = registry(metadata=metadata)
_stored: dict[type, type] = {}


def maps(function: F) -> F:
    """Declare a function that maps the classes of one aggregate; it is found and called once, at start."""
    setattr(function, _MAPS, True)
    return function


def is_mapping(value: object) -> bool:
    """Whether it is such a function."""
    return getattr(value, _MAPS, False) is True


def map_class(cls: type, table: Table, *, versioned: bool = False, **owned: Relationship[Any]) -> None:
    """Map the class; `versioned` when it counts its changes itself. `owned` are the lists of what belongs to it."""
    options: dict[str, Any] = {"version_id_col": table.c.version, "version_id_generator": False} if versioned else {}
    subclass: Any = type(cls.__name__, (cls,), {"__module__": cls.__module__})
    _registry.map_imperatively(subclass, table, properties=owned, **options)
    _stored[cls] = _stored[subclass] = subclass
    if derive := derivations(table):

        def fill_in(mapper: object, connection: object, instance: Any) -> None:
            for name, value in derive.items():
                setattr(instance, name, value(instance))

        event.listen(subclass, "before_insert", fill_in)
        event.listen(subclass, "before_update", fill_in)
    for name in owned:
        attribute: InstrumentedAttribute[Any] = getattr(subclass, name)
        # Ahead of SQLAlchemy's own listeners, which come when the mappers are configured and look for the ORM's.
        event.listen(attribute, "append", lambda owner, part, _: adopted(part), retval=True)


def owns(cls: type, *order_by: ColumnElement[Any]) -> Relationship[Any]:
    """Parts of an aggregate, of a class that is mapped already, in this order; they come and go with it."""
    return relationship(stored(cls), order_by=order_by, cascade="all, delete-orphan", lazy="selectin")


def stored(cls: type[T]) -> type[T]:
    """The class that the ORM knows: for statements, and for what is loaded."""
    return _stored[cls]


def mapper_of(cls: type[T]) -> Mapper[T]:
    """How the instances of a class are mapped, be it the ORM's or the domain's."""
    return class_mapper(stored(cls))


def adopted(instance: T) -> T:
    """The same instance, one of the ORM's from now on, with all that it owns; for a session to take."""
    mapper = mapper_of(type(instance))
    if type(instance) is not mapper.class_:
        values = dict(vars(instance))
        vars(instance).clear()
        instance.__class__ = mapper.class_
        mapper.class_manager.setup_instance(instance)
        for name, value in values.items():
            # Through the ORM's attributes: they take note of what is new, and adopt the parts.
            setattr(instance, name, value)
    return instance
