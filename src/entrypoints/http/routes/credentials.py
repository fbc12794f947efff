"""Routes of credentials."""

from __future__ import annotations

from application.evidence.credentials.commands import (
    RejectCredential,
    SubmitCredential,
    VerifyCredential,
    VoidCredential,
    WithdrawCredential,
)
from application.evidence.credentials.queries import ListCredentials, ListWaitingCredentials, ReadCredential
from application.evidence.credentials.types import ListCredentialTypes
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("credentials", "Cards, licenses and registrations that somebody else issues, and who has verified them.")
OF_USER = "/users/{user_id}/credentials"
ONE = "/credentials/{credential_id}"

CARD = {
    "type": "bls",
    "issuer": "American Heart Association",
    "number": "eCard 2260 1234 5678",
    "issued_on": "2026-02-14",
    "expires_on": "2028-02-29",
}
UNREADABLE = {"reason": "The number is not known to the issuer."}
MISTYPED = {"reason": "The number was mistyped."}
FALSE = {"reason": "The issuer says that it never issued this card."}

ROUTES = [
    query_route(OF_USER, ListCredentials, tag=TAG),
    command_route(
        "POST", OF_USER, SubmitCredential, status=201, location="/v1/credentials/{id}", tag=TAG, example=CARD
    ),
    query_route("/credential-types", ListCredentialTypes, tag=TAG),
    query_route("/credentials/waiting", ListWaitingCredentials, tag=TAG),
    query_route(ONE, ReadCredential, tag=TAG),
    command_route("POST", f"{ONE}/verify", VerifyCredential, tag=TAG),
    command_route("POST", f"{ONE}/reject", RejectCredential, tag=TAG, example=UNREADABLE),
    command_route("POST", f"{ONE}/withdraw", WithdrawCredential, tag=TAG, example=MISTYPED),
    command_route("POST", f"{ONE}/void", VoidCredential, tag=TAG, example=FALSE),
]
