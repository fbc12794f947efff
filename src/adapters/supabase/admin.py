"""The admin API of Supabase Auth: all accounts, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from application.people.sign_ins.accounts import Account

M = TypeVar("M", bound=BaseModel)

PAGE = 200
ATTEMPTS = 4


class AdminUnavailable(Exception):
    """The admin API does not answer as expected. Says how, without any of its data."""


class _User(BaseModel):
    id: UUID
    email: str | None = None
    email_confirmed_at: AwareDatetime | None = None
    last_sign_in_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    user_metadata: Any = None


class _Page(BaseModel):
    users: list[_User]


class _TryAgain(Exception):
    """It did not answer, but may the next time; the message says how it failed."""


class SupabaseAdmin:
    """Implements application.people.sign_ins.accounts.Directory. `auth` is the address of the auth API, `.../auth/v1`.

    `confirms_email` says that the project confirms an address only when its owner has proven it. `backoff` is
    how many seconds the first repetition may wait for.
    """

    def __init__(
        self,
        auth: str,
        service_role_key: str,
        *,
        confirms_email: bool,
        backoff: float = 0.2,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._users = f"{auth}/admin/users"
        self._headers = {"apikey": service_role_key, "authorization": f"Bearer {service_role_key}"}
        self._confirms_email = confirms_email
        self._wait = wait_random_exponential(multiplier=backoff, max=5)
        self._transport = transport

    async def accounts(self) -> AsyncIterator[Account]:
        """Every account that is not deleted. Raises AdminUnavailable."""
        seen: set[UUID] = set()
        number, before = 1, list[_User]()
        async with self._client() as client:
            while users := await self._page(client, number):
                if users == before:
                    raise AdminUnavailable("The admin API repeats a page of its list; check SUPABASE_URL")
                for user in users:
                    # A sign-up meanwhile moves other accounts to the next page.
                    if user.deleted_at is None and user.id not in seen:
                        yield self._account(user)
                    seen.add(user.id)
                number, before = number + 1, users

    async def has(self, subject: str) -> bool:
        """Whether this account exists and is not deleted. Raises AdminUnavailable."""
        async with self._client() as client:
            answer = await self._get(client, f"{self._users}/{quote(subject, safe='')}")
        return answer.status_code != httpx.codes.NOT_FOUND and _read(_User, answer).deleted_at is None

    async def _page(self, client: httpx.AsyncClient, number: int) -> list[_User]:
        answer = await self._get(client, f"{self._users}?page={number}&per_page={PAGE}")
        return _read(_Page, answer).users

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(headers=self._headers, timeout=30, transport=self._transport)

    async def _get(self, client: httpx.AsyncClient, url: str) -> httpx.Response:
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type((_TryAgain, httpx.TransportError)),
                stop=stop_after_attempt(ATTEMPTS),
                wait=self._wait,
                reraise=True,
            ):
                with attempt:
                    answer = await client.get(url)
                    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
                        raise _TryAgain(f"it answers {answer.status_code}")
                    return answer
        except (_TryAgain, httpx.HTTPError) as error:
            reason = str(error) if isinstance(error, _TryAgain) else type(error).__name__
            raise AdminUnavailable(f"The admin API is out of reach: {reason}") from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _account(self, user: _User) -> Account:
        return Account.reported(
            user.id,
            email=user.email,
            email_confirmed_at=user.email_confirmed_at,
            confirms_email=self._confirms_email,
            last_sign_in=user.last_sign_in_at,
            metadata=user.user_metadata,
            as_of=user.updated_at,
        )


def _read(model: type[M], answer: httpx.Response) -> M:
    if answer.status_code != httpx.codes.OK:
        raise AdminUnavailable(f"The admin API answers {answer.status_code}; check SUPABASE_SERVICE_ROLE_KEY")
    try:
        return model.model_validate_json(answer.content)
    except ValidationError:
        raise AdminUnavailable("The admin API does not answer as Supabase does; check SUPABASE_URL") from None
