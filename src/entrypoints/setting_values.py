"""How the values of settings are read and checked."""

from __future__ import annotations

import re
from typing import Annotated

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from domain.kernel.time_zones import is_time_zone
from domain.kernel.values import Text, settle
from entrypoints.origins import checked_address

DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")

OTHERS_SCHEMAS = frozenset(
    (
        *("public", "information_schema", "api", "auth", "storage", "realtime", "_realtime", "_analytics"),
        *("extensions", "graphql", "graphql_public", "vault", "cron", "net", "pgsodium", "pgsodium_masks", "pgbouncer"),
    )
)
"""Schemas of PostgreSQL and Supabase, and those that its Data API serves: anybody with the anonymous key could query
them, and the protection of the service's schema would be applied to the objects of other software.
"""


def words(text: object) -> object:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip()) if isinstance(text, str) else text


def domains(domains: tuple[str, ...]) -> tuple[str, ...]:
    for domain in domains:
        before, at, rest = domain.rpartition("@")
        if at and DOMAIN.fullmatch(rest):
            raise ValueError(f"{domain!r} is {'an address' if before else 'not a domain'}: write {rest}")
        if not DOMAIN.fullmatch(domain):
            raise ValueError(
                f"{domain!r} is not a domain: write the part after the @, such as example.com, without wildcards, each "
                "subdomain separately, and non-ASCII letters in xn-- form"
            )
    return domains


def items(text: object) -> object:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if isinstance(text, str) else text


def origin(url: object) -> object:
    return url.removesuffix("/") if isinstance(url, str) else url


def on_a_line(text: str) -> str:
    kept, problem = settle(Text(120), text)
    if problem:
        raise ValueError(problem)
    return str(kept)


def time_zone(name: str) -> str:
    if not is_time_zone(name):
        raise ValueError(f"{name!r} is not an IANA time zone; write a name such as America/Chicago")
    return name


def keys_within(text: SecretStr) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.get_secret_value().split(",") if key.strip())


def fernet_keys(text: SecretStr) -> SecretStr:
    try:
        for key in keys_within(text):
            Fernet(key)
    except ValueError:
        raise ValueError(
            "each key must be 32 random bytes in base64 for URLs; `openssl rand -base64 32 | tr +/ -_` makes one"
        ) from None
    return text


def own_schema(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError("it must be a name of lower-case letters, digits and underscores, at most 63")
    if name in OTHERS_SCHEMAS or name.startswith(("pg_", "supabase_")):
        raise ValueError(f"{name} belongs to other software; use a separate schema, such as training")
    return name


def storage(value: SecretStr) -> SecretStr:
    """Where rate limits are counted. Raises ValueError."""
    if re.fullmatch(r"memory|database|rediss?://\S+", value.get_secret_value()) is None:
        raise ValueError("must be memory, database, redis://... or rediss://...")
    return value


Seconds = Annotated[float, Field(gt=0, le=86_400)]
HttpAddress = Annotated[
    str, BeforeValidator(origin), AfterValidator(checked_address), Field(pattern=r"^https?://[^?#]+$")
]
