"""Which events there are, and what their fields mean."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from textwrap import dedent
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


def meanings_of(event: type[DomainEvent]) -> Mapping[str, str]:
    """What each field of the event means: the text under it, in the class that declares it."""
    return dict(_meanings(event))


def _meanings(event: type[DomainEvent]) -> Iterator[tuple[str, str]]:
    for owner in reversed(event.__mro__):
        if not (is_dataclass(owner) and issubclass(owner, DomainEvent)):
            continue
        (cls,) = ast.parse(dedent(inspect.getsource(owner))).body
        body = cls.body if isinstance(cls, ast.ClassDef) else []
        for declared, under in pairwise(body):
            match declared, under:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    yield name, " ".join(text.split())
