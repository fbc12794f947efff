"""Expected failures. Each has a stable slug that clients may branch on, and most have a nature.

An error says what is wrong in `str(error)`; `slug` is the `code` of the problem document (RFC 9457).
"""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A failure that a caller can understand and act upon.

    `sentence` says what is wrong and what to do, for errors that always say the same.
    """

    slug: ClassVar[str] = "domain-error"
    title: ClassVar[str] = "The request cannot be carried out"
    sentence: ClassVar[str] = ""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence or self.title)


class NotFound(DomainError):
    """What was asked for does not exist, or may not be seen by whoever asks."""

    slug = "not-found"
    title = "Not found"


class Conflict(DomainError):
    """The request is well formed, and the present state forbids it.

    `names_the_first` is true of those that say what is there already, once it can be read.
    """

    slug = "conflict"
    title = "Conflict with the current state"
    names_the_first: ClassVar[bool] = False


class Forbidden(DomainError):
    """The actor may not do this."""

    slug = "forbidden"
    title = "Not allowed"


class StaleVersion(DomainError):
    """The caller decided on an older version than the one stored."""

    slug = "stale-version"
    title = "Changed by someone else"
    sentence = "It has changed since you read it. Read it again, then repeat your change."


class InvalidValue(DomainError, ValueError):
    """A value breaks a rule. `field` is the path to it, outermost first, empty when it is the whole."""

    slug = "invalid-value"
    title = "Invalid input"

    def __init__(self, message: str, *field: str | int) -> None:
        super().__init__(message)
        self.field: tuple[str | int, ...] = field
