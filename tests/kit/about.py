"""Many similar things, tried in one test: a test for each would take longer to begin than to run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

FAILURES = (Exception, pytest.fail.Exception)
"""What a test fails with: `pytest.raises` fails with what is no `Exception`."""

Test = Callable[..., Any]


@contextmanager
def about(what: object) -> Iterator[None]:
    """Let an error inside say what it is about."""
    try:
        yield
    except FAILURES as error:
        error.add_note(f"This is about {what}.")
        raise


def for_each(
    names: str | Sequence[str],
    values: Iterable[Any],
    ids: Callable[[Any], object] | Sequence[object] | None = None,
) -> Callable[[Test], Test]:
    """Try each of these values in one test, written like `pytest.mark.parametrize`, and report all failures at its end.

    It is for tests that leave nothing behind which the next values could meet: they share one set of fixtures.
    """
    called = [each.strip() for each in names.split(",")] if isinstance(names, str) else [*names]
    tried = [*values]
    cases = [_case(called, each) for each in tried]
    if not cases:
        message = f"there is nothing to try as {names}"
        raise ValueError(message)
    told = (
        [*ids]
        if isinstance(ids, Sequence)
        else [ids(*case.values()) if ids and len(case) == 1 else case for case in cases]
    )

    def decorate(test: Test) -> Test:
        if inspect.iscoroutinefunction(test):

            @wraps(test)
            async def all_of_them(*given: Any, **fixtures: Any) -> None:
                failures = _Failures()
                for what, case in zip(told, cases, strict=True):
                    with failures.collected(what):
                        await test(*given, **fixtures, **case)
                failures.tell()
        else:

            @wraps(test)
            def all_of_them(*given: Any, **fixtures: Any) -> None:
                failures = _Failures()
                for what, case in zip(told, cases, strict=True):
                    with failures.collected(what):
                        test(*given, **fixtures, **case)
                failures.tell()

        signature = inspect.signature(test)
        left = [each for each in signature.parameters.values() if each.name not in called]
        all_of_them.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]  # as pytest reads it
        return all_of_them

    return decorate


def _case(called: Sequence[str], value: Any) -> dict[str, Any]:
    """The arguments that one value stands for."""
    if isinstance(value, type(pytest.param())):
        return dict(zip(called, value.values, strict=True))
    return dict(zip(called, value, strict=True)) if len(called) > 1 else {called[0]: value}


class _Failures:
    """What failed so far."""

    def __init__(self) -> None:
        self._found: list[BaseException] = []

    @contextmanager
    def collected(self, what: object) -> Iterator[None]:
        """Go on after a failure inside."""
        try:
            with about(what):
                yield
        except FAILURES as error:
            self._found.append(error)

    def tell(self) -> None:
        """Raise what failed, if anything did."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            message = f"{len(self._found)} of the cases failed"
            raise BaseExceptionGroup(message, self._found)
