"""Maps domain classes without changing them.

The ORM instruments a subclass of each class, and creates instances of it when it loads rows. Objects that the domain
creates are plain Python, and become instances of the subclass when a session takes them: most are written without a
session, and instrumented attributes would slow them down.
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
    """Declare a function that maps the classes of one aggregate; it is found and called once, at startup."""
    setattr(function, _MAPS, True)
    return function


def is_mapping(value: object) -> bool:
    """Whether it is such a function."""
    return getattr(value, _MAPS, False) is True


def map_class(cls: type, table: Table, *, versioned: bool = False, **owned: Relationship[Any]) -> None:
    """Map the class; `versioned` if it counts its own changes. `owned` are the lists of its parts."""
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
        # Before SQLAlchemy's own listeners, which are added when the mappers are configured.
        event.listen(attribute, "append", lambda owner, part, _: adopted(part), retval=True)


def owns(cls: type, *order_by: ColumnElement[Any]) -> Relationship[Any]:
    """Parts of an aggregate, of a class that is already mapped, in this order; they are added and deleted with it."""
    return relationship(stored(cls), order_by=order_by, cascade="all, delete-orphan", lazy="selectin")


def stored(cls: type[T]) -> type[T]:
    """The class that the ORM maps, for statements and loaded objects."""
    return _stored[cls]


def mapper_of(cls: type[T]) -> Mapper[T]:
    """The mapper of an instance, whether its class is already the ORM's or not."""
    return class_mapper(stored(cls))


def adopted(instance: T) -> T:
    """The same instance, now of the ORM's class, with all its parts; for a session to take."""
    mapper = mapper_of(type(instance))
    if type(instance) is not mapper.class_:
        values = dict(vars(instance))
        vars(instance).clear()
        instance.__class__ = mapper.class_
        mapper.class_manager.setup_instance(instance)
        for name, value in values.items():
            # Through the ORM's attributes, which record new values and adopt the parts.
            setattr(instance, name, value)
    return instance
