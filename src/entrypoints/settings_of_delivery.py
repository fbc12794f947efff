"""The settings of what leaves the service by itself: webhooks, e-mail, streams, traces, and signed checkpoints."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from entrypoints.mail_values import DayCounts, Hours, Weekday, Weekdays
from entrypoints.setting_values import HttpAddress, Seconds, fernet_keys, items


class DeliverySettings(BaseSettings):
    """How the worker delivers events and e-mail, and how what it publishes is signed."""

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
    max_event_readers: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=100,
        description="the maximum number of consumers that wait for events, by a stream or with `wait`, in each process",
    )
    max_event_readers_per_caller: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=5, description="the maximum of these for one user or service account"
    )
    work_in_server: bool | None = Field(
        default=None,
        description="whether processes that serve also deliver events and do scheduled jobs; by default unless "
        "`ENVIRONMENT` is production on PostgreSQL, where `unified-dental worker` does",
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
