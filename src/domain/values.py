"""Rules for single values, written once as annotations and read by everyone who needs them.

An entity or value object calls `enforce(self)`; the HTTP edge and the API document read the same
annotations, so that a limit cannot differ between the code, the documentation and the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Protocol, get_args, get_origin, get_type_hints, runtime_checkable

from domain.errors import InvalidValue


@runtime_checkable
class Rule(Protocol):
    """What a value must satisfy."""

    def problem(self, value: Any) -> str | None:
        """What is wrong with `value` and how to mend it; None when nothing is."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text of `min` to `max` characters that is not blank unless it may be empty.

    `pattern` must match the whole text; `hint` then says in words what it asks for.
    """

    max: int
    min: int = 1
    pattern: str | None = None
    hint: str = ""

    def problem(self, value: str) -> str | None:
        if not self.min <= len(value) <= self.max:
            return f"must have {self.min} to {self.max} characters, and has {len(value)}"
        if self.min and value.isspace():
            return "must not be blank"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self.hint
        return None


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `min` to `max`, both included."""

    min: int
    max: int

    def problem(self, value: float) -> str | None:
        # Written so that NaN, which compares false with everything, is refused.
        return None if self.min <= value <= self.max else f"must be from {self.min} to {self.max}"


@dataclass(frozen=True, slots=True)
class Items:
    """A collection of `min` to `max` items, without repetition when `unique`."""

    max: int
    min: int = 0
    unique: bool = False

    def problem(self, value: Sized) -> str | None:
        if not self.min <= len(value) <= self.max:
            return f"must have {self.min} to {self.max} items, and has {len(value)}"
        if self.unique and isinstance(value, (tuple, list)) and len(set(value)) < len(value):
            return "must not repeat an item"
        return None


@dataclass(frozen=True, slots=True)
class Tagged:
    """Marks a union whose members are told apart by the literal in the field `by`."""

    by: str


Title = Annotated[str, Text(255)]
Paragraph = Annotated[str, Text(2_000, min=0)]
Markdown = Annotated[str, Text(100_000)]
Notes = Annotated[str, Text(10_000, min=0)]
WebAddress = Annotated[
    str, Text(2_000, pattern=r"https?://[A-Za-z0-9][^\s]*", hint="must be an http:// or https:// address")
]
Slug = Annotated[
    str,
    Text(80, pattern=r"[a-z0-9]+(-[a-z0-9]+)*", hint="must be lower-case letters, digits and single hyphens"),
]
Tag = Annotated[
    str,
    Text(40, pattern=r"[a-z0-9]+(-[a-z0-9]+)*", hint="must be lower-case letters, digits and single hyphens"),
]
Tags = Annotated[tuple[Tag, ...], Items(20, unique=True)]
Email = Annotated[
    str,
    Text(
        254,
        pattern=r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
        r"(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+",
        hint="must be an e-mail address such as ana@example.com",
    ),
]
ShortName = Annotated[str, Text(120)]


def slug_of(title: str) -> str:
    """A slug from a title: ASCII letters and digits, lower-case, joined by hyphens, at most 80 characters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-")
    if not slug:
        raise InvalidValue("cannot be made from this title; give one", "slug")
    return slug


def fits(annotated: Any, value: Any) -> bool:
    """Whether the value satisfies the rules of the annotated type."""
    return not any(isinstance(rule, Rule) and rule.problem(value) for rule in annotated.__metadata__)


Path = tuple[str | int, ...]
Check = Callable[[Any, Path], None]


@cache
def _checks_of_fields(cls: type) -> list[tuple[str, list[Check]]]:
    hints = get_type_hints(cls, include_extras=True)
    return [(name, checks) for name, hint in hints.items() if (checks := _checks(hint))]


def enforce(subject: Any) -> None:
    """Check every annotated field of `subject`. Raises InvalidValue naming the first that fails."""
    cls: type = type(subject)
    for name, checks in _checks_of_fields(cls):
        value = getattr(subject, name, None)
        if value is not None:
            for check in checks:
                check(value, (name,))


def _checks(hint: Any) -> list[Check]:
    # Worked out once for each class: to look into annotations takes longer than to check the value.
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return [_keeping(rule) for rule in hint.__metadata__ if isinstance(rule, Rule)] + _checks(arguments[0])
    if origin is tuple:
        checks = _checks(arguments[0])
        return [_of_each(checks)] if checks else []
    if type(None) in arguments:
        return [check for option in arguments for check in _checks(option)]
    return []


def _keeping(rule: Rule) -> Check:
    def check(value: Any, path: Path) -> None:
        if problem := rule.problem(value):
            raise InvalidValue(problem, *path)

    return check


def _of_each(checks: list[Check]) -> Check:
    def check(values: Iterable[Any], path: Path) -> None:
        for index, value in enumerate(values):
            for each in checks:
                each(value, (*path, index))

    return check
