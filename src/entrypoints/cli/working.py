"""Delivering events and doing scheduled jobs, from the command line."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from uuid import UUID

from prometheus_client import CollectorRegistry, start_http_server

from application.delivery.commands import ReplayDead
from application.delivery.courier import Observe
from application.delivery.ports import DeliveryFilter, DeliveryReader, DeliveryView
from application.kernel.access import Actor
from application.kernel.messages import Cursor
from domain.delivery.deliveries import DeliveryState
from entrypoints.bootstrap import Service
from entrypoints.http.kit.service_metrics import attempts_counter
from entrypoints.logs import configure_logs
from entrypoints.preflight.starting import refuse_to_start
from entrypoints.settings import ConfigurationError

log = logging.getLogger("unified_dental.worker")

STOPS = (signal.SIGTERM, signal.SIGINT)
SHOWN = 200
"""Dead letters that are read at once."""


async def work(service: Service, once: bool, metrics_port: int | None = None) -> None:
    """Work until a signal says to stop. Raises ConfigurationError, and with `once` StoreUnavailable."""
    configure_logs(service.settings)
    if service.settings.database_url.get_secret_value().startswith("memory:"):
        raise ConfigurationError("DATABASE_URL is memory, which belongs to one process: `serve` does this itself there")
    await refuse_to_start(service)
    running = service.worker(_counted(metrics_port))
    if once:
        attempts, jobs = await running.once()
        log.info("attempts=%d jobs=%d", attempts, jobs)
        return
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in STOPS:
        loop.add_signal_handler(each, stop.set)
    log.info("the worker has started")
    await running.run(stop, service.settings.stop_timeout)
    log.info("the worker has stopped")


def _counted(port: int | None) -> Observe:
    registry = CollectorRegistry()
    attempts = attempts_counter(registry)
    if port is not None:
        try:
            start_http_server(port, addr="127.0.0.1", registry=registry)
        except OSError as error:
            raise ConfigurationError(
                f"--metrics-port {port} cannot be used ({error.strerror}); each worker here needs one of its own"
            ) from None

    def observe(channel: str, result: str) -> None:
        attempts.labels(channel, result).inc()

    return observe


async def send_again(service: Service, channel: str | None, target: UUID | None) -> int:
    """Let dead letters wait again; how many."""
    total = 0
    while count := await service.bus.execute(ReplayDead(channel, target), Actor.system()):
        total += count
    return total


async def listed(service: Service, channel: str | None, target: UUID | None) -> Sequence[str]:
    """A line for each dead letter, newest first."""
    where = DeliveryFilter(DeliveryState.DEAD, channel, target)
    deliveries: DeliveryReader = service.resolve(DeliveryReader)
    lines: list[str] = []
    after: Cursor | None = None
    while True:
        page = await deliveries.page(where, after, SHOWN)
        lines += map(_line, page.items)
        if (after := page.next) is None:
            return lines


def _line(each: DeliveryView) -> str:
    when = each.finished_at.isoformat(timespec="seconds") if each.finished_at else "-"
    what = f"{each.id} {each.channel} {each.target_id} {each.event_name}"
    return f"{what} attempts={each.attempts} {when} {each.last_error}"
