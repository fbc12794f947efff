"""What tries many things in one test hides none that fails."""

from __future__ import annotations

import inspect

import pytest

from kit.about import for_each


async def test_every_value_is_tried_and_every_failure_is_shown() -> None:
    tried = []

    @for_each("number", [1, 2, 3, 4])
    def is_odd(number: int) -> None:
        tried.append(number)
        assert number % 2

    @for_each(("number", "name"), [(1, "one"), pytest.param(2, "two", id="zwei")], ids=["uno", "due"])
    async def raises(number: int, *, name: str) -> None:
        tried.append(number)
        with pytest.raises(ValueError, match=name):
            assert number  # which raises nothing, and `pytest.raises` fails with what is no `Exception`

    with pytest.raises(BaseExceptionGroup, match="2 of the cases failed") as told:
        is_odd()
    assert [each.__notes__ for each in told.value.exceptions] == [
        ["This is about {'number': 2}."],
        ["This is about {'number': 4}."],
    ]
    with pytest.raises(BaseExceptionGroup) as of_both:
        await raises()
    assert [each.__notes__[-1] for each in of_both.value.exceptions] == ["This is about uno.", "This is about due."]
    assert tried == [1, 2, 3, 4, 1, 2]


def test_one_failure_is_shown_as_it_is() -> None:
    @for_each("number", [3, 4], ids=str)
    @for_each("name", ["a"])
    def is_odd(number: int, name: str) -> None:
        assert number % 2, name

    with pytest.raises(AssertionError, match="a") as told:
        is_odd()
    assert told.value.__notes__ == ["This is about {'name': 'a'}.", "This is about 4."]


def test_the_other_arguments_stay_fixtures() -> None:
    @for_each("a, b", [(1, 2)])
    def test(self: object, a: int, path: str, b: int) -> None:
        pass

    assert [*inspect.signature(test).parameters] == ["self", "path"]


def test_nothing_to_try_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing to try as number"):
        for_each("number", [])
