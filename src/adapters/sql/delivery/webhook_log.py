"""What was sent to webhooks: the log in the unit of work, and showing it with the webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, and_, bindparam, select, true, update

from adapters.registry import serves
from adapters.sql.delivery.deliveries import AGAIN
from adapters.sql.delivery.tables import deliveries
from adapters.sql.delivery.webhook_tables import webhook_attempts as attempts
from adapters.sql.delivery.webhook_tables import webhooks
from adapters.sql.delivery.webhooks import grouped, shown_webhook, shown_webhooks
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.pages import at_most, before, given, page_of, place
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit
from application.delivery.webhooks.ports import CHANNEL, WebhookAttempt, WebhookLog
from application.delivery.webhooks.queries import WebhookAttemptView, WebhookDeliveryView, WebhookReader, WebhookView
from application.kernel.messages import Cursor, Page
from domain.delivery.deliveries import DeliveryState

OF_WEBHOOK = and_(deliveries.c.channel == CHANNEL, deliveries.c.target_id == bindparam("webhook_id", type_=Uuid()))
ONE = select(deliveries.c.id).where(OF_WEBHOOK, deliveries.c.id == bindparam("delivery_id", type_=Uuid()))
DID_NOT_ARRIVE = (DeliveryState.DEAD, DeliveryState.DROPPED)
FINISHED = (
    select(deliveries.c.id, outbox.c.occurred_at)
    .join(outbox, outbox.c.id == deliveries.c.event_id)
    .where(
        OF_WEBHOOK,
        outbox.c.occurred_at >= bindparam("since", type_=Moment()),
        deliveries.c.state.in_(bindparam("states", expanding=True)),
    )
    .order_by(outbox.c.occurred_at, deliveries.c.transaction_id, deliveries.c.position)
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(of=deliveries)
)


@serves(WebhookLog)
class SqlWebhookLog:
    """Implements application.delivery.webhooks.ports.WebhookLog."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def add(self, attempt: WebhookAttempt) -> None:
        await self._unit.insert(attempts, [asdict(attempt)])

    async def has(self, webhook_id: UUID, delivery_id: UUID) -> bool:
        session = await self._unit.session()
        return await session.scalar(ONE, {"webhook_id": webhook_id, "delivery_id": delivery_id}) is not None

    async def replay(
        self, webhook_id: UUID, since: datetime, *, delivered: bool, now: datetime, limit: int
    ) -> tuple[Sequence[UUID], datetime | None]:
        session = await self._unit.session()
        states = [*DID_NOT_ARRIVE, *([DeliveryState.DELIVERED] if delivered else [])]
        asked = {"webhook_id": webhook_id, "since": since, "states": states, "limit": limit}
        found = (await session.execute(FINISHED, asked)).all()
        ids = [row.id for row in found]
        if ids:
            again = update(deliveries).where(any_of(deliveries.c.id, "replayed")).values(**AGAIN)
            await session.execute(again, {"replayed": ids, "now": now})
        return ids, found[-1].occurred_at if found else None


DELIVERY = columns_of(
    WebhookDeliveryView,
    deliveries,
    but=("attempts",),
    event_name=outbox.c.name,
    attempts_made=deliveries.c.attempts,
)
ATTEMPT = tuple(column.label(f"attempt_{column.key}") for column in columns_of(WebhookAttemptView, attempts))


@cache
def _page(state: bool, after: bool) -> Select[Any]:
    """The deliveries of a webhook with their attempts; one row of NULLs if it has none, no row if there is no such."""
    some = select(*DELIVERY).join(outbox, outbox.c.id == deliveries.c.event_id).where(OF_WEBHOOK)
    if state:
        some = some.where(deliveries.c.state == bindparam("state", type_=deliveries.c.state.type))
    if after:
        some = some.where(before(deliveries.c.created_at, deliveries.c.id))
    newest = some.order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(at_most())
    page = newest.subquery("page")
    return (
        select(*page.c, *ATTEMPT)
        .select_from(webhooks.outerjoin(page, true()).outerjoin(attempts, attempts.c.delivery_id == page.c.id))
        .where(webhooks.c.id == bindparam("webhook_id", type_=Uuid()))
        .order_by(page.c.created_at.desc(), page.c.id.desc(), attempts.c.at, attempts.c.id)
    )


@serves(WebhookReader)
class SqlWebhookReader:
    """Webhooks and their deliveries, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, after: Cursor | None, limit: int) -> Page[WebhookView]:
        return await shown_webhooks(self._reads, after, limit)

    async def detail(self, webhook_id: UUID) -> WebhookView | None:
        return await shown_webhook(self._reads, webhook_id)

    async def deliveries(
        self, webhook_id: UUID, state: DeliveryState | None, after: Cursor | None, limit: int
    ) -> Page[WebhookDeliveryView] | None:
        rows = await self._reads.rows(
            _page(state is not None, after is not None),
            webhook_id=webhook_id,
            limit=limit + 1,
            **given(state=state),
            **place(after),
        )
        if not rows:
            return None
        shown = [
            WebhookDeliveryView(*(*delivery, [WebhookAttemptView(*each) for each in made]))
            for delivery, made in grouped(rows, len(DELIVERY))
            if delivery[0] is not None
        ]
        return page_of(shown, limit, lambda last: Cursor(last.created_at, last.id))
