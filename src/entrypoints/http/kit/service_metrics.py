"""Metrics of what the service depends on: connections to the database, signing keys, the outbox; and of evidence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from application.delivery.notices.figures import Figures, NoticeFigures
from application.delivery.ports import ChannelCount, DeliveryReader
from application.kernel.ports import Clock
from application.kernel.units import StoreUnavailable
from application.people.sign_ins.identity import KeyFetches
from domain.kernel.aggregate import DomainEvent

EVIDENCE = "domain.evidence."
"""The package whose events say that evidence was written."""
PATIENCE = 0.5
"""Seconds that a scrape waits for the database; without an answer it lacks the metrics of the outbox."""
LONGER_PATIENCE = 5.0
"""Seconds that a scrape waits for the figures of notices, which are read every five minutes."""

POOL_GAUGES = {
    "most": ("database_pool_connections_max", "Connections to the database that the pool may have"),
    "open": ("database_pool_connections", "Connections to the database that the pool has"),
    "in_use": ("database_pool_in_use", "Pieces of work that use a connection, or are opening one"),
    "waiting": ("database_pool_waiting", "Pieces of work that wait for a connection"),
}
REFUSED = ("database_pool_connections_refused", "Connections that the database refused as too many")

log = logging.getLogger("unified_dental.health")


@runtime_checkable
class Measured(Protocol):
    """A database with pools of connections and an outbox."""

    def pools(self) -> Mapping[str, Mapping[str, int]]:
        """Figures of each pool, by its name; their keys are those of `POOL_GAUGES`, and `refused`."""

    def replica(self) -> Mapping[str, int]:
        """How many lists and reports were read from the replica, and from the primary by the reason."""

    async def outbox(self) -> tuple[int, datetime | None]:
        """How many events the outbox holds at most, and when the oldest happened. Raises StoreUnavailable."""


class ServiceMetrics(Collector):
    """The metrics of one process; only those of the outbox are the same in all processes."""

    def __init__(
        self,
        clock: Clock,
        database: object,
        fetches: Callable[[], KeyFetches | None],
        deliveries: DeliveryReader | None = None,
        notices: NoticeFigures | None = None,
    ) -> None:
        """A `database` that is not `Measured` has no metrics."""
        self._clock = clock
        self._database = database if isinstance(database, Measured) else None
        self._fetches = fetches
        self._deliveries = deliveries
        self._notices = notices
        self._attempts = attempts_counter(None)
        self._evidence = Counter(
            "evidence_written", "Pieces of evidence written, by their events", ["event"], registry=None
        )

    def written(self, events: Sequence[DomainEvent]) -> None:
        """Count the evidence among these committed events."""
        for event in events:
            if type(event).__module__.startswith(EVIDENCE):
                self._evidence.labels(type(event).__name__).inc()

    def attempted(self, channel: str, result: str) -> None:
        """Count an attempt to deliver an event."""
        self._attempts.labels(channel, result).inc()

    def collect(self) -> Iterator[Metric]:
        yield from self._evidence.collect()
        yield from self._attempts.collect()
        if self._database is not None:
            yield from _pools(self._database.pools())
            yield from _replica(self._database.replica())
        if (fetches := self._fetches()) is not None:
            yield from self._keys(fetches)

    def _keys(self, fetches: KeyFetches) -> Iterator[Metric]:
        counted = CounterMetricFamily("sign_in_key_fetches", "Fetches of the signing keys", labels=["result"])
        counted.add_metric(["succeeded"], fetches.succeeded)
        counted.add_metric(["failed"], fetches.failed)
        yield counted
        if fetches.fetched_at is not None:
            age = (self._clock.now() - fetches.fetched_at).total_seconds()
            yield GaugeMetricFamily("sign_in_keys_age_seconds", "Time since the signing keys were fetched", age)

    async def of_the_database(self) -> bytes:
        """The metrics that all processes share, in Prometheus's text format."""
        registry = CollectorRegistry()
        if self._database is not None:
            try:
                async with asyncio.timeout(PATIENCE):
                    registry.register(_Outbox(*await self._database.outbox(), self._clock.now()))
            except (TimeoutError, StoreUnavailable) as error:
                log.warning("the metrics lack the outbox: %s", type(error).__name__)
        if self._deliveries is not None:
            try:
                async with asyncio.timeout(PATIENCE):
                    registry.register(_Deliveries(await self._deliveries.counts(), self._clock.now()))
            except (TimeoutError, StoreUnavailable) as error:
                log.warning("the metrics lack the deliveries: %s", type(error).__name__)
        if self._notices is not None:
            try:
                async with asyncio.timeout(LONGER_PATIENCE):
                    registry.register(_Notices(await self._notices.read()))
            except (TimeoutError, StoreUnavailable) as error:
                log.warning("the metrics lack the notices: %s", type(error).__name__)
        return generate_latest(registry)


class _Outbox(Collector):
    def __init__(self, rows: int, oldest_at: datetime | None, now: datetime) -> None:
        self._rows = rows
        self._age = 0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds())

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("outbox_events_pending", "Events in the outbox, at most", self._rows)
        yield GaugeMetricFamily("outbox_oldest_event_age_seconds", "Time since the oldest event happened", self._age)


class _Deliveries(Collector):
    def __init__(self, counts: Sequence[ChannelCount], now: datetime) -> None:
        self._counts = counts
        self._now = now

    def collect(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("deliveries_waiting", "Deliveries on their way", labels=["channel"])
        dead = GaugeMetricFamily("deliveries_dead", "Deliveries that were given up", labels=["channel"])
        late = GaugeMetricFamily(
            "deliveries_oldest_due_age_seconds", "Time since the oldest waiting one is due", labels=["channel"]
        )
        for each in self._counts:
            waiting.add_metric([each.channel], each.waiting)
            dead.add_metric([each.channel], each.dead)
            since = each.oldest_due_at
            late.add_metric([each.channel], 0.0 if since is None else max(0.0, (self._now - since).total_seconds()))
        yield from (waiting, dead, late)


class _Notices(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        counted = GaugeMetricFamily("notices", "Notices to people by e-mail", labels=["kind", "state"])
        for each in self._figures.counts:
            counted.add_metric([each.kind, each.state], each.number)
        yield counted
        text = "Reminders of due days that should have been decided more than six hours ago, and were not"
        yield GaugeMetricFamily("notices_missed_reminders", text, self._figures.missed)


def attempts_counter(registry: CollectorRegistry | None) -> Counter:
    """Counts attempts to deliver events."""
    return Counter("delivery_attempts", "Attempts to deliver events", ["channel", "result"], registry=registry)


def _pools(pools: Mapping[str, Mapping[str, int]]) -> Iterator[Metric]:
    for key, (name, text) in POOL_GAUGES.items():
        gauge = GaugeMetricFamily(name, text, labels=["pool"])
        for pool, figures in pools.items():
            gauge.add_metric([pool], figures[key])
        yield gauge
    refused = CounterMetricFamily(*REFUSED, labels=["pool"])
    for pool, figures in pools.items():
        refused.add_metric([pool], figures["refused"])
    yield refused


def _replica(results: Mapping[str, int]) -> Iterator[Metric]:
    if results:
        counted = CounterMetricFamily("replica_reads", "Lists and reports, by where they were read", labels=["result"])
        for result, count in results.items():
            counted.add_metric([result], count)
        yield counted
