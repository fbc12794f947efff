"""The transaction of each event, so that the outbox can be read in an order in which no late commit is missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    # What is there already has committed: it takes the number of this transaction, and keeps its order by position.
    op.add_column(
        "outbox_events",
        sa.Column("transaction_id", types.TransactionId(), server_default=types.current_transaction(), nullable=False),
    )
    op.create_index("ix_outbox_events_transaction", "outbox_events", ["transaction_id", "position"])


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_outbox_events_transaction", "outbox_events")
    op.drop_column("outbox_events", "transaction_id")
