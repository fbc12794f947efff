"""Failures that a command of the command line reports in one line."""

from __future__ import annotations


def expected_failure(error: Exception) -> str | None:
    """The one line for an expected failure."""
    from application.kernel.units import SchemaBehind, StoreUnavailable, StoreWithoutRights
    from domain.kernel.errors import DomainError, InvalidValue
    from entrypoints.settings import ConfigurationError

    if isinstance(error, InvalidValue):
        return f"{'.'.join(map(str, error.field)) or 'it'} {error}"
    if isinstance(error, SchemaBehind):
        return f"The database has not been migrated yet: {error}. Run `unified-dental migrate`."
    if isinstance(error, StoreWithoutRights):
        return f"The role of DATABASE_URL lacks a right: {error}."
    if isinstance(error, StoreUnavailable):
        return f"{error}. Check DATABASE_URL, and that the database is up."
    if isinstance(error, (ConfigurationError, DomainError)):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return None
