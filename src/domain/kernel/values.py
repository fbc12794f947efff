"""Rules for single values, written once as annotations and read by everyone who needs them.

An entity or value object calls `enforce(self)`, a message of the application `normalize(self)`; the HTTP edge and the
API document read the same annotations, so that a limit or the normal form of a text cannot differ between the code,
the documentation and the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Protocol, get_args, get_origin, get_type_hints, runtime_checkable

from domain.kernel.errors import InvalidValue
from domain.kernel.text import is_blank, is_usual, line, lines, plain, unwelcome, unwelcome_within


@runtime_checkable
class Rule(Protocol):
    """What a value must satisfy."""

    def normal(self, value: Any) -> Any:
        """The value as it is kept, which means the same."""

    def problem(self, value: Any) -> str | None:
        """What is wrong with `value` and how to correct it; None if it is valid."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text of `min` to `max` characters that is not blank unless it may be empty.

    `pattern` must match the whole text; `hint` then says in words what it asks for. A text of one `line` and one of
    several `lines` are kept in their normal form (domain.kernel.text); one kept `as_typed` is evidence of what was
    typed.
    """

    max: int
    min: int = 1
    pattern: str | None = None
    hint: str = ""
    form: Literal["line", "lines", "as_typed"] = "line"

    def normal(self, value: str) -> str:
        match self.form:
            case "line":
                return line(value)
            case "lines":
                return lines(value)
        return value

    def is_met_by(self, value: str) -> bool:
        """Whether it needs neither `normal` nor `problem`, which cost far more: False where that is not known."""
        return (
            self.min <= len(value) <= self.max
            and is_usual(value, one_line=self.form == "line")
            and (self.pattern is None or re.fullmatch(self.pattern, value) is not None)
        )

    def problem(self, value: str) -> str | None:
        if not self.min <= len(value) <= self.max:
            return f"must have {self.min} to {self.max} characters, and has {len(value)}"
        if self.min and is_blank(value):
            return "must not be blank"
        if self.form != "as_typed" and (problem := unwelcome(value, one_line=self.form == "line")):
            return problem
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self.hint
        return None


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `min` to `max`, both included."""

    min: int
    max: int

    def normal(self, value: float) -> float:
        return value

    def problem(self, value: float) -> str | None:
        # Written so that NaN, which compares false with everything, is refused.
        return None if self.min <= value <= self.max else f"must be from {self.min} to {self.max}"


@dataclass(frozen=True, slots=True)
class InHours:
    """A number of hours, exact to a hundredth: more than 0, at most `max`. Equal numbers are written alike."""

    max: int = 1_000

    def normal(self, value: Decimal) -> Decimal:
        return Decimal(format(value.normalize(), "f")) if value.is_finite() else value

    def problem(self, value: Decimal) -> str | None:
        if not value.is_finite() or not 0 < value <= self.max:
            return f"must be more than 0 and at most {self.max} hours"
        return None if value == round(value, 2) else "must have at most two decimal places"


@dataclass(frozen=True, slots=True)
class Since:
    """A civil date that is not before `min`."""

    min: date

    def normal(self, value: date) -> date:
        return value

    def problem(self, value: date) -> str | None:
        return None if value >= self.min else f"must not be before {self.min.isoformat()}"


@dataclass(frozen=True, slots=True)
class Items:
    """A collection of `min` to `max` items, without repetition when `unique`."""

    max: int
    min: int = 0
    unique: bool = False

    def normal(self, value: Sized) -> Sized:
        return value

    def problem(self, value: Sized) -> str | None:
        if not self.min <= len(value) <= self.max:
            return f"must have {self.min} to {self.max} items, and has {len(value)}"
        if self.unique and isinstance(value, (tuple, list)) and len(set(value)) < len(value):
            return "must not repeat an item"
        return None


@dataclass(frozen=True, slots=True)
class PlainJson:
    """A JSON value whose texts, the names of members too, are in their normal form."""

    def normal(self, value: Any) -> Any:
        return plain(value)

    def problem(self, value: Any) -> str | None:
        return unwelcome_within(value)


@dataclass(frozen=True, slots=True)
class Takes:
    """The size limits of a value whose type does not state them: characters of text, and values within it."""

    characters: int
    values: int


@dataclass(frozen=True, slots=True)
class Written:
    """Marks a value that people write as a JSON object of its own form, which `words` describe.

    `read` makes the value of the object, and raises InvalidValue.
    """

    read: Callable[[Any], Any]
    words: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """Marks a union whose members are distinguished by the literal in the field `by`."""

    by: str


Title = Annotated[str, Text(255)]
Paragraph = Annotated[str, Text(2_000, min=0, form="lines")]
Markdown = Annotated[str, Text(100_000, form="lines")]
Notes = Annotated[str, Text(10_000, min=0, form="lines")]
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
CredentialType = Annotated[
    str,
    Text(60, pattern=r"[a-z0-9]+([-_][a-z0-9]+)*", hint="must be lower-case letters, digits, hyphens and underscores"),
]
"""A kind of card or license, such as `bls`: requirements and credentials name it by the same word."""
Category = Annotated[
    str,
    Text(60, pattern=r"[a-z0-9]+([-_][a-z0-9]+)*", hint="must be lower-case letters, digits, hyphens and underscores"),
]
"""A category of hours, such as `infection_control`: requirements, tags of modules and records name it alike."""
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
EARLIEST = date(1950, 1, 1)
"""No fact about an employee is older. A mistyped year, such as 0026 or 1901, is."""
PlausibleDay = Annotated[date, Since(EARLIEST)]


def slug_of(title: str) -> str:
    """A slug from a title: ASCII letters and digits, lower-case, joined by hyphens, at most 80 characters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-")
    if not slug:
        raise InvalidValue("cannot be made from this title; give one", "slug")
    return slug


def fits(annotated: Any, value: Any) -> bool:
    """Whether the value satisfies the rules of the annotated type without any change."""
    return not any(isinstance(rule, Rule) and rule.problem(value) for rule in annotated.__metadata__)


def settle(rule: Rule, value: Any) -> tuple[Any, str | None]:
    """The value as it is kept, and what is wrong with it."""
    if isinstance(rule, Text) and rule.is_met_by(value):
        return value, None
    normal = rule.normal(value)
    problem = rule.problem(normal)
    if problem and normal == "" != value:
        problem = "must not be blank"
    return normal, problem


Path = tuple[str | int, ...]
Settle = Callable[[Any, Path, bool], Any]
"""Gives the value as it is kept. If the flag is set it raises InvalidValue for a rule that is broken."""


@cache
def _ruled_fields(cls: type) -> list[tuple[str, Settle]]:
    hints = get_type_hints(cls, include_extras=True)
    return [(name, settle) for name, hint in hints.items() if (settle := _settle(hint))]


def enforce(subject: Any) -> None:
    """Put every annotated field of `subject` in its normal form. Raises InvalidValue naming the first that fails."""
    _settle_fields(subject, True)


def normalize(subject: Any) -> None:
    """Put every annotated field of `subject` in its normal form, without refusing anything."""
    _settle_fields(subject, False)


def _settle_fields(subject: Any, refuse: bool) -> None:
    cls: type = type(subject)
    for name, settle in _ruled_fields(cls):
        value = getattr(subject, name, None)
        kept = settle(value, (name,), refuse)
        if kept is not value:
            object.__setattr__(subject, name, kept)  # frozen ones too: the object is new and not shared yet


def _settle(hint: Any) -> Settle | None:
    # Computed once for each class: inspecting annotations takes longer than checking the value.
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        steps = [_settle(arguments[0]), *(_keeping(rule) for rule in hint.__metadata__ if isinstance(rule, Rule))]
        return _one_by_one([step for step in steps if step])
    if origin is tuple:
        each = _settle(arguments[0])
        return each and _of_each(each)
    return _one_by_one([step for option in arguments if (step := _settle(option))]) if _may_be_left_out(hint) else None


def _may_be_left_out(hint: Any) -> bool:
    return any(
        option is type(None) or (isinstance(option, type) and issubclass(option, Enum)) for option in get_args(hint)
    )


def _one_by_one(steps: list[Settle]) -> Settle | None:
    if len(steps) <= 1:
        return steps[0] if steps else None

    def settle(value: Any, path: Path, refuse: bool) -> Any:
        for step in steps:
            value = step(value, path, refuse)
        return value

    return settle


def _keeping(rule: Rule) -> Settle:
    def settle_one(value: Any, path: Path, refuse: bool) -> Any:
        if value is None or isinstance(value, Enum):  # not given
            return value
        if not refuse:
            return rule.normal(value)
        kept, problem = settle(rule, value)
        if problem:
            raise InvalidValue(problem, *path)
        return kept

    return settle_one


def _of_each(settle: Settle) -> Settle:
    def settle_each(values: Any, path: Path, refuse: bool) -> Any:
        if values is None or isinstance(values, Enum):
            return values
        kept = tuple(settle(value, (*path, index), refuse) for index, value in enumerate(values))
        return values if all(one is other for one, other in zip(kept, values, strict=True)) else kept

    return settle_each
