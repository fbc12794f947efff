"""What every adapter of a port does, said once: the unit tests run these suites on memory, the integration
tests on SQLite and PostgreSQL. A runner says `globals().update(suites())` and provides the fixture `backend`.
"""

import pkgutil
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from application.kernel.wiring import definitions

S = TypeVar("S", bound=type)

# These modules are imported, not collected, and would otherwise fail with bare assertion errors.
pytest.register_assert_rewrite(*(f"{__name__}.{suite.name}" for suite in pkgutil.iter_modules(__path__)))


def about(*ports: type) -> Callable[[S], S]:
    """Name the ports that the suite below is about."""

    def mark(suite: S) -> S:
        suite.__ports__ = ports  # type: ignore[attr-defined]  # read by `ports_of`
        return suite

    return mark


def ports_of(suite: type) -> tuple[type, ...]:
    """The ports that the suite is about."""
    named: tuple[type, ...] = getattr(suite, "__ports__", ())
    return named


def suites() -> dict[str, Any]:
    """Every suite, by its name: the classes called `Test...` in the modules of this package."""
    found: dict[str, Any] = {}
    for each in definitions(__name__):
        if isinstance(each, type) and each.__name__.startswith("Test"):
            assert each.__name__ not in found, f"two suites are called {each.__name__}"
            found[each.__name__] = each
    return found
