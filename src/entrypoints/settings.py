"""The settings: environment variables, or a `.env` file in the working directory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from domain.kernel.roles import Role
from entrypoints.development import DEVELOPMENT_SECRETS_KEY
from entrypoints.mail_values import DayCounts, Hours, Weekday, Weekdays
from entrypoints.origins import checked_address, checked_origins
from entrypoints.setting_values import (
    domains,
    fernet_keys,
    items,
    keys_within,
    on_a_line,
    origin,
    own_schema,
    storage,
    time_zone,
    words,
)

ENV_FILE = ".env"
NEVER_EMPTY = ("SUPABASE_URL", "ENVIRONMENT", "DATABASE_URL")
"""When empty, these would admit development tokens, or keep records in another database."""


class ConfigurationError(Exception):
    """The service must not start like this. Names the setting and the correction, in one line."""


Seconds = Annotated[float, Field(gt=0, le=86_400)]
HttpAddress = Annotated[
    str, BeforeValidator(origin), AfterValidator(checked_address), Field(pattern=r"^https?://[^?#]+$")
]


class Settings(BaseSettings):
    """What differs between installations. Each field is the variable of the same name."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///unified-dental.db"),
        description="`postgresql://user:password@host:5432/database`, `sqlite:///file.db`, `sqlite://` (SQLite in "
        "memory) or `memory://` (no database at all); the last two forget everything at the end",
    )
    migration_database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://...` of the role that owns the tables, for `migrate` alone; the service "
        "then runs as the role in `DATABASE_URL`, to which `migrate` grants what it needs. "
        "Without it the service owns everything, which `check` refuses in production",
    )
    reading_role: str | None = Field(
        default=None,
        description="for `migrate` and `check`: a role of PostgreSQL, for BI, that may read what reports are made of "
        "and nothing else; `migrate` grants it",
    )
    replica_database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://...` of a streaming replica of the database in `DATABASE_URL`, for lists and "
        "reports; without it everything is read from the primary",
    )
    replica_timeout: Annotated[float, Field(gt=0, le=60)] = Field(
        default=1,
        description="seconds that a list or a report waits for a connection to the replica, and for it to show "
        "everything that has been committed; then it is read from the primary",
    )
    embedded_database: Literal["sqlite", "memory"] | None = Field(
        default=None,
        description="`sqlite` or `memory` if a `DATABASE_URL` of that kind is meant where `ENVIRONMENT` is production: "
        "one process on one machine, with backups of its own; otherwise production refuses it",
    )
    environment: Literal["development", "production"] = Field(
        default="development",
        description="`production` wherever real people are trained; development features are refused there",
    )
    supabase_url: (
        Annotated[str, BeforeValidator(origin), AfterValidator(checked_address), Field(pattern=r"^https?://[^/?#]+$")]
        | None
    ) = Field(
        default=None,
        description="the project's address, `https://PROJECT.supabase.co`; without it tokens for development are used",
    )
    supabase_jwt_secret: SecretStr | None = Field(
        default=None,
        description="the legacy HS256 secret; when set, only tokens signed with it are accepted",
    )
    supabase_confirms_email: bool = Field(
        default=False,
        description="whether the project lets people in only after they have confirmed their address (its setting "
        "`Confirm email`); then any sign-in or account proves it, otherwise only sign-ins through the mailbox",
    )
    supabase_allows_anonymous: bool = Field(default=False, description="whether anonymous sign-ins are accepted")
    supabase_oauth_clients: Annotated[tuple[str, ...], NoDecode, BeforeValidator(items)] = Field(
        default=(),
        description="ids of the OAuth clients, joined by commas, whose access tokens are accepted; tokens of "
        "people who sign in themselves have no client",
    )
    require_aal2_for: Annotated[tuple[Role, ...], NoDecode, BeforeValidator(words)] = Field(
        default=(),
        description="roles, joined by commas, that need a sign-in with a second factor, such as `admin,compliance`",
    )
    supabase_service_role_key: SecretStr | None = Field(
        default=None, description="for `sync-users` only: the key of the admin API"
    )
    supabase_hook_secrets: SecretStr | None = Field(
        default=None,
        description="the auth hooks' secrets, `v1,whsec_...`, joined by `|`; without any the hooks answer 401",
    )
    supabase_webhook_secret: SecretStr | None = Field(
        default=None,
        description="the bearer token that the database webhook sends; without it the webhook is answered with 401",
    )
    secrets_keys: Annotated[SecretStr, AfterValidator(fernet_keys)] | None = Field(
        default=None,
        description="keys, joined by commas, that the secrets of webhooks are stored encrypted with: the first one "
        "encrypts, any of them decrypts. Each is 32 random bytes in base64 for URLs (`openssl rand -base64 32 | tr +/ "
        "-_`). Without any, production has no webhooks, and development uses a key that everybody knows",
    )
    webhooks_to_private_networks: bool = Field(
        default=False,
        description="whether webhooks may be sent in plain text, to any port, and to addresses that are not of the "
        "public internet, such as those of this machine; for development, and refused in production",
    )
    allowed_email_domains: Annotated[tuple[str, ...], NoDecode, BeforeValidator(words), AfterValidator(domains)] = (
        Field(
            default=(),
            description="domains, joined by commas, whose people may sign up and sign in without being on "
            "the roster; a domain does not include its subdomains. Without any, only people on "
            "the roster may",
        )
    )
    organization_time_zone: Annotated[str, AfterValidator(time_zone)] = Field(
        default="UTC",
        description="the IANA name of the time zone, such as `America/Chicago`, for people "
        "whose location is not known, and for filters of lists; everybody else has the days of the location",
    )
    leavers_limit_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        default=10,
        description="the percentage of active people that `import-users --deactivate-missing` or `sync-users` may "
        "deactivate at once without `--force`",
    )
    issuer_name: Annotated[str, AfterValidator(on_a_line)] = Field(
        default="Unified Dental", description="the issuer that certificates name"
    )
    audit_signing_key: SecretStr | None = Field(
        default=None,
        description="the private key that signs the checkpoints of the audit ledger, 32 bytes in base64 as "
        "`unified-dental audit-key` makes them; in production the ledger is sealed and not signed without it, in "
        "development it is signed with a key that everybody knows",
    )
    audit_signing_key_file: str | None = Field(
        default=None, description="path of a file with that key, in place of `AUDIT_SIGNING_KEY`"
    )
    audit_origin: Annotated[str, Field(pattern=r"^[^\s+]{1,200}$")] | None = Field(
        default=None,
        description="the name of the ledger and of its key in checkpoints; by default the address in `PUBLIC_URL` "
        "without its scheme. Set it before `PUBLIC_URL` changes",
    )
    audit_former_keys: Annotated[tuple[str, ...], NoDecode, BeforeValidator(items)] = Field(
        default=(),
        description="public keys, joined by commas, that signed checkpoints before the present one, written as "
        "`name+id+key`",
    )
    public_url: HttpAddress = Field(
        default="http://127.0.0.1:8000",
        description="the public address of this service, where certificates can be verified; in production "
        "it must be set, with https",
    )
    training_url: HttpAddress | None = Field(
        default=None,
        description="the address of the pages where people learn, to which e-mails lead; by default `PUBLIC_URL`",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="the mail server: `smtp://user:password@host:587` (STARTTLS), or `smtps://user:password@host:465` "
        "(TLS); `?tls=none` after `smtp://` sends in plain text, which production refuses unless the server is on the "
        "same machine. Without it nobody is sent any e-mail",
    )
    smtp_connect_timeout: Seconds = Field(
        default=10, description="seconds to wait for a connection to the mail server, and for each of its answers"
    )
    smtp_total_timeout: Annotated[float, Field(gt=0, le=80)] = Field(
        default=60, description="seconds within which the mail server must have taken an e-mail"
    )
    mail_from: str | None = Field(
        default=None,
        description="the sender of e-mails, such as `Training <training@example.com>`; needed with `SMTP_URL`",
    )
    mail_link_secrets: SecretStr | None = Field(
        default=None,
        description="what links in e-mails are signed with, at least 32 characters; several joined by `|` while one is "
        "being replaced, the newest first. Without it e-mails have no links for turning them off",
    )
    remind_days_before: DayCounts = Field(
        default="30,7,1", description="days before a due day on which people are reminded, joined by commas"
    )
    remind_on_due_day: bool = Field(default=True, description="whether people are reminded on the due day")
    remind_days_after: DayCounts = Field(
        default="7,14", description="days after a due day on which people are reminded, joined by commas; then weekly"
    )
    remind_until: Annotated[int, Field(ge=0, le=366)] = Field(
        default=90, description="days after a due day with the last reminder"
    )
    remind_days_before_expiry: DayCounts = Field(
        default="30,7", description="days before the end of a certificate or credential, joined by commas"
    )
    digest_weekday: Weekday = Field(default="monday", description="the weekday on which managers get their digest")
    quiet_hours: Hours = Field(
        default="20:00-07:00",
        description="when no e-mail is sent, by the clocks at each person's location; equal times are no quiet hours",
    )
    quiet_weekdays: Weekdays = Field(
        default="sunday", description="weekdays without e-mail, joined by commas, or `none`"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(words), AfterValidator(checked_origins)] = Field(
        default=(),
        description="origins, joined by commas, whose pages may call this service from a browser, such "
        "as `https://training.example.com`; `*` alone allows every origin. Without any, none "
        "may",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the lowest level that is logged"
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="`json` writes each line of the logs as a JSON object"
    )
    log_client_address: bool = Field(
        default=False,
        description="whether the logs show the address of the client, which is personal data",
    )
    max_connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=1_000, description="the maximum number of client connections, in each process"
    )
    max_connections_per_address: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=100,
        description="the maximum of these from one IPv4 address or one IPv6 network of /64; trusted proxies "
        "(`FORWARDED_ALLOW_IPS`) may have more",
    )
    head_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=10, description="seconds within which the head of a request must arrive"
    )
    body_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=30,
        description="seconds within which a body must arrive, or 64 KiB more of it; otherwise the answer is 408",
    )
    answer_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=30, description="seconds within which a client must read an answer, or 64 KiB more of it"
    )
    database_schema: Annotated[str, AfterValidator(own_schema)] = Field(
        default="training",
        description="the PostgreSQL schema for the tables of this service and nothing else; not one that "
        "Supabase's Data API serves",
    )
    costly_per_person: Annotated[float, Field(ge=1, le=1_000_000)] = Field(
        default=60,
        description="points per minute that a person may spend on each costly operation: a PDF certificate costs 1; "
        "publishing, previewing requirements and publications, enrolling or deactivating many people, and exporting "
        "personal data 2; importing a roster 6",
    )
    costly_per_address: Annotated[float, Field(ge=1, le=1_000_000)] = Field(
        default=600,
        description="the same for all clients of one IP address together; verifying a certificate and each "
        "refused token cost 1 too",
    )
    writes_per_person: Annotated[float, Field(ge=1, le=1_000_000)] = Field(
        default=600,
        description="requests per minute with which a person or service account may change something",
    )
    rate_limit_storage: Annotated[SecretStr, AfterValidator(storage)] | None = Field(
        default=None,
        description="where the three limits above are counted: `memory` for each process alone, `database`, or "
        "`redis://...` for all processes together; by default `database` on PostgreSQL, otherwise `memory`",
    )
    max_event_readers: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=100,
        description="the maximum number of consumers that wait for events, by a stream or with `wait`, in each process",
    )
    max_event_readers_per_caller: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=5, description="the maximum of these for one user or service account"
    )
    database_pool_size: Annotated[int, Field(ge=1, le=500)] = Field(
        default=10,
        description="connections kept open for writing; reads have another pool, of this size plus the overflow",
    )
    database_max_overflow: Annotated[int, Field(ge=0, le=500)] = Field(
        default=10, description="additional connections under load"
    )
    database_pool_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=10, description="seconds to wait for a connection before answering 503"
    )
    database_connect_timeout: Seconds = Field(default=5, description="seconds to wait for a new connection")
    database_statement_timeout: Seconds = Field(
        default=10, description="seconds after which the database ends a statement"
    )
    database_lock_timeout: Seconds = Field(
        default=3,
        description="seconds that a statement waits for a lock before 503 is answered, or a migration is undone",
    )
    database_idle_timeout: Seconds = Field(
        default=30, description="seconds after which the database ends an idle transaction"
    )
    database_command_timeout: Seconds = Field(
        default=15,
        description="seconds that a read or a unit of work may take, measured by the service, even if the network is "
        "silent; must be more than `DATABASE_STATEMENT_TIMEOUT`",
    )
    database_long_timeout: Seconds = Field(
        default=600,
        description="replaces the statement, command and request timeouts for imports, refreshes of the "
        "reports and migrations",
    )
    request_timeout: Seconds = Field(
        default=30,
        description="seconds after which a request is stopped and answered with 503, counted from the arrival of its "
        "body "
        "(`BODY_TIMEOUT`); imports and reports have `DATABASE_LONG_TIMEOUT`",
    )
    stop_timeout: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=20,
        description="seconds for running requests when the service is stopped; then they are answered with 503",
    )
    work_in_server: bool | None = Field(
        default=None,
        description="whether processes that serve also deliver events and do scheduled jobs; by default unless "
        "`ENVIRONMENT` is production on PostgreSQL, where `unified-dental worker` does",
    )
    database_pool_recycle: Annotated[int, Field(ge=1)] = Field(
        default=1_800,
        description="seconds after which a connection for writing is replaced, and an idle one for reading",
    )
    database_pool_pre_ping: bool = Field(
        default=True, description="whether a connection is tested before it is used for writing"
    )
    database_pooler: Literal["session", "transaction"] = Field(
        default="session",
        description="`transaction` behind Supavisor on port 6543 or PgBouncer in transaction mode",
    )
    database_tls: Literal["disable", "prefer", "require", "verify-full"] | None = Field(
        default=None,
        description="like libpq's `sslmode`, which takes precedence in the URL; `verify-full` also checks the "
        "server's identity. By default `prefer`; in production `require` unless the database is "
        "on the same machine, and `prefer` is refused",
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        description="address of an OpenTelemetry collector for traces over HTTP, such as `http://127.0.0.1:4318`; "
        "needs the extra `telemetry`",
    )
    stream_url: SecretStr | None = Field(
        default=None,
        description="`nats://user:password@host:4222` of a broker with JetStream, to which `worker` publishes every "
        "event; needs the extra `streams`",
    )
    stream_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,255}$")] = Field(
        default="TRAINING", description="the name of the stream in JetStream, which must exist"
    )
    stream_subject: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", max_length=200)] = Field(
        default="training.events",
        description="what the subjects of events begin with; the event's name follows, as in "
        "`training.events.ModulePublished`",
    )
    database_tls_ca: str | None = Field(
        default=None,
        description="path of the certificate authority's file for `verify-full`; by default the system's authorities",
    )

    @property
    def keys_of_secrets(self) -> tuple[str, ...]:
        """The keys that secrets are encrypted with, the newest first; none where webhooks are not set up."""
        if self.secrets_keys is not None:
            return keys_within(self.secrets_keys)
        return () if self.environment == "production" else (DEVELOPMENT_SECRETS_KEY,)

    @model_validator(mode="after")
    def _production_is_guarded(self) -> Settings:
        if self.environment == "production" and self.webhooks_to_private_networks:
            raise ValueError("WEBHOOKS_TO_PRIVATE_NETWORKS is for development: remove it in production")
        return self

    @model_validator(mode="after")
    def _patience_grows_outwards(self) -> Settings:
        if not self.database_statement_timeout < self.database_command_timeout:
            raise ValueError("DATABASE_COMMAND_TIMEOUT must be more than DATABASE_STATEMENT_TIMEOUT")
        return self


def load() -> Settings:
    """The settings of this process. Raises ConfigurationError naming the variable, never its value."""
    settings, faults = read()
    if settings is None:
        raise ConfigurationError(faults[0])
    return settings


def read() -> tuple[Settings | None, list[str]]:
    """The settings of this process, or None and everything that is wrong with them, a sentence each."""
    empty = [name for name in NEVER_EMPTY if (value := _given(name)) is not None and not value.strip()]
    faults = [f"{name} is set and empty: give it a value, or remove it" for name in empty]
    settings = None
    try:
        settings = Settings()
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            name = str(each["loc"][0]).upper() if each["loc"] else ""
            if name not in empty:
                faults.append(f"{name and f'{name}: '}{each['msg'].removeprefix('Value error, ')}")
    return (None, faults) if faults else (settings, [])


def _given(name: str) -> str | None:
    """What the environment or else the `.env` file says of the variable, in any case."""
    for source in (
        EnvSettingsSource(Settings, env_ignore_empty=False),
        DotEnvSettingsSource(Settings, env_file=ENV_FILE, env_ignore_empty=False),
    ):
        if name.lower() in source.env_vars:
            return source.env_vars[name.lower()] or ""
    return None
