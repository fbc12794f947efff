"""Service accounts: making one, working with its key, replacing the key, and ending it."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Stage

ALL = "/v1/service-accounts"
HR: dict[str, Any] = {
    "name": "HR Système",
    "purpose": "Sends the roster\u00a0every night.",
    "scopes": ["people:write", "people:read"],
    "valid_days": 90,
}
LAB = {
    "name": "Lab",
    "purpose": "A page.",
    "scopes": ["people:read"],
    "departments": ["Claims", "Lab"],
    "valid_days": 1,
}


async def play(api: Stage) -> None:
    made = await api("A service account", f"POST {ALL}", HR, idempotency_key="hr-1")
    await api("Again: its key is not shown", f"POST {ALL}", HR, idempotency_key="hr-1")
    await api("The name is taken", f"POST {ALL}", {**HR, "name": "hr systeme"})
    await api("Not limited to departments", f"POST {ALL}", {**HR, "name": "x", "departments": ["Lab"]})
    await api("Nothing is right", f"POST {ALL}", {"name": "", "scopes": ["all"], "valid_days": 0, "departments": []})
    lab = await api("One of a department", f"POST {ALL}", LAB)
    one = made.headers["location"]

    key = {"authorization": f"Bearer {made.body['key']}"}
    new = await api("It registers", "POST /v1/users", {"email": "by.key@example.com", "department": "Lab"}, **key)
    await api("It grants nothing", "POST /v1/users", {"email": "boss@example.com", "role": "admin"}, **key)
    await api("It is nobody", "GET /v1/users/me", **key)
    await api("It lacks a scope", "GET /v1/reports/participation", **key)
    await api("It manages no accounts", f"GET {ALL}", **key)
    limited = {"authorization": f"Bearer {lab.body['key']}"}
    await api("Within its departments", f"GET /v1/users/{new.body['id']}", **limited)
    await api("Not outside", f"GET /v1/users/{NOBODY}", **limited)
    await api("A key that is none", "GET /v1/users", authorization="Bearer udt_test_1")

    shown = await api("Shown", f"GET {one}")
    await api("All of them", f"GET {ALL}?limit=1")
    await api("By name", f"GET {ALL}?name=hr%20systeme")
    await api("No such", f"GET {ALL}/{NOBODY}")
    await api("Edited without a version", f"PATCH {one}", {"name": "HR"})
    edited = await api("Edited", f"PATCH {one}", {"name": "HR"}, if_match=shown.headers["etag"])
    await api("Edited as it was before", f"PATCH {one}", {"name": "HR 2"}, if_match=shown.headers["etag"])
    rotated = await api("Another key", f"POST {one}/keys", {"valid_days": 30}, if_match=edited.headers["etag"])
    await api("Not a third", f"POST {one}/keys", {"valid_days": 30})
    first = rotated.body["keys"][0]["id"]
    await api("Revoked", f"POST {one}/keys/{first}/revoke")
    await api("Revoked before", f"POST {one}/keys/{first}/revoke")
    await api("No such key", f"POST {one}/keys/{NOBODY}/revoke")
    await api("The first key is refused", "GET /v1/users", **key)
    await api("Disabled", f"PATCH {one}", {"is_active": False}, if_match="*")
    await api("So is the second", "GET /v1/users", authorization=f"Bearer {rotated.body['key']}")
    await api("No key for it", f"POST {one}/keys", {"valid_days": 30})
    api.pass_time(days=2)
    await api("Expired", "GET /v1/users", **limited)
