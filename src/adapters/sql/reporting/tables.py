"""The reporting views, which the migrations create: materialized on PostgreSQL, plain on SQLite."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid

from adapters.sql.kit.schema import may, metadata, reported
from adapters.sql.kit.types import Moment

# Not in the schema's metadata: Alembic would take a view for a missing table. No department is ''.
participation = Table(
    "module_participation",
    MetaData(),
    Column("module_id", Uuid()),
    Column("slug", String()),
    Column("title", String()),
    Column("department", String()),
    Column("enrolled", Integer()),
    Column("active", Integer()),
)
refreshes = Table(
    "report_refreshes",
    metadata,
    Column("report", String(80), primary_key=True),
    Column("refreshed_at", Moment(), nullable=False),
    info=may("UPDATE") | reported(),
)
REFRESH = "refresh_reports"
"""The function that refreshes the views."""
