"""The settings: environment variables, or a `.env` file in the working directory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from domain.kernel.roles import Role
from entrypoints.development import DEVELOPMENT_SECRETS_KEY
from entrypoints.origins import checked_address, checked_origins
from entrypoints.setting_values import (
    HttpAddress,
    Seconds,
    domains,
    items,
    keys_within,
    on_a_line,
    origin,
    storage,
    time_zone,
    words,
)
from entrypoints.settings_of_database import DatabaseSettings
from entrypoints.settings_of_delivery import DeliverySettings

ENV_FILE = ".env"
NEVER_EMPTY = ("SUPABASE_URL", "ENVIRONMENT", "DATABASE_URL")
"""When empty, these would admit development tokens, or keep records in another database."""


class ConfigurationError(Exception):
    """The service must not start like this. Names the setting and the correction, in one line."""


class Settings(DeliverySettings, DatabaseSettings):
    """What differs between installations. Each field is the variable of the same name."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True)

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
    public_url: HttpAddress = Field(
        default="http://127.0.0.1:8000",
        description="the public address of this service, where certificates can be verified; in production "
        "it must be set, with https",
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

    @property
    def keys_of_secrets(self) -> tuple[str, ...]:
        """The keys that secrets are encrypted with, the newest first; none where webhooks are not set up."""
        if self.secrets_keys is not None:
            return keys_within(self.secrets_keys)
        return () if self.environment == "production" else (DEVELOPMENT_SECRETS_KEY,)

    @property
    def works_in_server(self) -> bool:
        """Whether processes that serve also deliver events and do scheduled jobs."""
        if self.work_in_server is not None:
            return self.work_in_server
        embedded = self.database_url.get_secret_value().startswith(("memory:", "sqlite"))
        return embedded or self.environment != "production"

    @model_validator(mode="after")
    def _production_is_guarded(self) -> Settings:
        if self.environment == "production" and self.webhooks_to_private_networks:
            raise ValueError("WEBHOOKS_TO_PRIVATE_NETWORKS is for development: remove it in production")
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
