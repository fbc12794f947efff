"""Service accounts over HTTP: managing them, and what they meet when they sign in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from adapters.memory.kit.outbox import OUTBOX
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.people.service_accounts.commands import CreateServiceAccount
from application.people.service_accounts.signing_in import KeyReader, KeySignIn
from application.people.users.commands import EditUser
from domain.kernel.key_scopes import KeyScope
from domain.kernel.roles import Role
from domain.people.service_account_keys import TEST, key_text
from entrypoints.http.kit.actors import bearer
from entrypoints.http.kit.allowances import LocalAllowances, Refusals, Spending
from entrypoints.http.kit.requests import HttpRequest, header
from entrypoints.http.routes import ROUTES
from entrypoints.http.routes.service_accounts import NEW_ACCOUNT
from kit.surroundings import ADMINISTRATOR_ID, as_administrator
from worlds.http import Api, World

SYSTEM = Actor.system()
ALL = "/v1/service-accounts"
EVERY_SCOPE = [scope.value for scope in KeyScope]


class Office:
    """The API, where requests with a key come from its service account, and all others from an administrator."""

    def __init__(self, world: World, refused_a_minute: float = 1_000, **replaced: Any) -> None:
        self.world = world
        self.bus: Bus = world.bus()
        sign_in = KeySignIn(world.objects[KeyReader], self.bus, world.clock)
        by_key = bearer(sign_in, Refusals(LocalAllowances(world.clock), world.clock, refused_a_minute))

        async def authenticate(request: HttpRequest) -> Actor:
            return await (by_key if header(request, b"authorization") else as_administrator)(request)

        self.api: Api = world.client(bus=self.bus, authenticate=authenticate, **replaced)

    async def key(self, *scopes: str, **changes: Any) -> dict[str, str]:
        """The headers of a new service account, made by the administrator."""
        body = {**NEW_ACCOUNT, "scopes": list(scopes), **changes}
        made = await self.api.post(ALL, json=body)
        assert made.status_code == 201, made.text
        return {"authorization": f"Bearer {made.json()['key']}"}


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


class TestManaging:
    async def test_an_account_from_creating_to_disabling(self, office: Office) -> None:
        api = office.api
        made = await api.post(ALL, json=NEW_ACCOUNT)
        body, path = made.json(), made.headers["location"]
        assert (made.status_code, path) == (201, f"{ALL}/{body['id']}")
        assert body["key"].startswith("udt_test_")
        assert (body["departments"], body["keys"][0]["last_used_at"]) == (None, None)

        read = await api.get(path)
        shown = {name: value for name, value in body.items() if name not in ("key", "unknown_departments")}
        assert read.json() == shown
        assert (await api.get(ALL, params={"name": "hr SYSTEM"})).json()["items"] == [shown]
        assert (await api.get(ALL, params={"name": "nobody"})).json()["items"] == []

        assert (await api.patch(path, json={"name": "HR"})).status_code == 428
        edited = await api.patch(path, json={"departments": ["Lab"], "scopes": ["people:read"]}, headers=match(read))
        assert (edited.status_code, edited.json()["departments"]) == (200, ["Lab"])
        assert [each["name"] for each in edited.json()["unknown_departments"]] == ["Lab"]
        assert (await api.patch(path, json={"name": "HR"}, headers=match(read))).status_code == 412

        rotated = await api.post(f"{path}/keys", json={"valid_days": 30}, headers=match(edited))
        assert (rotated.status_code, rotated.headers["location"]) == (201, path)
        assert len(rotated.json()["keys"]) == 2
        third = await api.post(f"{path}/keys", json={"valid_days": 30})
        assert (third.status_code, third.json()["code"]) == (409, "too-many-keys")

        old = f"{path}/keys/{body['keys'][0]['id']}/revoke"
        revoked = await api.post(old, headers=match(rotated))
        assert (revoked.status_code, revoked.json()["keys"][0]["revoked_at"]) == (200, "2026-03-02T12:00:00Z")
        assert (await api.post(old)).json()["code"] == "key-has-ended"

        off = await api.patch(path, json={"is_active": False}, headers=match(revoked))
        assert off.json()["is_active"] is False
        refused = await api.get("/v1/users", headers={"authorization": f"Bearer {rotated.json()['key']}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "service-account-disabled")

    async def test_mistakes_are_named_all_at_once(self, office: Office) -> None:
        wrong = {"name": "", "purpose": "x", "scopes": ["people:fly"], "valid_days": 367, "departments": []}
        answer = await office.api.post(ALL, json=wrong)
        pointers = {error["pointer"] for error in answer.json()["errors"]}
        assert (answer.status_code, pointers) == (422, {"/name", "/scopes/0", "/valid_days", "/departments"})
        missing = await office.api.post(ALL, json={"name": "HR", "purpose": "x", "scopes": ["people:read"]})
        assert [error["pointer"] for error in missing.json()["errors"]] == ["/valid_days"]

    async def test_a_scope_that_departments_cannot_limit_is_refused_with_them(self, office: Office) -> None:
        answer = await office.api.post(ALL, json={**NEW_ACCOUNT, "departments": ["Lab"]})
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["pointer"]) == (422, "/scopes")
        assert "people:write cannot be limited" in error["message"]

    async def test_a_name_is_taken_once(self, office: Office) -> None:
        await office.api.post(ALL, json=NEW_ACCOUNT)
        taken = await office.api.post(ALL, json={**NEW_ACCOUNT, "name": "HR SYSTEM"})
        assert (taken.status_code, taken.json()["code"]) == (409, "service-account-name-taken")


def match(answer: Any) -> dict[str, str]:
    return {"if-match": answer.headers["etag"]}


class TestShownOnce:
    @pytest.mark.parametrize("path", ["", "/{id}/keys"])
    async def test_a_repeated_request_makes_no_other_key_and_shows_none(self, office: Office, path: str) -> None:
        account = (await office.api.post(ALL, json={**NEW_ACCOUNT, "name": "Before"})).json()
        body = NEW_ACCOUNT if path == "" else {"valid_days": 30}
        answers = [
            await office.api.post(ALL + path.format_map(account), json=body, headers={"idempotency-key": "k-1"})
            for _ in range(2)
        ]
        first, again = (answer.json() for answer in answers)
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[1].headers["idempotency-replayed"] == "true"
        assert first["key"].startswith("udt_test_")
        assert again == {**first, "key": None}

    async def test_the_text_of_a_key_is_nowhere_in_the_store(self, office: Office) -> None:
        """Neither in the account, nor in the answers kept for repeated requests, nor in events."""
        answer = await office.api.post(ALL, json=NEW_ACCOUNT, headers={"idempotency-key": "k-1"})
        key = answer.json()["key"]
        assert (await office.api.get("/v1/users", headers={"authorization": f"Bearer {key}"})).status_code == 200
        stored = repr([vars(row) if hasattr(row, "__dict__") else row for row in rows_of(office.world)])
        assert answer.json()["id"] in stored.replace("UUID", "")
        assert key.rpartition("_")[2] not in stored

    async def test_no_other_answer_shows_it(self, office: Office) -> None:
        made = (await office.api.post(ALL, json=NEW_ACCOUNT)).json()
        path = f"{ALL}/{made['id']}"
        told = [
            await office.api.get(ALL),
            await office.api.get(path),
            await office.api.patch(path, json={"name": "HR"}, headers={"if-match": "*"}),
            await office.api.post(f"{path}/keys", json={"valid_days": 1}),
            await office.api.post(f"{path}/keys/{made['keys'][0]['id']}/revoke"),
            await office.api.get("/v1/users", headers={"authorization": f"Bearer {made['key']}"}),
        ]
        assert [answer.status_code for answer in told] == [200, 200, 200, 201, 200, 401]
        assert not any(made["key"] in f"{answer.text} {answer.headers}" for answer in told)


def rows_of(world: World) -> list[Any]:
    return [row for table in world.store.tables.values() for row in table.rows()]


class TestSigningIn:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("udt_", "key-malformed"),
            ("udt_live_", "key-malformed"),
            ("udt_live_" + "\xe9" * 82, "key-malformed"),
            ("udt_test_" + "A" * 8_000, "key-malformed"),
            (key_text(TEST, UUID(int=404), 7), "key-unknown"),
            (key_text(TEST, UUID(int=404), 7).replace("udt_test", "udt_live"), "key-malformed"),
        ],
    )
    async def test_what_is_not_a_key_of_ours_is_401(self, office: Office, text: str, code: str) -> None:
        answer = await office.api.get("/v1/users", headers=[(b"authorization", f"Bearer {text}".encode("latin-1"))])
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert text not in answer.text

    async def test_refused_keys_are_counted_by_address_and_good_ones_go_on(self, world: World) -> None:
        office = Office(world, refused_a_minute=3)
        good = await office.key("people:read")
        assert (await office.api.get("/v1/users", headers=good)).status_code == 200
        bad = {"authorization": f"Bearer {key_text(TEST, UUID(int=404), 7)}"}
        answers = [await office.api.get("/v1/users", headers=bad) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429]
        assert (await office.api.get("/v1/users", headers=good)).status_code == 200

    async def test_costly_requests_are_counted_for_each_account(self, world: World) -> None:
        spending = Spending(LocalAllowances(world.clock), per_person=4, per_address=1_000)
        office = Office(world, spending=spending)
        keys = [await office.key("people:write", name=name) for name in ("One", "Other")]
        body = {"user_ids": [str(UUID(int=404))]}
        statuses = [
            [(await office.api.post("/v1/users/deactivate", json=body, headers=key)).status_code for _ in range(3)]
            for key in keys
        ]
        assert statuses == [[200, 200, 429]] * 2

    async def test_the_last_use_is_shown(self, office: Office) -> None:
        made = (await office.api.post(ALL, json=NEW_ACCOUNT)).json()
        await office.api.get("/v1/users", headers={"authorization": f"Bearer {made['key']}"})
        shown = (await office.api.get(f"{ALL}/{made['id']}")).json()
        assert (shown["keys"][0]["last_used_at"], shown["version"]) == ("2026-03-02T12:00:00Z", 1)

    async def test_what_it_does_is_reported_in_its_name(self, office: Office) -> None:
        made = (await office.api.post(ALL, json={**NEW_ACCOUNT, "scopes": EVERY_SCOPE})).json()
        key = {"authorization": f"Bearer {made['key']}"}
        module, user = await office.api.published(), await office.api.user()
        path = f"/v1/modules/{module['id']}/enrollments"
        enrolled = await office.api.post(path, json={"user_id": user["id"]}, headers={**key, "idempotency-key": "k"})
        assert (enrolled.status_code, enrolled.json()["enrolled_by"]) == (201, made["id"])
        *_, entry = office.world.store.table(OUTBOX).rows()
        assert (type(entry.event).__name__, str(entry.actor.id), entry.actor.kind) == (
            *("UsersEnrolled", made["id"]),
            "service-account",
        )
        # The keys of requests are the account's own.
        other = await office.api.post(path, json={"user_id": user["id"]}, headers={"idempotency-key": "k"})
        assert (other.status_code, other.json()["code"]) == (409, "already-enrolled")


OF_PEOPLE = [route for route in ROUTES if "user_id" in route.path_fields]


class TestWhatNeedsAPerson:
    @pytest.mark.parametrize("route", OF_PEOPLE, ids=lambda route: f"{route.method} {route.path}")
    async def test_me_is_a_person(self, office: Office, route: Any) -> None:
        key = await office.key(*EVERY_SCOPE)
        ids = dict.fromkeys(route.path_fields, str(UUID(int=7))) | {"user_id": "me"}
        answer = await office.api.request(route.method, route.path.format_map(ids), headers={**key, "if-match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (403, "person-required")

    async def test_nothing_that_a_key_does_gives_somebody_rights(self, office: Office) -> None:
        await office.world.has_its_actor()
        key, api = await office.key("people:read", "people:write"), office.api
        ana = await api.user("ana@example.com")
        boss = await api.user("boss@example.com", role="admin")
        await api.patch(f"/v1/users/{boss['id']}", json={"is_active": False}, headers={"if-match": "*"})
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/v1/users", {"email": "eva@example.com", "role": "admin"}),
            ("POST", "/v1/users", {"email": "eva@example.com", "managed_departments": ["Lab"]}),
            ("PATCH", f"/v1/users/{ana['id']}", {"role": "author"}),
            ("PATCH", f"/v1/users/{ana['id']}", {"role": "authenticated"}),
            ("PATCH", f"/v1/users/{ana['id']}", {"managed_departments": ["Lab"]}),
            ("PATCH", f"/v1/users/{boss['id']}", {"is_active": True}),
        ]
        for method, path, body in asked:
            answer = await api.request(method, path, json=body, headers={**key, "if-match": "*"})
            assert (answer.status_code, answer.json()["code"]) == (403, "person-required"), body
        plain = await api.post("/v1/users", json={"email": "eva@example.com", "role": "authenticated"}, headers=key)
        assert plain.status_code == 201
        for active in (False, True):
            edited = await api.patch(
                f"/v1/users/{ana['id']}", json={"is_active": active}, headers={**key, "if-match": "*"}
            )
            assert (edited.status_code, edited.json()["is_active"]) == (200, active)

    async def test_a_key_does_not_reactivate_its_maker(self, office: Office) -> None:
        await office.world.has_its_actor()
        key, path = await office.key("people:write"), f"/v1/users/{ADMINISTRATOR_ID}"
        await office.api.user("another@example.com", role="admin")
        gone = EditUser(ADMINISTRATOR_ID, role=Role.AUTHENTICATED, is_active=False)
        await office.bus.execute(gone, SYSTEM)
        answer = await office.api.patch(path, json={"is_active": True}, headers={**key, "if-match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (403, "person-required")

    @pytest.mark.parametrize("who", ["same_person", "new_person"])
    async def test_only_a_person_decides_whose_an_address_is(self, office: Office, who: str) -> None:
        key = {**await office.key("people:write"), "content-type": "text/csv"}
        roster = b"email,full_name\nana@example.com,Ana Ruiz\n"
        assert (await office.api.post("/v1/users/import", content=roster, headers=key)).status_code == 200
        answer = await office.api.post("/v1/users/import", params={who: "ana@example.com"}, content=roster, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "person-required")

    async def test_a_key_moves_no_enrollment_since_that_can_complete_it(self, office: Office) -> None:
        key, module = await office.key("catalogue:write"), await office.api.published()
        path = f"/v1/modules/{module['id']}"
        headers = {**key, "if-match": "*"}
        assert (await office.api.patch(path, json={"title": "Changed"}, headers=headers)).status_code == 200
        body = {"change_note": "Less to do.", "material": True, "reopens": "nobody"}
        moving = await office.api.post(f"{path}/publish", json={**body, "move_enrollments": True}, headers=headers)
        assert (moving.status_code, moving.json()["code"]) == (403, "person-required")
        assert (await office.api.post(f"{path}/publish", json=body, headers=headers)).status_code == 200

    async def test_a_key_does_not_decide_about_the_training_of_its_maker(self, office: Office) -> None:
        await office.world.has_its_actor()
        key, module = await office.key("enrollments:write"), await office.api.published()
        path = f"/v1/modules/{module['id']}/enrollments"
        one = await office.api.post(path, json={"user_id": str(ADMINISTRATOR_ID)}, headers=key)
        assert (one.status_code, one.json()["code"]) == (403, "own-training")
        many = await office.api.post(f"{path}/bulk", json={"user_ids": [str(ADMINISTRATOR_ID)]}, headers=key)
        assert [each["code"] for each in many.json()["refused"]] == ["own-training"]
        await office.world.enrolls(module["id"])
        gone = await office.api.delete(f"{path}/{ADMINISTRATOR_ID}", headers={**key, "if-match": "*"})
        assert (gone.status_code, gone.json()["code"]) == (403, "own-training")
        # Made at the command line, a key was shown to nobody.
        made = await office.bus.execute(CreateServiceAccount("CLI", "?", (KeyScope.ENROLLMENTS_WRITE,), 1), SYSTEM)
        by_operator = {"authorization": f"Bearer {made.key}", "if-match": "*"}
        assert (await office.api.delete(f"{path}/{ADMINISTRATOR_ID}", headers=by_operator)).status_code == 204
