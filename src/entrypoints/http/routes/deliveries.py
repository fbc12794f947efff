"""Routes of deliveries."""

from __future__ import annotations

from application.delivery.commands import ReplayDelivery
from application.delivery.queries import ListDeliveries
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("deliveries", "Events on their way to those who want them, and those that could not be delivered.")
WORDS = {
    "state": "Only deliveries in this state; `dead` ones have been given up, and can be sent again.",
    "channel": "Only deliveries of this channel, such as `webhooks`.",
    "target_id": "Only deliveries to this target, such as a webhook.",
    "event_id": "Only deliveries of this event.",
}

ROUTES = [
    query_route("/deliveries", ListDeliveries, tag=TAG, words=WORDS),
    command_route("POST", "/deliveries/{delivery_id}/replay", ReplayDelivery, status=204, tag=TAG),
]
