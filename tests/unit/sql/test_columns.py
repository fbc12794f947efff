"""Columns are chosen by the names of a read model's fields, in whatever order a table has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from adapters.sql.evidence.tables import TRAINERS
from adapters.sql.kit.columns import columns_of, maker, names_of
from adapters.sql.kit.types import Stored, Unopened
from application.kernel.messages import RawJson
from domain.evidence.persons import Trainer

_metadata = MetaData()
dentists = Table(
    "dentists",
    _metadata,
    Column("city", String()),
    Column("name", String()),
    Column("id", Integer()),
    Column("trainers", Stored(TRAINERS)),
)
rooms = Table("rooms", _metadata, Column("number", Integer()), Column("id", Integer()))


@dataclass(slots=True)
class Dentist:
    name: str
    city: str


@dataclass(slots=True)
class Taught(Dentist):
    trainers: Annotated[object, RawJson(tuple[Trainer, ...])]


@dataclass(slots=True)
class Opened:
    trainers: tuple[Trainer, ...]


@dataclass(slots=True)
class InRoom:
    number: int
    name: str


@dataclass(slots=True)
class Numbered:
    id: int


def test_they_come_in_the_order_of_the_fields() -> None:
    assert columns_of(Dentist, dentists) == (dentists.c.name, dentists.c.city)


def test_they_come_from_the_table_that_has_them() -> None:
    assert columns_of(InRoom, dentists, rooms) == (rooms.c.number, dentists.c.name)


def test_another_column_stands_under_the_name_of_its_field() -> None:
    columns = columns_of(Dentist, dentists, name=dentists.c.city)
    assert names_of(columns) == ("name", "city")
    assert str(select(*columns)) == "SELECT dentists.city AS name, dentists.city \nFROM dentists"


def test_fields_that_come_from_elsewhere_have_no_column() -> None:
    assert columns_of(Dentist, dentists, but={"city"}) == (dentists.c.name,)


def test_only_a_document_that_is_passed_on_is_not_opened() -> None:
    *_, raw = columns_of(Taught, dentists)
    (opened,) = columns_of(Opened, dentists)
    assert isinstance(raw.type, Unopened)
    assert isinstance(opened.type, Stored)
    assert names_of((raw, opened)) == ("trainers", "trainers")


def test_a_field_without_a_column_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"0 columns for InRoom\.number"):
        columns_of(InRoom, dentists)


def test_a_field_with_two_columns_is_refused_until_one_is_named() -> None:
    with pytest.raises(TypeError, match=r"2 columns for Numbered\.id"):
        columns_of(Numbered, dentists, rooms)
    assert columns_of(Numbered, dentists, rooms, id=rooms.c.id) == (rooms.c.id,)


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Dentist has no field age, town"):
        columns_of(Dentist, dentists, but={"age"}, town=dentists.c.city)


def test_values_find_their_fields_in_whatever_order_they_come() -> None:
    assert maker(Dentist, "city", "name")(["Austin", "Ana"]) == Dentist("Ana", "Austin")


def test_one_value_makes_an_object_too() -> None:
    assert maker(Numbered, "id")([7]) == Numbered(7)


@pytest.mark.parametrize("names", [["name"], ["name", "town"], ["name", "city", "town"]])
def test_values_under_other_names_are_refused(names: list[str]) -> None:
    with pytest.raises(TypeError, match="Dentist is made of name, city, not of"):
        maker(Dentist, *names)
