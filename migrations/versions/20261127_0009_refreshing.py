"""A function that refreshes the reports for every role that may execute it; a view allows that to its owner only."""

from __future__ import annotations

from alembic import op

from migrations.helpers.running import lock_timeout, schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    if op.get_context().dialect.name == "postgresql":
        # With a search path of its own, since it acts with the rights of its owner.
        op.execute(f"""
            CREATE FUNCTION refresh_reports() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = "{schema()}", pg_temp AS $$
            BEGIN
                REFRESH MATERIALIZED VIEW CONCURRENTLY module_participation;
            END $$
        """)


def downgrade() -> None:
    lock_timeout()
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refresh_reports()")
