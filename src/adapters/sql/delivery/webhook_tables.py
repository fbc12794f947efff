"""Webhooks, their secrets, and the attempts to send to them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid, true

from adapters.sql.delivery.tables import deliveries
from adapters.sql.kit.schema import history, identity, may, metadata
from adapters.sql.kit.types import Moment, TextArray, choice, empty_array
from domain.delivery.webhook_answers import SendError
from domain.delivery.webhook_events import DisabledBecause
from domain.delivery.webhooks import WebhookUrlTaken

webhooks = Table(
    "webhooks",
    metadata,
    identity(),
    Column("url", String(2_000), nullable=False),
    Column("description", String(500), nullable=False, server_default=""),
    # Empty for all public events.
    Column("event_types", TextArray(), nullable=False, server_default=empty_array()),
    Column("is_active", Boolean(), nullable=False, server_default=true()),
    Column("disabled_at", Moment()),
    Column("disabled_because", choice(DisabledBecause, "disabled_because")),
    Column("failing_since", Moment()),
    Column("tested_at", Moment()),
    Column("created_by", Uuid()),
    *history(),
    UniqueConstraint("url", info={"violated": WebhookUrlTaken}),
    info=may("UPDATE", "DELETE"),
)
Index("ix_webhooks_newest", webhooks.c.created_at.desc(), webhooks.c.id.desc())

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    identity(),
    Column("webhook_id", ForeignKey(webhooks.c.id), nullable=False),
    # Encrypted with a key of the service's settings.
    Column("sealed", Text(), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("ends_at", Moment()),
    info=may("UPDATE", "DELETE"),
)
Index("ix_webhook_secrets_webhook_id", webhook_secrets.c.webhook_id)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    identity(),
    # Kept for as long as its delivery.
    Column("delivery_id", ForeignKey(deliveries.c.id, ondelete="CASCADE"), nullable=False),
    Column("at", Moment(), nullable=False),
    Column("status", Integer()),
    Column("error", choice(SendError, "error")),
    Column("milliseconds", Integer(), nullable=False),
)
Index("ix_webhook_attempts_delivery_id", webhook_attempts.c.delivery_id, webhook_attempts.c.at)
