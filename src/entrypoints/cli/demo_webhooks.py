"""Examples for the operations on webhooks and deliveries in the demonstration's interactive page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.delivery.webhooks.commands import AddWebhook, EnableWebhook
from application.delivery.webhooks.demonstration import MissEvent
from application.delivery.webhooks.queries import ListWebhookDeliveries, ListWebhooks, WebhookView
from application.kernel.access import Actor
from domain.delivery.deliveries import DeliveryState
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.webhooks import NEW_WEBHOOK

ALL = 200
PRACTICE = "https://hooks.unifieddental.example/practice/"


async def webhook_examples(service: Service) -> dict[str, Example]:
    """An example for each operation. A delivery that an example has used up is replaced."""
    webhooks = _Webhooks(service)
    shown, deleting, disabling = [await webhooks.called(name) for name in ("showing", "deleting", "disabling")]
    missed = await webhooks.missed(await webhooks.called("replaying"))
    seen = dict.fromkeys(
        (
            *("read_webhook", "edit_webhook", "rotate_webhook_secret", "enable_webhook", "send_webhook_test"),
            *("list_webhook_deliveries", "replay_webhook_deliveries"),
        ),
        _named(shown),
    )
    return {
        **seen,
        "add_webhook": Example(body=await webhooks.new()),
        "delete_webhook": _named(deleting),
        "disable_webhook": _named(disabling),
        "replay_webhook_delivery": missed,
        "replay_delivery": Example(
            {"delivery_id": (await webhooks.missed(await webhooks.called("repeating"))).names["delivery_id"]}
        ),
    }


class _Webhooks:
    def __init__(self, service: Service) -> None:
        self._bus = service.bus

    async def called(self, name: str) -> WebhookView:
        """The practice webhook of this name, which is active."""
        url = PRACTICE + name
        found = await self._at(url)
        if found is None:
            return await self._bus.execute(AddWebhook(url, "For trying the interactive page."), Actor.system())
        return found if found.is_active else await self._bus.execute(EnableWebhook(found.id), Actor.system())

    async def missed(self, webhook: WebhookView) -> Example:
        """A delivery to the webhook that did not arrive."""
        system = Actor.system()
        dropped = await self._bus.ask(ListWebhookDeliveries(webhook.id, DeliveryState.DROPPED), system)
        delivery_id: UUID | None = dropped.items[0].id if dropped.items else None
        if delivery_id is None:
            delivery_id = await self._bus.execute(MissEvent(webhook.id), system)
        return Example({**_named(webhook).names, "delivery_id": str(delivery_id)})

    async def new(self) -> dict[str, Any]:
        """The example of the document, with a URL that no webhook has."""
        number = 0
        while True:
            number += 1
            body = NEW_WEBHOOK if number == 1 else {**NEW_WEBHOOK, "url": f"{NEW_WEBHOOK['url']}/{number}"}
            if await self._at(str(body["url"])) is None:
                return body

    async def _at(self, url: str) -> WebhookView | None:
        found = (await self._bus.ask(ListWebhooks(limit=ALL), Actor.system())).items
        return next((each for each in found if each.url == url), None)


def _named(webhook: WebhookView) -> Example:
    return Example({"webhook_id": str(webhook.id)})
