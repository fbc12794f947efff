"""Conditional requests: ETag, If-Match, If-None-Match."""

from __future__ import annotations

from uuid import UUID

import pytest

from adapters.memory.catalogue.modules import MemoryModuleReader
from application.catalogue.modules.queries import ModuleDetail, ModuleReader
from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.http.kit.requests import HttpRequest
from kit.examples import uid
from worlds.http import Api, World


class TestEntityTags:
    async def test_each_change_of_a_module_has_a_tag_of_its_own(self, api: Api) -> None:
        created = await api.post("/v1/modules", json={"title": "Hand hygiene"})
        path = created.headers["location"]
        assert created.headers["etag"] == '"1"'
        assert (await api.get(path)).headers["etag"] == '"1"'
        section = {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash."}}
        added = await api.post(f"{path}/sections", json=section)
        assert (added.headers["etag"], added.json()["module_version"]) == ('"2"', 2)
        assert (await api.post(f"{path}/publish")).headers["etag"] == '"3"'

    async def test_lists_and_reports_have_none(self, api: Api) -> None:
        for path in ("/v1/modules", "/v1/users", "/v1/reports/participation", "/health/live"):
            assert "etag" not in (await api.get(path)).headers

    async def test_questions_carry_the_version_of_their_module(self, api: Api) -> None:
        module = await api.module()
        path = f"/v1/modules/{module['id']}/sections/{module['sections'][1]['id']}/questions"
        added = await api.post(path, json={"prompt": "True?", "metadata": {"kind": "true_false", "correct": True}})
        assert (added.status_code, added.headers["etag"]) == (201, '"2"')
        assert added.headers["location"] == f"{path}/{added.json()['id']}"
        changed = await api.patch(added.headers["location"], json={"points": 2}, headers={"if-match": '"2"'})
        assert (changed.json()["points"], changed.headers["etag"]) == (2, '"3"')
        removed = await api.delete(added.headers["location"], headers={"if-match": '"3"'})
        assert (removed.status_code, removed.content) == (204, b"")


class TestIfMatch:
    @pytest.mark.parametrize(
        ("header", "status"),
        [
            ('"1"', 200),
            ("*", 200),
            ('"7", "1"', 200),
            ('"7" ,\t"1"', 200),
            ('"2"', 412),
            ('""', 412),
            ('W/"1"', 412),
            ('W/"1", "2"', 412),
            ('"01"', 412),
            ('"1 "', 422),
            ("1", 422),
            ("", 422),
            ('"1" "2"', 422),
            ('"1",', 422),
            ("*, *", 422),
            ('"' + "9" * 5_000 + '"', 412),
        ],
    )
    async def test_a_change_wants_the_present_version(self, api: Api, header: str, status: int) -> None:
        module = await api.module()
        response = await api.patch(f"/v1/modules/{module['id']}", json={"title": "New"}, headers={"if-match": header})
        assert response.status_code == status, response.text
        if status == 412:
            assert response.json()["code"] == "stale-version"
        if status == 422:
            assert [(e["in"], e["pointer"]) for e in response.json()["errors"]] == [("header", "/if-match")]

    async def test_several_headers_are_one_list(self, api: Api) -> None:
        module = await api.module()
        headers = [("if-match", '"7"'), ("if-match", '"1"')]
        response = await api.patch(f"/v1/modules/{module['id']}", json={"title": "New"}, headers=headers)
        assert response.status_code == 200

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    async def test_changing_without_it_is_refused(self, api: Api, method: str) -> None:
        module = await api.module()
        response = await api.request(method, f"/v1/modules/{module['id']}", json={})
        assert (response.status_code, response.json()["code"]) == (428, "precondition-required")
        assert "If-Match" in response.json()["detail"]

    async def test_putting_an_order_wants_it_too(self, api: Api) -> None:
        module = await api.module()
        path = f"/v1/modules/{module['id']}/sections/order"
        order = {"section_ids": [section["id"] for section in module["sections"][::-1]]}
        assert (await api.put(path, json=order)).status_code == 428
        response = await api.put(path, json=order, headers={"if-match": '"1"'})
        assert [section["title"] for section in response.json()["sections"]] == ["Check", "Read"]
        assert response.headers["etag"] == '"2"'

    async def test_a_post_may_name_a_version(self, api: Api) -> None:
        module = await api.module()
        path = f"/v1/modules/{module['id']}/publish"
        assert (await api.post(path, headers={"if-match": '"2"'})).status_code == 412
        assert (await api.post(path, headers={"if-match": '"1"'})).status_code == 200

    async def test_enrollments_and_users_have_versions(self, api: Api) -> None:
        module, user = await api.published(), await api.user()
        enrolled = await api.post(f"/v1/modules/{module['id']}/enrollments", json={"user_id": user["id"]})
        path = enrolled.headers["location"]
        assert (await api.delete(path, headers={"if-match": '"2"'})).status_code == 412
        assert (await api.delete(path, headers={"if-match": enrolled.headers["etag"]})).status_code == 204
        path = f"/v1/users/{user['id']}"
        assert (await api.patch(path, json={"is_active": False}, headers={"if-match": '"2"'})).status_code == 412
        changed = await api.patch(path, json={"is_active": False}, headers={"if-match": '"1"'})
        assert (changed.headers["etag"][:3], changed.json()["is_active"]) == ('"2-', False)


class TestIfNoneMatch:
    @pytest.mark.parametrize("header", ['"1"', 'W/"1"', "*", '"7", "1"'])
    async def test_who_has_it_is_not_sent_it_again(self, api: Api, header: str) -> None:
        module = await api.module()
        response = await api.get(f"/v1/modules/{module['id']}", headers={"if-none-match": header})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", '"1"')
        assert "content-type" not in response.headers

    @pytest.mark.parametrize("header", ['"2"', '""', '"01"'])
    async def test_others_are_sent_it(self, api: Api, header: str) -> None:
        module = await api.module()
        response = await api.get(f"/v1/modules/{module['id']}", headers={"if-none-match": header})
        assert (response.status_code, response.json()) == (200, module)

    async def test_a_module_is_not_read_for_it(self, world: World) -> None:
        class Versions(MemoryModuleReader):
            async def detail(self, module_id: UUID) -> ModuleDetail | None:
                raise AssertionError("more than its version is read")

        world.objects[ModuleReader] = Versions(world.store)
        async with world.client() as api:
            module = await api.module()
            response = await api.get(f"/v1/modules/{module['id']}", headers={"if-none-match": '"1"'})
            assert (response.status_code, response.headers["etag"]) == (304, '"1"')

    async def test_nobody_learns_of_what_he_may_not_see(self, world: World) -> None:
        async def as_learner(request: HttpRequest) -> Actor:
            return Actor(uid(1), Role.AUTHENTICATED, request_id=request.scope["state"]["request_id"])

        async with world.client() as author, world.client(authenticate=as_learner) as learner:
            path = f"/v1/modules/{(await author.module())['id']}"
            for header in ("*", '"1"', "no tag"):
                assert (await learner.get(path, headers={"if-none-match": header})).status_code == 404
            await author.post(f"{path}/publish")
            assert (await learner.get(path, headers={"if-none-match": '"2-offered"'})).status_code == 304

    async def test_what_has_no_cheaper_version_is_read(self, api: Api) -> None:
        path = f"/v1/users/{(await api.user())['id']}"
        tag = (await api.get(path)).headers["etag"]
        assert (await api.get(path, headers={"if-none-match": tag})).status_code == 304
        assert (await api.get(path, headers={"if-none-match": tag.replace('"1-', '"2-')})).status_code == 200
        assert (await api.get(path, headers={"if-none-match": '"1"'})).status_code == 200

    async def test_what_is_no_tag_is_refused(self, api: Api) -> None:
        module = await api.module()
        response = await api.get(f"/v1/modules/{module['id']}", headers={"if-none-match": "1"})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/if-none-match"
