"""The columns of rows of a dataclass, and their values as one cell each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from application.reporting.report import Report

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | None


def columns_of(report: Report[Any]) -> tuple[str, ...]:
    """The names of the columns. Those at the end say in each row what the report is of: no row is parted from it."""
    return (*(each.name for each in fields(report.row)), *report.moments, "rules")


def about(report: Report[Any]) -> tuple[Cell, ...]:
    """The values of the columns at the end."""
    rules = ", ".join(f"{each.requirement_code} {each.requirement_version}" for each in report.rules)
    return *report.moments.values(), rules


def cells_of(row: Any) -> list[Cell]:
    """The values of the row's fields."""
    return [cell_of(getattr(row, each.name)) for each in fields(row)]


def cell_of(value: Any) -> Cell:
    """The value in one cell: several with semicolons between them, and times in UTC."""
    match value:
        case None | bool() | int() | float() | Decimal():
            return value
        case datetime():
            return value.astimezone(UTC)
        case date():
            return value
        case Enum():
            return str(value.value)
        case str():
            return value
        case UUID():
            return str(value)
        case Sequence():
            return "; ".join(str(cell_of(each)) for each in value)
    kind = getattr(value, "kind", None)
    return str(value) if kind is None else str(kind)
