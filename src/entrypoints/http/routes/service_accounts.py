"""Routes of service accounts."""

from __future__ import annotations

from application.people.service_accounts.commands import (
    CreateServiceAccount,
    EditServiceAccount,
    RevokeServiceAccountKey,
    RotateServiceAccountKey,
)
from application.people.service_accounts.queries import ListServiceAccounts, ReadServiceAccount
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("service accounts", "Programs that sign in with keys, such as an HR system or a report.")
ALL = "/service-accounts"
ONE = f"{ALL}/{{service_account_id}}"

NEW_ACCOUNT = {
    "name": "HR system",
    "purpose": "Sends the roster every night. The HR department answers for it.",
    "scopes": ["people:read", "people:write"],
    "valid_days": 90,
}
NAMED = {"name": "Only the service account with this name; case and accents do not matter."}

ROUTES = [
    query_route(ALL, ListServiceAccounts, tag=TAG, words=NAMED),
    command_route(
        "POST",
        ALL,
        CreateServiceAccount,
        status=201,
        location="/v1/service-accounts/{id}",
        tag=TAG,
        example=NEW_ACCOUNT,
    ),
    query_route(ONE, ReadServiceAccount, tag=TAG),
    command_route("PATCH", ONE, EditServiceAccount, tag=TAG, example={"purpose": "Sends the roster every hour."}),
    command_route(
        "POST",
        f"{ONE}/keys",
        RotateServiceAccountKey,
        status=201,
        location="/v1/service-accounts/{id}",
        tag=TAG,
        example={"valid_days": 90, "overlap_hours": 48},
    ),
    command_route("POST", f"{ONE}/keys/{{key_id}}/revoke", RevokeServiceAccountKey, tag=TAG),
]
