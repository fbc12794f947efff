"""How people are named: in lists, and by the HR system."""

from __future__ import annotations

from typing import Annotated

from domain.kernel.typography import folded
from domain.kernel.values import Text

EmployeeId = Annotated[str, Text(64, pattern=r".*[A-Za-z0-9].*", hint="must have a letter or a digit")]
"""The HR system's key of a person, as it is written there. Leading zeros are part of it."""


def employee_key(employee_id: str | None) -> str | None:
    """What makes an employee id unique: the id without case, typography and surrounding space."""
    return folded(employee_id) if employee_id else None


def known_as(full_name: str | None, email: str | None, employee_id: str | None) -> str:
    """What somebody is called where a name is needed: the name, or else the e-mail address or the employee id."""
    return full_name or email or employee_id or ""


def name_key(full_name: str | None, email: str | None, employee_id: str | None) -> str:
    """By what somebody is sorted among others: the name without case and accents, or else the e-mail address, or else
    the employee id. Nobody knows anything to sort an erased person by: it is empty.
    """
    return folded(full_name) if full_name else email or employee_key(employee_id) or ""
