"""Situations of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from application.delivery.webhooks.commands import (
    AddWebhook,
    DeleteWebhook,
    DisableWebhook,
    EditWebhook,
    EnableWebhook,
    RotateWebhookSecret,
    SendWebhookTest,
)
from application.delivery.webhooks.noting import NoteWebhookAttempt
from application.delivery.webhooks.replaying import ReplayWebhookDeliveries, ReplayWebhookDelivery
from domain.delivery.webhook_answers import GONE, WebhookAnswer
from kit.delivering import a_dead_delivery
from situations import Sent, situation
from situations.stage import OFFICER, SYSTEM, TELLTALE, Stage

NEW = AddWebhook(f"https://hooks.example.com/{TELLTALE}", f"For {TELLTALE}", ("TrainingRecorded",))


async def webhook(stage: Stage) -> Any:
    """A webhook that is active."""
    return await stage.do(NEW, OFFICER)


async def given_up(stage: Stage) -> tuple[UUID, UUID]:
    """A webhook, and a delivery to it that was given up."""
    known = await webhook(stage)
    return known.id, await a_dead_delivery(stage.units, stage.events, known.id)


@situation(AddWebhook)
async def a_new_receiver(stage: Stage) -> Sent:
    return NEW, OFFICER


@situation(EditWebhook)
async def a_receiver_that_has_moved(stage: Stage) -> Sent:
    return EditWebhook((await webhook(stage)).id, url=f"https://other.example.com/{TELLTALE}"), OFFICER


@situation(DeleteWebhook)
async def a_receiver_nobody_needs(stage: Stage) -> Sent:
    return DeleteWebhook((await webhook(stage)).id), OFFICER


@situation(RotateWebhookSecret)
async def a_secret_that_is_replaced(stage: Stage) -> Sent:
    return RotateWebhookSecret((await webhook(stage)).id), OFFICER


@situation(RotateWebhookSecret)
async def a_secret_that_has_leaked(stage: Stage) -> Sent:
    return RotateWebhookSecret((await webhook(stage)).id, 0), OFFICER


@situation(DisableWebhook)
async def a_receiver_that_is_repaired(stage: Stage) -> Sent:
    return DisableWebhook((await webhook(stage)).id), OFFICER


@situation(EnableWebhook)
async def a_receiver_that_was_repaired(stage: Stage) -> Sent:
    known = await webhook(stage)
    await stage.do(DisableWebhook(known.id))
    return EnableWebhook(known.id), OFFICER


@situation(SendWebhookTest)
async def a_receiver_that_is_tried_out(stage: Stage) -> Sent:
    return SendWebhookTest((await webhook(stage)).id), OFFICER


@situation(ReplayWebhookDelivery)
async def a_delivery_that_was_given_up(stage: Stage) -> Sent:
    return ReplayWebhookDelivery(*await given_up(stage)), OFFICER


@situation(ReplayWebhookDeliveries)
async def deliveries_that_were_given_up(stage: Stage) -> Sent:
    webhook_id, _ = await given_up(stage)
    return ReplayWebhookDeliveries(webhook_id, stage.now() - timedelta(days=1)), OFFICER


@situation(NoteWebhookAttempt)
async def a_receiver_that_is_gone(stage: Stage) -> Sent:
    return NoteWebhookAttempt(*await given_up(stage), WebhookAnswer(GONE, None, 9), NEW.url), SYSTEM
