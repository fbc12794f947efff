"""Webhooks: mapping, repository and readers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select

from adapters.registry import serves
from adapters.sql.delivery.webhook_tables import webhook_secrets as secrets
from adapters.sql.delivery.webhook_tables import webhooks
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.mapping import map_class, maps, owns, stored
from adapters.sql.kit.pages import at_most, before, page_of, place
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.units import SqlUnit
from application.delivery.webhooks.ports import SealedSecret, Webhooks, WebhookTarget, WebhookTargets
from application.delivery.webhooks.queries import WebhookSecretView, WebhookView
from application.kernel.messages import Cursor, Page
from domain.delivery.webhooks import Webhook, WebhookNotFound, WebhookSecret


@maps
def map_webhooks() -> None:
    """Map both classes; a webhook owns its secrets."""
    map_class(WebhookSecret, secrets)
    map_class(Webhook, webhooks, versioned=True, secrets=owns(WebhookSecret, secrets.c.created_at, secrets.c.id))


@serves(Webhooks)
class SqlWebhooks:
    """Webhooks in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, webhook_id: UUID) -> Webhook:
        webhook = await (await self._unit.session()).get(stored(Webhook), webhook_id)
        if webhook is None:
            raise WebhookNotFound
        return self._unit.touch(webhook)

    async def held(self, webhook_id: UUID) -> Webhook | None:
        session = await self._unit.session()
        webhook = await session.get(stored(Webhook), webhook_id, with_for_update=True, populate_existing=True)
        return None if webhook is None else self._unit.touch(webhook)

    async def every(self) -> Sequence[Webhook]:
        found = await (await self._unit.session()).scalars(select(stored(Webhook)))
        return [self._unit.touch(each) for each in found]

    async def add(self, webhook: Webhook) -> None:
        await self._unit.add(webhook)

    async def remove(self, webhook: Webhook) -> None:
        await (await self._unit.session()).delete(webhook)


WEBHOOK = columns_of(WebhookView, webhooks, but=("secrets",))
SECRET = tuple(column.label(f"secret_{column.key}") for column in columns_of(WebhookSecretView, secrets))
TARGET = columns_of(WebhookTarget, webhooks, but=("secrets",))
SEALED = tuple(column.label(f"secret_{column.key}") for column in columns_of(SealedSecret, secrets))
BOTH = webhooks.outerjoin(secrets, secrets.c.webhook_id == webhooks.c.id)
IN_ORDER = (webhooks.c.created_at.desc(), webhooks.c.id.desc(), secrets.c.created_at, secrets.c.id)
_ONE = webhooks.c.id == bindparam("webhook_id", type_=Uuid())
DETAIL = select(*WEBHOOK, *SECRET).select_from(BOTH).where(_ONE).order_by(*IN_ORDER)
EVERY_TARGET = select(*TARGET, *SEALED).select_from(BOTH).order_by(*IN_ORDER)
ONE_TARGET = EVERY_TARGET.where(_ONE)


@cache
def _page(after: bool) -> Select[Any]:
    some = select(webhooks.c.id)
    if after:
        some = some.where(before(webhooks.c.created_at, webhooks.c.id))
    shown = some.order_by(webhooks.c.created_at.desc(), webhooks.c.id.desc()).limit(at_most())
    return select(*WEBHOOK, *SECRET).select_from(BOTH).where(webhooks.c.id.in_(shown)).order_by(*IN_ORDER)


@serves(WebhookTargets)
class SqlWebhookTargets:
    """Where to send, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def every(self) -> Sequence[WebhookTarget]:
        return _targets(await self._reads.rows(EVERY_TARGET))

    async def one(self, webhook_id: UUID) -> WebhookTarget | None:
        return next(iter(_targets(await self._reads.rows(ONE_TARGET, webhook_id=webhook_id))), None)


async def shown_webhooks(reads: Reads, after: Cursor | None, limit: int) -> Page[WebhookView]:
    """A page of webhooks, newest first."""
    rows = await reads.rows(_page(after is not None), limit=limit + 1, **place(after))
    return page_of(_views(rows), limit, lambda last: Cursor(last.created_at, last.id))


async def shown_webhook(reads: Reads, webhook_id: UUID) -> WebhookView | None:
    """The webhook, None when there is no such one."""
    return next(iter(_views(await reads.rows(DETAIL, webhook_id=webhook_id))), None)


def _views(rows: Sequence[Row]) -> list[WebhookView]:
    return [
        WebhookView(*(*webhook, [WebhookSecretView(*each) for each in owned]))
        for webhook, owned in grouped(rows, len(WEBHOOK))
    ]


def _targets(rows: Sequence[Row]) -> list[WebhookTarget]:
    return [
        WebhookTarget(*(*webhook, tuple(SealedSecret(*each) for each in owned)))
        for webhook, owned in grouped(rows, len(TARGET))
    ]


def grouped(rows: Sequence[Row], width: int) -> Iterable[tuple[Sequence[Any], list[Sequence[Any]]]]:
    """Each owner with its parts, of rows that have an owner in so many columns, its id first, and then one part."""
    found: dict[UUID, tuple[Sequence[Any], list[Sequence[Any]]]] = {}
    for row in rows:
        owner, part = row[:width], row[width:]
        _, owned = found.setdefault(owner[0], (owner, []))
        if part[0] is not None:
            owned.append(part)
    return found.values()
