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
from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.operating import AlwaysReady, NothingToInspect, nothing, nothing_to_raise
from adapters.memory.kit.store import MemoryStore
from adapters.pdf import CertificatePdf, Garamond
from adapters.rate_limits import StorageUnusable, WindowCounter, redis_counter
from adapters.serials import RandomSerials
from adapters.service_account_keys import RandomKeys
from adapters.spreadsheets.writing import ReportFiles
from adapters.sql.install.installing import install
from adapters.sql.install.migrating import MigrationUnknown
from adapters.sql.install.preflight import inspection
from adapters.sql.install.readiness import SqlReadiness
from adapters.sql.install.reading_roles import RoleUnusable
from adapters.sql.install.restoring import TooFarBehind, raise_count
from adapters.sql.kit.discovery import map_all, sql_adapters, sql_units
from adapters.sql.kit.engine import (
    Database,
    DatabaseOptions,
    UnusableUrl,
    open_database,
)
from adapters.sql.kit.hosts import postgresql_hosts
from adapters.sql.kit.rate_limits import DatabaseStorage
from adapters.streams.opening import StreamUnusable, open_stream
from adapters.supabase.admin import AdminUnavailable, SupabaseAdmin
from adapters.supabase.claims import TokenRules
from adapters.supabase.development import DevelopmentTokens, development_subject
from adapters.supabase.jwks import JwksCache
from adapters.supabase.key_endpoint import inspect_keys
from adapters.supabase.key_file import KeyFileUnsafe
from adapters.supabase.keys import SharedSecret
from adapters.supabase.tokens import SupabaseTokens
from adapters.system import SystemChance, SystemClock, TimeOrderedIds, ZonedCalendar
from adapters.webhooks.setup import webhook_ports
from application.audit.ports import AuditKeys
from adapters.telemetry.opening import Tracing
from application.catalogue.modules.publishing import Publisher
from application.delivery.feed.queries import FeedReader
from application.delivery.feed.tail import FeedTail
from application.delivery.notices.letters import Mailer
from application.delivery.ports import DeliveryReader
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
from entrypoints.audit_keys import audit_keys
from entrypoints.development import DEVELOPMENT_KEY, DEVELOPMENT_WARNING
from entrypoints.extras import stream_of, tracing_of
from entrypoints.http.kit.health import Readiness
from entrypoints.loopback import is_loopback
from entrypoints.outside import mail_objects, supabase_hooks
from entrypoints.database_options import database_tls, options_of, with_replica
from entrypoints.preflight.inspection import Inspected, Inspection
from entrypoints.production import check_addresses, check_database_kind, check_supabase_url
from entrypoints.settings import ConfigurationError, Settings

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
]

OpenDatabase = Callable[[DatabaseOptions], Database]


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
    deliveries: DeliveryReader
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
    container.register(Clock, instance=clock or SystemClock())
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
    for port, made in webhook_ports(settings.keys_of_secrets, local=settings.webhooks_to_private_networks).items():
        container.register(port, instance=made)
    container.register(Publisher, instance=Publisher(CanonicalFingerprints(), Garamond()))
    _register(container, mail_objects(settings, mailer))
    if settings.database_url.get_secret_value().startswith("memory://"):
        backend = _in_memory(container, store or MemoryStore(container.resolve(Clock).now))
    else:
        tell = tracing.statement if tracing else None
        opened = open_with if tell is None else lambda options: open_with(replace(options, tell=tell))
        backend = _on_database(container, settings, machine or SystemClock(), opened)
    stream = stream_of(settings)
    container.register(EventStream, instance=stream)
    handlers = discover()
    undeclared = log_undeclared if settings.environment == "production" else refuse_undeclared
    resolve = partial(_resolve, container)
    bus = Bus(handlers, container.resolve(Units), resolve, discover_reactions(), undeclared)
    wired = (handlers, container.resolve(Units), partial(_resolve, container), discover_reactions(), undeclared)
    bus = TracedBus(tracing.message, *wired) if tracing else Bus(*wired)
    container.register(Bus, instance=bus)
    now: Clock = container.resolve(Clock)
    tail = FeedTail(container.resolve(FeedReader))
    bus.listen(tail.stir)

    def sign_in() -> Callers:
        check_addresses(settings)
        required = frozenset(settings.require_aal2_for)
        people = SignedIn(tokens_of(settings, now), container.resolve(People), bus, now, second_factor_for=required)
        return Callers(people, KeySignIn(container.resolve(KeyReader), bus, now))

    async def close() -> None:
        await stream.close()
        await backend.close()
        if tracing is not None:
            await tracing.close()

    hooks = _hooks(settings, now)
    warning = None if settings.supabase_url else DEVELOPMENT_WARNING
    return Service(
        settings,
        bus,
        handlers,
        backend.readiness,
        sign_in,
        None if settings.supabase_url else DEVELOPMENT_WARNING,
        supabase_hooks(settings, now),
        now,
        tail,
        _counter(settings, backend),
        backend.inspection,
        backend.migrate,
        backend.after_restore,
        backend.close,
        worker_maker(resolve),
        resolve,
    )


def _register(container: punq.Container, objects: Mapping[type, Any]) -> None:
    for kind, each in objects.items():
        container.register(kind, instance=each)
        close,
        worker_maker(partial(_resolve, container)),
        container.resolve(DeliveryReader),
        tracing,
    )


def _resolve(container: punq.Container, kind: type) -> Any:
    try:
        return container.resolve(kind)
    except punq.MissingDependencyError as error:
        raise LookupError(kind) from error


def development_tokens(settings: Settings, clock: Clock | None = None) -> DevelopmentTokens:
    """The issuer that stands in for Supabase. Raises ConfigurationError where Supabase is set up, and in production."""
    if settings.environment == "production":
        raise ConfigurationError("ENVIRONMENT is production: set SUPABASE_URL, so that people can sign in")
    if settings.supabase_url or settings.supabase_jwt_secret:
        raise ConfigurationError("Supabase is set up: use its tokens")
    try:
        return DevelopmentTokens(DEVELOPMENT_KEY, clock or SystemClock())
    except KeyFileUnsafe as error:
        raise ConfigurationError(
            f"{DEVELOPMENT_KEY} {error}: others could make tokens for development. Remove the file, and work in "
            "a folder of your own"
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"{DEVELOPMENT_KEY}: {error}; remove the file") from None


def tokens_of(settings: Settings, clock: Clock | None = None) -> SupabaseTokens | DevelopmentTokens:
    """What verifies tokens. Raises ConfigurationError."""
    if settings.supabase_url is None:
        if settings.supabase_jwt_secret is not None:
            raise ConfigurationError("SUPABASE_JWT_SECRET is set without SUPABASE_URL, which names the issuer")
        return development_tokens(settings, clock)
    auth, clock = _auth(settings), clock or SystemClock()
    rules = TokenRules(
        auth,
        allow_anonymous=settings.supabase_allows_anonymous,
        confirms_email=settings.supabase_confirms_email,
        oauth_clients=frozenset(settings.supabase_oauth_clients),
    )
    if settings.supabase_jwt_secret is None:
        return SupabaseTokens(rules, JwksCache(f"{auth}/.well-known/jwks.json", clock), clock)
    try:
        return SupabaseTokens(rules, SharedSecret(settings.supabase_jwt_secret.get_secret_value()), clock)
    except ValueError as error:
        raise ConfigurationError(f"SUPABASE_JWT_SECRET: {error}") from None


async def signing_keys(settings: Settings) -> Inspected:
    """The keys that Supabase publishes, and what is wrong with them."""
    return await inspect_keys(_auth(settings), has_secret=settings.supabase_jwt_secret is not None)


def _auth(settings: Settings) -> str:
    return f"{settings.supabase_url}/auth/v1"


def admin_of(settings: Settings) -> SupabaseAdmin:
    """The admin API of Supabase Auth. Raises ConfigurationError without its address and key."""
    if settings.supabase_url is None or settings.supabase_service_role_key is None:
        raise ConfigurationError("set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY to reach the admin API")
    check_supabase_url(settings)
    return SupabaseAdmin(
        _auth(settings),
        settings.supabase_service_role_key.get_secret_value(),
        confirms_email=settings.supabase_confirms_email,
    )


@dataclass(frozen=True, slots=True)
class _Backend:
    readiness: Readiness
    inspection: Callable[[], ContextManager[Inspection]]
    migrate: Callable[[], Awaitable[None]]
    after_restore: Callable[[Callable[[int], None]], Awaitable[int]]
    close: Callable[[], Awaitable[None]]
    count: Callable[[], WindowCounter] | None = None
    """Makes what counts rate limits in the database."""
    is_shared: bool = False
    """Whether several processes are likely to use it."""


def _counter(settings: Settings, backend: _Backend) -> WindowCounter | None:
    chosen = settings.rate_limit_storage
    where = chosen.get_secret_value() if chosen else "database" if backend.is_shared else "memory"
    if where == "memory":
        return None
    if where == "database":
        if backend.count is None:
            raise ConfigurationError("RATE_LIMIT_STORAGE is database, but DATABASE_URL names no database")
        return backend.count()
    try:
        return redis_counter(where)
    except StorageUnusable as error:
        raise ConfigurationError(f"RATE_LIMIT_STORAGE {error}") from None


def _in_memory(container: punq.Container, store: MemoryStore) -> _Backend:
    container.register(Units, instance=memory_units(store))
    _register(container, memory_readers(store))
    return _Backend(AlwaysReady(), NothingToInspect.opened, nothing, nothing)
    for port, reader in memory_readers(store).items():
        container.register(port, instance=reader)
    return _Backend(AlwaysReady(), NothingToInspect.opened, nothing, nothing_to_raise, nothing)


def _on_database(container: punq.Container, settings: Settings, machine: Clock, open_with: OpenDatabase) -> _Backend:
    map_all()
    owner = settings.migration_database_url
    try:
        database = open_with(with_replica(settings, options_of(settings, settings.database_url)))
        owned = None if owner is None else options_of(settings, owner)
    except UnusableUrl as error:
        raise ConfigurationError(str(error)) from None
    container.register(Units, instance=sql_units(database))
    _register(container, sql_adapters().readers(database.reads))
    for port, reader in sql_adapters().readers(database.reads_of_queries).items():
        container.register(port, instance=reader)
    readiness = SqlReadiness(database, machine)

    async def migrate() -> None:
        try:
            await install(database, owned, settings.organization_time_zone)
        except (MigrationUnknown, RoleUnusable) as error:
            raise ConfigurationError(str(error)) from None

    async def after_restore(tell: Callable[[int], None]) -> int:
        try:
            return await raise_count(database.engine, tell)
        except TooFarBehind as error:
            raise ConfigurationError(str(error)) from None

    async def close() -> None:
        await readiness.close()
        await database.close()

    def count() -> WindowCounter:
        return WindowCounter(DatabaseStorage(database.engine, container.resolve(Clock)))

    is_shared = postgresql_hosts(database_url(settings.database_url.get_secret_value())) is not None
    return _Backend(readiness, lambda: inspection(database, machine), migrate, close, count, is_shared)
    return _Backend(readiness, lambda: inspection(database, machine), migrate, after_restore, close)
