"""The admin API of Supabase Auth: all accounts, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from pydantic import AwareDatetime, BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from application.users.following import Account

PAGE = 200
ATTEMPTS = 4


class AdminUnavailable(Exception):
    """The admin API does not answer as it should. Says how, without any of its data."""


class _Metadata(BaseModel):
    full_name: str | None = None


class _User(BaseModel):
    id: str
    email: str | None = None
    email_confirmed_at: AwareDatetime | None = None
    last_sign_in_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    user_metadata: _Metadata | None = None


class _Page(BaseModel):
    users: list[_User]


class _TryAgain(Exception):
    pass


class SupabaseAdmin:
    """Lists accounts. `auth` is the address of the auth API, `.../auth/v1`."""

    def __init__(self, auth: str, service_role_key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._auth = auth
        self._headers = {"apikey": service_role_key, "authorization": f"Bearer {service_role_key}"}
        self._transport = transport

    async def accounts(self) -> AsyncIterator[Account]:
        """Every account that is not deleted. Raises AdminUnavailable."""
        async with httpx.AsyncClient(headers=self._headers, timeout=30, transport=self._transport) as client:
            number = 1
            while users := (await self._page(client, number)).users:
                for user in users:
                    if user.deleted_at is None:
                        yield _account(user)
                number += 1

    async def _page(self, client: httpx.AsyncClient, number: int) -> _Page:
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type((_TryAgain, httpx.TransportError)),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_random_exponential(multiplier=0.2, max=5),
                reraise=True,
            ):
                with attempt:
                    answer = await client.get(
                        f"{self._auth}/admin/users", params={"page": str(number), "per_page": str(PAGE)}
                    )
                    if answer.status_code == 429 or answer.status_code >= 500:
                        raise _TryAgain(f"it answers {answer.status_code}")
                    if answer.status_code != 200:
                        raise AdminUnavailable(
                            f"The admin API answers {answer.status_code}; check the service role key"
                        )
                    return _Page.model_validate_json(answer.content)
        except ValidationError:
            raise AdminUnavailable("The admin API does not answer with a list of users; check SUPABASE_URL") from None
        except (_TryAgain, httpx.TransportError) as error:
            reason = str(error) if isinstance(error, _TryAgain) else type(error).__name__
            raise AdminUnavailable(f"The admin API is out of reach: {reason}") from None
        raise AssertionError("unreachable: the last attempt returns or raises")


def _account(user: _User) -> Account:
    return Account(
        subject=user.id,
        email=user.email or None,
        email_confirmed=user.email_confirmed_at is not None,
        last_sign_in=user.last_sign_in_at,
        full_name=user.user_metadata.full_name if user.user_metadata else None,
    )
