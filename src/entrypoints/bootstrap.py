"""The composition root: the only place that knows the container and the adapters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager as ContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import punq

from adapters.documents import CanonicalFingerprints
from adapters.files import requirement_packs
from adapters.files.catalog import CatalogProblem, read_catalog
from adapters.files.roster import FileRoster
from adapters.memory.kit.store import MemoryStore
from adapters.pdf import CertificatePdf, Garamond
from adapters.rate_limits import WindowCounter
from adapters.serials import RandomSerials
from adapters.service_account_keys import RandomKeys
from adapters.spreadsheets.writing import ReportFiles
from adapters.sql.kit.engine import open_database
from adapters.system import SystemChance, SystemClock, TimeOrderedIds, ZonedCalendar
from adapters.telemetry.opening import Tracing
from adapters.webhooks.setup import webhook_ports
from application.audit.ports import AuditKeys
from application.catalogue.modules.publishing import Publisher
from application.delivery.feed.queries import FeedReader
from application.delivery.feed.tail import FeedTail
from application.delivery.notices.letters import Mailer
from application.delivery.streams import EventStream
from application.delivery.worker import MakeWorker, worker_maker
from application.evidence.certificates.queries import CertificatePrinter, Issuer
from application.evidence.ports import Serials
from application.kernel.bus import Bus
from application.kernel.declared_errors import log_undeclared, refuse_undeclared
from application.kernel.handlers import Handler, discover
from application.kernel.messages import Message
from application.kernel.ports import Calendar, Chance, Clock, Fingerprints, Ids, Typeface
from application.kernel.reactions import discover_reactions
from application.kernel.traced_bus import TracedBus
from application.kernel.units import Units
from application.people.service_accounts.ports import KeyMint
from application.people.service_accounts.signing_in import Callers, KeyReader, KeySignIn
from application.people.sign_ins.hooks import Hooks
from application.people.sign_ins.signing_in import People, SignedIn
from application.reporting.report import ReportWriter
from domain.people.leavers import LeaverLimit
from domain.people.sign_ins import Admission
from entrypoints.composition.audit_keys import audit_keys
from entrypoints.composition.database_options import database_tls
from entrypoints.composition.extras import stream_of, tracing_of
from entrypoints.composition.mail import mail_objects
from entrypoints.composition.sign_in import (
    AdminUnavailable,
    admin_of,
    development_subject,
    development_tokens,
    signing_keys,
    supabase_hooks,
    tokens_of,
)
from entrypoints.composition.stores import OpenDatabase, counter_of, in_memory, on_database
from entrypoints.development import DEVELOPMENT_WARNING
from entrypoints.http.kit.health import Readiness
from entrypoints.preflight.inspection import Inspection
from entrypoints.production import check_addresses, check_database_kind
from entrypoints.settings import Settings

__all__ = [
    "AdminUnavailable",
    "CatalogProblem",
    "FileRoster",
    "Service",
    "admin_of",
    "bootstrap",
    "database_tls",
    "development_subject",
    "development_tokens",
    "read_catalog",
    "requirement_packs",
    "signing_keys",
    "tokens_of",
]


@dataclass(frozen=True, slots=True)
class Service:
    """The wired application, as every entrypoint needs it."""

    settings: Settings
    bus: Bus
    handlers: Mapping[type[Message[Any]], Handler]
    readiness: Readiness
    sign_in: Callable[[], Callers]
    """Makes what verifies tokens and keys; close it after use. Raises ConfigurationError."""
    warning: str | None
    """What an operator must know about the accepted tokens."""
    hooks: Hooks
    clock: Clock
    tail: FeedTail
    counter: WindowCounter | None
    """What counts rate limits for all processes; None where each counts alone."""
    inspection: Callable[[], ContextManager[Inspection]]
    migrate: Callable[[], Awaitable[None]]
    after_restore: Callable[[Callable[[int], None]], Awaitable[int]]
    """Prepare a restored database; how many transactions its server lacked. Raises ConfigurationError."""
    close: Callable[[], Awaitable[None]]
    worker: MakeWorker
    resolve: Callable[[type], Any]
    """Gives objects of the application by type, such as readers. Raises LookupError."""
    tracing: Tracing | None = None

    roster_file = staticmethod(FileRoster.read_as)


def bootstrap(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    chance: Chance | None = None,
    serials: Serials | None = None,
    mint: KeyMint | None = None,
    machine: Clock | None = None,
    mailer: Mailer | None = None,
    open_with: OpenDatabase = open_database,
    store: MemoryStore | None = None,
    tracing: Tracing | None = None,
) -> Service:
    """Wire the application for these settings. Nothing is sent to the database yet.

    The `machine` is the clock that is compared with the database's: the application's may stand for another time. A
    database is opened with `open_with`; without a database everything is kept in the `store`.

    Raises ConfigurationError, and application.kernel.bus.Miswired when the code itself breaks a rule.
    """
    check_database_kind(settings)
    tracing = tracing or tracing_of(settings)
    container = punq.Container()
    now = clock or SystemClock()
    container.register(Clock, instance=now)
    container.register(Calendar, instance=ZonedCalendar(settings.organization_time_zone))
    container.register(Ids, instance=ids or TimeOrderedIds())
    container.register(Chance, instance=chance or SystemChance())
    container.register(Serials, instance=serials or RandomSerials())
    container.register(KeyMint, instance=mint or RandomKeys(live=settings.environment == "production"))
    container.register(CertificatePrinter, instance=CertificatePdf())
    container.register(ReportWriter, instance=ReportFiles())
    container.register(Typeface, instance=Garamond())
    container.register(Issuer, instance=Issuer(settings.issuer_name, settings.public_url))
    container.register(Admission, instance=Admission(frozenset(settings.allowed_email_domains)))
    container.register(LeaverLimit, instance=LeaverLimit(settings.leavers_limit_percent))
    container.register(AuditKeys, instance=audit_keys(settings))
    container.register(Fingerprints, instance=CanonicalFingerprints())
    _register(container, webhook_ports(settings.keys_of_secrets, local=settings.webhooks_to_private_networks))
    container.register(Publisher, instance=Publisher(CanonicalFingerprints(), Garamond()))
    _register(container, mail_objects(settings, mailer))
    if settings.database_url.get_secret_value().startswith("memory://"):
        stored = in_memory(store or MemoryStore(now.now))
    else:
        tell = tracing.statement if tracing else None
        opened = open_with if tell is None else lambda options: open_with(replace(options, tell=tell))
        stored = on_database(settings, now, machine or SystemClock(), opened)
    _register(container, stored.objects)
    stream = stream_of(settings)
    container.register(EventStream, instance=stream)
    handlers = discover()
    undeclared = log_undeclared if settings.environment == "production" else refuse_undeclared
    resolve = partial(_resolve, container)
    wired = (handlers, container.resolve(Units), resolve, discover_reactions(), undeclared)
    bus = TracedBus(tracing.message, *wired) if tracing else Bus(*wired)
    container.register(Bus, instance=bus)
    tail = FeedTail(container.resolve(FeedReader))
    bus.listen(tail.stir)

    def sign_in() -> Callers:
        check_addresses(settings)
        required = frozenset(settings.require_aal2_for)
        people = SignedIn(tokens_of(settings, now), container.resolve(People), bus, now, second_factor_for=required)
        return Callers(people, KeySignIn(container.resolve(KeyReader), bus, now))

    async def close() -> None:
        await stream.close()
        await stored.close()
        if tracing is not None:
            await tracing.close()

    return Service(
        settings,
        bus,
        handlers,
        stored.readiness,
        sign_in,
        None if settings.supabase_url else DEVELOPMENT_WARNING,
        supabase_hooks(settings, now),
        now,
        tail,
        counter_of(settings, stored),
        stored.inspection,
        stored.migrate,
        stored.after_restore,
        close,
        worker_maker(resolve),
        resolve,
        tracing,
    )


def _register(container: punq.Container, objects: Mapping[type, Any]) -> None:
    for kind, each in objects.items():
        container.register(kind, instance=each)


def _resolve(container: punq.Container, kind: type) -> Any:
    try:
        return container.resolve(kind)
    except punq.MissingDependencyError as error:
        raise LookupError(kind) from error
