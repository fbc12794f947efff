"""The time zone of a person: that of the location where the person works."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, select

from adapters.sql.people.locations import locations
from adapters.sql.people.tables import users


def zone_at(location_id: ColumnElement[UUID | None]) -> ScalarSelect[str | None]:
    """The time zone of the location; NULL without one, which stands for the organization's."""
    place = locations.alias("place")
    return select(place.c.time_zone).where(place.c.id == location_id).correlate_except(place).scalar_subquery()


def zone_of(user_id: ColumnElement[UUID]) -> ScalarSelect[str | None]:
    """The time zone of the user; NULL if the location is not known, which stands for the organization's."""
    placed, place = users.alias("placed"), locations.alias("place")
    return (
        select(place.c.time_zone)
        .select_from(placed.join(place, place.c.id == placed.c.location_id))
        .where(placed.c.id == user_id)
        .correlate_except(placed, place)
        .scalar_subquery()
    )
