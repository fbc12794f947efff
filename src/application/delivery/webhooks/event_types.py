"""The types of events that can be sent to webhooks."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache

from application.kernel.wiring import definitions
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import InvalidValue


@cache
def public_event_types() -> frozenset[str]:
    """The names of all events but those of delivery itself, which would cause each other without end."""
    return frozenset(
        value.__name__
        for value in definitions("domain", but=("domain.delivery",))
        if inspect.isclass(value)
        and issubclass(value, DomainEvent)
        and is_dataclass(value)
        and not value.__subclasses__()
        and fields(value)
    )


def require_known(event_types: Sequence[str]) -> None:
    """Raises InvalidValue for the first one that is no public event."""
    for index, name in enumerate(event_types):
        if name not in public_event_types():
            raise InvalidValue(
                f"{name} is not the name of a public event; docs/events.md lists them, and those of webhooks and of "
                "delivery are not public",
                *("event_types", index),
            )
