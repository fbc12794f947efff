"""The expected failures of every message, and the treatment of failures that a handler does not declare."""

from __future__ import annotations

import logging
from collections.abc import Callable

from application.kernel.units import KeyInFlight, KeyReused, TooManyAnswers
from domain.kernel.errors import DomainError, InvalidValue, StaleVersion

log = logging.getLogger("unified_dental.errors")

ANY_QUERY_RAISES: tuple[type[DomainError], ...] = (InvalidValue,)
"""The failure of any query: a value that violates a rule."""
ANY_COMMAND_RAISES: tuple[type[DomainError], ...] = (InvalidValue, StaleVersion, KeyReused, KeyInFlight, TooManyAnswers)
"""The failures of any command: also a concurrent change, and those of its idempotency key."""

Report = Callable[[str, DomainError], None]
"""Called with the name of a handler or reaction and the undeclared error that it raised."""


class Undeclared(Exception):
    """A handler or reaction has raised an expected failure that it does not declare. Names both."""


def refuse_undeclared(name: str, error: DomainError) -> None:
    """Raises Undeclared: in development and in tests, a missing declaration is an error."""
    raise Undeclared(_sentence(name, error)) from error


def log_undeclared(name: str, error: DomainError) -> None:
    """Log it for operators; the client gets the problem document of the error as if it were declared."""
    log.warning(_sentence(name, error))


def _sentence(name: str, error: DomainError) -> str:
    return f"{name} has raised {type(error).__name__} and does not declare it under `raises`"
