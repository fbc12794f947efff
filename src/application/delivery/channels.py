"""Channels are declared beside their class, and found at start.

@delivers("webhooks")
class Webhooks:
    \"\"\"Implements application.delivery.ports.Channel.\"\"\"

    policy, deadline, concurrency = STANDARD_WEBHOOKS, timedelta(seconds=15), 10

    def __init__(self, endpoints: EndpointReader, sender: WebhookSender) -> None: ...
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

from application.delivery.ports import Channel
from application.kernel.wiring import Miswired, definitions

C = TypeVar("C", bound=type)

_NEEDED = ("policy", "deadline", "concurrency", "wanted", "deliver", "full")


def delivers(name: str) -> Callable[[C], C]:
    """Declare that objects of the class are the channel of this name, which is stored with each delivery."""

    def declare(cls: C) -> C:
        cls.__channel__ = name  # type: ignore[attr-defined]  # our mark
        return cls

    return declare


def discover_channels(package: str = "application") -> Mapping[str, type]:
    """Import every module of the package and collect the classes of channels by name. Raises Miswired."""
    return _found(importlib.import_module(package))


@cache
def _found(package: ModuleType) -> dict[str, type]:
    found: dict[str, type] = {}
    for value in definitions(package.__name__):
        name = vars(value).get("__channel__") if inspect.isclass(value) else None
        if name is None:
            continue
        if name in found:
            raise Miswired(f"{found[name].__name__} and {value.__name__} are both the channel {name}; rename one")
        if missing := [each for each in _NEEDED if not hasattr(value, each)]:
            raise Miswired(f"the channel {value.__name__} lacks {', '.join(missing)}")
        found[name] = value
    return {name: found[name] for name in sorted(found)}


def open_channels(classes: Mapping[str, type], resolve: Callable[[type], Any]) -> dict[str, Channel]:
    """An object of each class, by the channel's name. `resolve` gives objects of the application by type.

    Raises Miswired when a class asks for something else.
    """
    return {name: cls(**_arguments(cls, resolve)) for name, cls in classes.items()}


def _arguments(cls: type, resolve: Callable[[type], Any]) -> dict[str, Any]:
    hints = get_type_hints(vars(cls).get("__init__", object.__init__))
    hints.pop("return", None)
    try:
        return {parameter: resolve(kind) for parameter, kind in hints.items()}
    except LookupError as error:
        raise Miswired(f"the channel {cls.__name__} asks for {error}, which nothing serves") from None
