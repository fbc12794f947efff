"""Which expected failures a handler can reach, read from the code: what it calls, what that calls, and so on, and the
reactions to the events that are named there.

It errs on the side of too many: where the kind of an object is not known from an annotation, each class of the
domain that has a method or property of this name counts. What a port raises, and which events it leaves, is what its
protocol says.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType
from typing import Any, get_type_hints

from application.kernel.reactions import discover_reactions
from application.kernel.wiring import PortSet, definitions
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import DomainError

Errors = frozenset[type[DomainError]]


@cache
def classes() -> tuple[type, ...]:
    """The classes of domain and application."""
    return tuple(value for layer in ("domain", "application") for value in definitions(layer) if inspect.isclass(value))


@cache
def errors() -> dict[str, type[DomainError]]:
    """The expected failures, by name."""
    return {each.__name__: each for each in classes() if issubclass(each, DomainError)}


@cache
def consequences() -> dict[str, list[Any]]:
    """The reactions to each event, by the event's name."""
    found: dict[str, list[Any]] = {each.__name__: [] for each in classes() if issubclass(each, DomainEvent)}
    for reaction in discover_reactions():
        for event in reaction.events:
            found[event.__name__].append(reaction.function)
    return found


@cache
def reachable(function: Callable[..., Any]) -> Errors:
    """The expected failures that the function can come to."""
    seen: set[Any] = set()
    found: set[type[DomainError]] = set()
    waiting: list[Any] = [function]
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        raised, called = _read(each)
        found |= raised
        waiting += called
    return frozenset(found)


@cache
def _read(function: Any) -> tuple[Errors, tuple[Any, ...]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {**vars(sys.modules[function.__module__]), "cls": _owner(function), "self": None}
    hints = {**_hints(function), "self": _owner(function)}
    raised: set[type[DomainError]] = set()
    called: list[Any] = []
    for node in _walk(tree.body[0]):
        if isinstance(node, ast.Name):
            value = names.get(node.id)
            if inspect.isclass(value) and issubclass(value, DomainError):
                raised.add(value)
            elif inspect.isclass(value) and issubclass(value, DomainEvent):
                called += consequences()[value.__name__]
            elif _ours(value):
                called += (
                    _members(value, "__init__", "__post_init__", "require_sense") if inspect.isclass(value) else [value]
                )
        elif isinstance(node, ast.Attribute):
            base = node.value
            kind = _kind(base, hints)
            if _is_port(kind):
                raised |= _said(kind, node.attr)
                called += _left(kind, node.attr)
            elif inspect.isclass(kind) and issubclass(kind, PortSet):
                called += _members(kind, node.attr)
            elif isinstance(base, ast.Name) and inspect.isclass(names.get(base.id)):
                called += _members(names[base.id], node.attr)
            elif isinstance(base, ast.Name) and base.id == "self" and (owner := _owner(function)) is not None:
                called += _members(owner, node.attr)
            else:
                called += _anywhere(node.attr)
    return frozenset(raised), tuple(dict.fromkeys(called))


@cache
def _anywhere(name: str) -> list[Any]:
    """What is called so in any class of domain and application."""
    return [member for each in classes() for member in _members(each, name)]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node except handled exceptions, annotations and decorators."""
    yield node
    if isinstance(node, ast.ExceptHandler):
        parts: list[ast.AST] = [*node.body]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts = [*node.body]
    elif isinstance(node, ast.AnnAssign):
        parts = [node.value] if node.value else []
    else:
        parts = [*ast.iter_child_nodes(node)]
    for part in parts:
        yield from _walk(part)


def _owner(function: Any) -> type | None:
    name = function.__qualname__.rpartition(".")[0]
    found = vars(sys.modules[function.__module__]).get(name)
    return found if inspect.isclass(found) else None


def _hints(function: Any) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except NameError:
        return {}


def _kind(node: ast.AST, hints: dict[str, Any]) -> Any:
    """What a parameter is, or a field of a set of ports; None for anything else."""
    match node:
        case ast.Name(id=name):
            return hints.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr=field):
            owner = hints.get(name)
            return _hints(owner).get(field) if inspect.isclass(owner) and issubclass(owner, PortSet) else None
    return None


def _is_port(kind: Any) -> bool:
    return inspect.isclass(kind) and bool(getattr(kind, "_is_protocol", False))


def _said(port: type, method: str) -> Errors:
    """What the documentation of the port's method, or of all of the port, says that it raises."""
    texts = [inspect.getdoc(getattr(port, method, None)) or "", inspect.getdoc(port) or ""]
    words = {
        word for text in texts for said in re.findall(r"(?i)raises ([^.]*)", text) for word in re.findall(r"\w+", said)
    }
    return frozenset(errors()[word] for word in words if word in errors())


def _left(port: type, method: str) -> list[Any]:
    """The reactions to the events that the documentation of the port's method names."""
    words = re.findall(r"\w+", inspect.getdoc(getattr(port, method, None)) or "")
    return [function for word in words for function in consequences().get(word, ())]


def _ours(value: Any) -> bool:
    where = getattr(value, "__module__", None) or ""
    return (inspect.isclass(value) or isinstance(value, FunctionType)) and where.startswith(("domain.", "application."))


def _members(kind: type, *names: str) -> list[Any]:
    found = []
    for name in names:
        member = next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)
        if isinstance(member, property):
            member = member.fget
        elif isinstance(member, classmethod | staticmethod):
            member = member.__func__
        if (
            isinstance(member, FunctionType)
            and _ours(member)
            and "<locals>" not in member.__qualname__
            and _has_source(member)
        ):
            found.append(member)
    return found


@cache
def _has_source(function: Any) -> bool:
    # What dataclasses make up has none.
    return not function.__code__.co_filename.startswith("<")
