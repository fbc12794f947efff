"""Examples for the operations on service accounts in the demonstration's interactive page."""

from __future__ import annotations

from typing import Any

from application.kernel.access import Actor
from application.people.service_accounts.commands import CreateServiceAccount
from application.people.service_accounts.queries import ListServiceAccounts, ServiceAccountView
from domain.kernel.key_scopes import KeyScope
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.service_accounts import NEW_ACCOUNT


async def service_account_examples(service: Service) -> dict[str, Example]:
    """An example for each operation. A key that an example has used up is replaced."""
    accounts = _Accounts(service)
    shown, rotating, revoking = [await accounts.with_a_key(name) for name in ("editing", "rotating", "revoking")]
    (key,) = accounts.live_keys(revoking)
    return {
        "create_service_account": Example(body=await accounts.new()),
        "read_service_account": _named(shown),
        "edit_service_account": _named(shown),
        "rotate_service_account_key": _named(rotating),
        "revoke_service_account_key": Example({**_named(revoking).names, "key_id": key}),
    }


class _Accounts:
    def __init__(self, service: Service) -> None:
        self._bus = service.bus
        self._now = service.clock.now()

    async def with_a_key(self, name: str) -> ServiceAccountView:
        """The practice account of this name that has one key, or a new one."""
        number = 0
        while True:
            number += 1
            full_name = f"Practice: {name}" + ("" if number == 1 else f" {number}")
            found = await self._called(full_name)
            if found is None:
                scopes = (KeyScope.PEOPLE_READ,)
                new = CreateServiceAccount(full_name, "For trying the interactive page.", scopes, valid_days=30)
                await self._bus.execute(new, Actor.system())
                found = await self._called(full_name)
            if found is not None and found.is_active and len(self.live_keys(found)) == 1:
                return found

    def live_keys(self, account: ServiceAccountView) -> list[str]:
        """The ids of keys that can still be used."""
        return [str(key.id) for key in account.keys if key.revoked_at is None and key.expires_at > self._now]

    async def new(self) -> dict[str, Any]:
        """The example of the document, with a name that no account has."""
        number = 0
        while True:
            number += 1
            body = NEW_ACCOUNT if number == 1 else {**NEW_ACCOUNT, "name": f"{NEW_ACCOUNT['name']} {number}"}
            if await self._called(str(body["name"])) is None:
                return body

    async def _called(self, name: str) -> ServiceAccountView | None:
        return next(iter((await self._bus.ask(ListServiceAccounts(name), Actor.system())).items), None)


def _named(account: ServiceAccountView) -> Example:
    return Example({"service_account_id": str(account.id)})
