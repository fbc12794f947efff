"""What the modules of the SQL adapters declare: adapters of ports, tables, and mappings of classes."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import MetaData

from adapters.registry import Adapters, find_adapters
from adapters.sql.kit.engine import Database
from adapters.sql.kit.mapping import is_mapping
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.units import SqlUnit, SqlUnits
from application.kernel.wiring import definitions

PACKAGE = "adapters.sql"
APART = ("adapters.sql.install",)
"""Imported only for migrating."""


@cache
def _definitions() -> tuple[Any, ...]:
    return tuple(definitions(PACKAGE, but=APART))


@cache
def sql_adapters() -> Adapters:
    """The SQL adapters of all ports. Raises Miswired."""
    return find_adapters(_definitions(), unit=SqlUnit, reads=Reads)


def sql_units(database: Database) -> SqlUnits:
    """Units of work on the database, with all ports."""
    return SqlUnits(database, sql_adapters().of_unit)


def all_tables() -> MetaData:
    """All tables, once the modules that declare them have been imported."""
    _definitions()
    return metadata


@cache
def map_all() -> None:
    """Map the domain's classes to the tables; repeated calls have no effect."""
    for each in _definitions():
        if is_mapping(each):
            each()
