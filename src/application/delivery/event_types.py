"""Which events there are."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import MappingProxyType

from application.kernel.wiring import definitions
from domain.kernel.aggregate import DomainEvent

FORMER = frozenset({"UserEnrolled"})
"""Names that only older rows have."""


@cache
def event_types() -> Mapping[str, type[DomainEvent]]:
    """Every event that can happen, by its name, in order of module and place in it."""
    found = [each for each in definitions("domain") if inspect.isclass(each) and issubclass(each, DomainEvent)]
    return MappingProxyType(
        {each.__name__: each for each in found if is_dataclass(each) and not each.__subclasses__() and fields(each)}
    )
