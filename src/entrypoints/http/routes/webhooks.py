"""Routes of webhooks."""

from __future__ import annotations

from application.delivery.webhooks.commands import (
    AddWebhook,
    DeleteWebhook,
    DisableWebhook,
    EditWebhook,
    EnableWebhook,
    RotateWebhookSecret,
    SendWebhookTest,
)
from application.delivery.webhooks.queries import ListWebhookDeliveries, ListWebhooks, ReadWebhook
from application.delivery.webhooks.replaying import ReplayWebhookDeliveries, ReplayWebhookDelivery
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("webhooks", "Receivers of other systems to which events are sent, by the Standard Webhooks specification.")
ALL = "/webhooks"
ONE = f"{ALL}/{{webhook_id}}"
DELIVERIES = f"{ONE}/deliveries"

NEW_WEBHOOK = {
    "url": "https://hooks.unifieddental.example/training",
    "description": "The HR system, which notes who has completed what.",
    "event_types": ["ModuleCompleted", "TrainingRecorded"],
}
STATE = {"state": "Only deliveries in this state: `waiting`, `delivered`, `dead` or `dropped`."}

ROUTES = [
    query_route(ALL, ListWebhooks, tag=TAG),
    command_route("POST", ALL, AddWebhook, status=201, location="/v1/webhooks/{id}", tag=TAG, example=NEW_WEBHOOK),
    query_route(ONE, ReadWebhook, tag=TAG),
    command_route("PATCH", ONE, EditWebhook, tag=TAG, example={"event_types": ["CertificateIssued"]}),
    command_route("DELETE", ONE, DeleteWebhook, status=204, tag=TAG),
    command_route("POST", f"{ONE}/rotate-secret", RotateWebhookSecret, tag=TAG, example={"overlap_hours": 0}),
    command_route("POST", f"{ONE}/enable", EnableWebhook, tag=TAG),
    command_route("POST", f"{ONE}/disable", DisableWebhook, tag=TAG),
    command_route("POST", f"{ONE}/test", SendWebhookTest, status=202, tag=TAG),
    query_route(DELIVERIES, ListWebhookDeliveries, tag=TAG, words=STATE),
    command_route("POST", f"{ONE}/replay", ReplayWebhookDeliveries, tag=TAG, example={"since": "2026-11-01T00:00:00Z"}),
    command_route("POST", f"{DELIVERIES}/{{delivery_id}}/replay", ReplayWebhookDelivery, tag=TAG),
]
