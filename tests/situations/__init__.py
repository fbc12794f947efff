"""Situations in which a command changes something: at least one for each command, found wherever they are written.

A situation is a function under `@situation(TheCommand)` that prepares a stage, and says what is then sent by whom. It
stands in a module of this package, or in the test of its command.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from application.kernel.access import Actor
from application.kernel.messages import Command
from situations.stage import Stage

TESTS = Path(__file__).resolve().parents[1]

Sent = tuple[Command[Any], Actor]
Prepare = Callable[[Stage], Awaitable[Sent]]


@dataclass(frozen=True)
class Situation:
    """Prepares a stage on which this command changes something."""

    command: type[Command[Any]]
    prepare: Prepare

    def __str__(self) -> str:
        return f"{self.command.__name__}-{self.prepare.__name__}"


def situation(command: type[Command[Any]]) -> Callable[[Prepare], Prepare]:
    """Declare that the function prepares a situation in which the command changes something."""

    def declare(prepare: Prepare) -> Prepare:
        prepare.__situation__ = Situation(command, prepare)  # type: ignore[attr-defined]  # our mark
        return prepare

    return declare


def discover_situations() -> list[Situation]:
    """Every situation in the tests, in order of module and place in it."""
    return [each for path in sorted(TESTS.rglob("*.py")) for each in _within(path)]


def _within(path: Path) -> Iterator[Situation]:
    if path == Path(__file__) or "\n@situation(" not in path.read_text(encoding="utf-8"):
        return
    spec = spec_from_file_location(f"situations_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for value in vars(module).values():
        found = getattr(value, "__situation__", None)
        if isinstance(found, Situation):
            yield found
