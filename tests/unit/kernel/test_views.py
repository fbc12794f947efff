"""Views of what the domain has."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from application.kernel.views import view_of


@dataclass
class View:
    name: str
    others: list[str]
    version: int


class Source:
    """Has more than is shown, and some of it otherwise."""

    version = 3
    others = ("b",)
    secret = "x"

    @property
    def name(self) -> str:
        return "a"


def test_fields_are_filled_by_name_unless_they_are_given() -> None:
    assert view_of(View, Source(), others=["b"]) == View("a", ["b"], 3)


def test_a_field_that_the_source_lacks_is_named() -> None:
    with pytest.raises(AttributeError, match="version"):
        view_of(View, View.__new__(View), name="a", others=[])


def test_a_value_for_no_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="secret"):
        view_of(View, Source(), secret="x")
