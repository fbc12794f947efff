"""Expected failures. Each has a stable slug that clients may rely on; most are of a general kind such as NotFound.

`str(error)` says what is wrong; `slug` is the `code` of the problem document (RFC 9457).
"""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A failure that a caller can understand and resolve.

    `sentence` is the text of errors that always say the same: what is wrong and what to do.
    """

    slug: ClassVar[str] = "domain-error"
    title: ClassVar[str] = "The request cannot be carried out"
    sentence: ClassVar[str] = ""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence or self.title)


class NotFound(DomainError):
    """It does not exist, or the actor may not see it."""

    slug = "not-found"
    title = "Not found"


class Conflict(DomainError):
    """The request is valid, but the current state forbids it.

    `names_the_first` is true of errors that name what exists already, once it can be read.
    """

    slug = "conflict"
    title = "Conflict with the current state"
    names_the_first: ClassVar[bool] = False


class Gone(DomainError):
    """It existed, and is not kept any more."""

    slug = "gone"
    title = "No longer kept"


class Forbidden(DomainError):
    """The actor may not do this."""

    slug = "forbidden"
    title = "Not allowed"


class StaleVersion(DomainError):
    """The caller's decision is based on an older version than the stored one."""

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
