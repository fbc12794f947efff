"""Credentials for the interactive page of the demonstration, one for each operation that uses one up."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import UUID

from application.evidence.credentials.commands import SubmitCredential, VerifyCredential
from application.evidence.credentials.queries import CredentialView, ListCredentials
from application.kernel.access import Actor
from domain.evidence.credentials import CredentialState
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.credentials import CARD

USED_UP = ("reject_credential", "verify_credential", "withdraw_credential")
"""Operations on a credential that waits for verification."""


async def credential_examples(service: Service, user_id: UUID) -> dict[str, Example]:
    """An example for each operation on credentials, with those of this person."""
    known = (await service.bus.ask(ListCredentials(user_id, limit=200), Actor.system())).items
    waiting = [each.id for each in known if each.status is CredentialState.SUBMITTED]
    verified = [each.id for each in known if each.status is CredentialState.VERIFIED]
    numbers = (f"Practice {number}" for number in count(len(known) + 1))
    while len(waiting) < len(USED_UP):
        waiting.append((await _submitted(service, user_id, next(numbers))).id)
    if not verified:
        card = await _submitted(service, user_id, next(numbers))
        verified.append((await service.bus.execute(VerifyCredential(card.id), Actor.system())).id)
    names = {"user_id": str(user_id)}
    return {
        "list_credentials": Example(names),
        "submit_credential": Example(names, {**CARD, "number": next(numbers)}),
        "read_credential": _of(verified[0]),
        "void_credential": _of(verified[0]),
        **{operation: _of(credential_id) for operation, credential_id in zip(USED_UP, waiting, strict=False)},
    }


def _of(credential_id: UUID) -> Example:
    return Example({"credential_id": str(credential_id)})


async def _submitted(service: Service, user_id: UUID, number: str) -> CredentialView:
    issued_on = (service.clock.now() - timedelta(days=60)).date()
    expires_on = issued_on + timedelta(days=730)
    card = SubmitCredential(user_id, CARD["type"], CARD["issuer"], issued_on, expires_on, number)
    return await service.bus.execute(card, Actor.system())
