"""The OpenAPI document: valid, in step with the routes and the messages, and true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

import jsonschema_rs
import pytest

from application.kernel.access import everyone
from application.kernel.handlers import discover
from application.kernel.messages import Command
from application.people.sign_ins.signing_in import SIGN_IN_REFUSALS, SignIn
from documents.documented_problems import Documented
from domain.kernel.errors import Forbidden
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.routing import Route, operation_id
from entrypoints.http.routes import ROUTES
from kit.about import about, for_each
from worlds.http import Api

DOCUMENT = document(discover())
DOCUMENTED = Documented(DOCUMENT)
SCHEMAS = DOCUMENT["components"]["schemas"]
UUID = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"
MATCHING = {
    "kind": "matching",
    "left": [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}],
    "right": [{"id": "x", "text": "X"}, {"id": "y", "text": "Y"}],
    "correct": {"a": "x", "b": "y"},
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def operation(name: str) -> dict[str, Any]:
    return next(each for _, _, each in operations() if each["operationId"] == name)


def parameter(name: str, of: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in operation(of)["parameters"] if each["name"] == name)
    return found


def allows(component: str, value: Any) -> bool:
    return validator(component).is_valid(value)


@cache
def validator(component: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{component}", "components": {"schemas": SCHEMAS}}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


class TestRoutes:
    def test_every_message_is_routed_once_or_internal(self) -> None:
        routed = [route.message for route in ROUTES]
        assert len(routed) == len(set(routed))
        handlers = discover()
        assert {message.__name__ for message in routed} == {
            message.__name__ for message, handler in handlers.items() if not handler.internal
        }

    def test_public_is_what_everyone_may_ask(self) -> None:
        handlers = discover()
        assert {route.message for route in ROUTES if route.public} == {
            message for message, handler in handlers.items() if handler.allow is everyone
        }

    def test_each_route_is_sound(self) -> None:
        for route in ROUTES:
            with about(operation_id(route)):
                assert (route.method == "GET") is not issubclass(route.message, Command)
                assert (route.status == 204) is (route.result is type(None))
                assert (route.status == 201) is (route.location is not None)
                assert (route.example is None) is not bool(route.body_fields or route.upload)
                assert route.path.startswith("/v1/")


class TestDocument:
    def test_it_says_what_it_is(self) -> None:
        assert DOCUMENT["openapi"] == "3.1.0"
        assert DOCUMENT["info"]["version"] == version("unified-dental-training")
        assert DOCUMENT["servers"] == [{"url": "/"}]

    async def test_it_is_served(self, empty_api: Api) -> None:
        response = await empty_api.get("/schema/openapi.json")
        assert response.headers["content-type"] == "application/json"
        assert response.json() == json.loads(json.dumps(DOCUMENT))

    def test_every_reference_leads_somewhere(self) -> None:
        for reference in references(DOCUMENT):
            target = DOCUMENT
            for step in reference.removeprefix("#/").split("/"):
                assert step in target, reference
                target = target[step]

    def test_every_schema_is_used(self) -> None:
        used = set(references(DOCUMENT))
        assert [name for name in SCHEMAS if f"#/components/schemas/{name}" not in used] == []

    def test_schemas_have_plain_names(self) -> None:
        assert all(re.fullmatch("[A-Za-z]+", name) for name in SCHEMAS)

    def test_every_schema_is_a_json_schema(self) -> None:
        draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        assert [name for name in SCHEMAS if not jsonschema_rs.meta.is_valid({**SCHEMAS[name], **draft})] == []

    def test_it_holds_every_route(self) -> None:
        documented = {(method.upper(), path) for method, path, _ in operations() if path.startswith("/v1/")}
        assert documented == {(route.method, route.path) for route in ROUTES}

    def test_every_operation_is_described(self) -> None:
        for method, path, each in operations():
            with about(f"{method} {path}"):
                assert re.fullmatch("[a-z]+(_[a-z]+)*", each["operationId"])
                assert each["summary"]
                assert set(each["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
                for parameter in each.get("parameters", []):
                    assert parameter["description"], parameter["name"]
                in_path = [parameter["name"] for parameter in each.get("parameters", []) if parameter["in"] == "path"]
                assert in_path == re.findall(r"\{(\w+)\}", path)

    def test_operations_have_names_of_their_own(self) -> None:
        names = [each["operationId"] for _, _, each in operations()]
        assert len(names) == len(set(names))

    def test_the_words_are_those_of_the_message_and_the_handler(self) -> None:
        each = operation("publish_module")
        assert each["summary"] == "Publish a module: freeze its content as a new version for learners."
        assert each["description"].startswith("Authors and administrators publish a version")

    def test_links_lead_to_operations_and_their_parameters(self) -> None:
        names = {each["operationId"]: each for _, _, each in operations()}
        links = [
            link for _, _, each in operations() for link in each["responses"].get("201", {}).get("links", {}).values()
        ]
        assert len(links) > 10
        for link in links:
            known = {f"{each['in']}.{each['name']}" for each in names[link["operationId"]]["parameters"]}
            assert set(link["parameters"]) <= known
        enrolled = operation("enroll_user")["responses"]["201"]["links"]
        assert enrolled["withdraw_enrollment"]["parameters"] == {
            "path.module_id": "$response.body#/module_id",
            "path.user_id": "$response.body#/user_id",
            "header.If-Match": "$response.header.ETag",
        }
        assert "add_question" not in operation("create_module")["responses"]["201"]["links"]


class TestParameters:
    def test_paths_take_ids(self) -> None:
        assert parameter("module_id", "read_module")["schema"] == {"type": "string", "format": "uuid"}
        assert parameter("user_id", "read_user")["schema"] == {
            "anyOf": [{"type": "string", "format": "uuid"}, {"const": "me"}]
        }

    def test_paths_take_numbers_and_text_too(self) -> None:
        assert parameter("number", "read_version")["schema"] == {
            "type": "integer",
            "minimum": 1,
            "maximum": 999_999_999,
        }
        assert parameter("serial", "verify_certificate")["schema"]["type"] == "string"

    def test_what_must_be_asked_is_required(self) -> None:
        assert parameter("since", "compare_versions")["required"] is True
        assert parameter("limit", "list_modules")["required"] is False

    def test_limits_are_those_of_the_message(self) -> None:
        limit = parameter("limit", "list_modules")["schema"]
        assert limit == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        assert parameter("department", "list_users")["schema"]["maxItems"] == 50
        assert parameter("is_active", "list_users")["schema"] == {"type": "boolean"}
        assert parameter("partial", "import_roster")["schema"] == {"type": "boolean", "default": False}

    def test_headers_are_asked_for_where_they_mean_something(self) -> None:
        headers = {
            (each["operationId"], parameter["name"], parameter["required"])
            for _, _, each in operations()
            for parameter in each.get("parameters", [])
            if parameter["in"] == "header"
        }
        assert ("edit_module", "If-Match", True) in headers
        assert ("reorder_sections", "If-Match", True) in headers
        assert ("publish_module", "If-Match", False) in headers
        assert ("read_module", "If-None-Match", False) in headers
        assert ("import_roster", "Idempotency-Key", False) in headers
        keyed = {name for name, header, _ in headers if header == "Idempotency-Key"}
        assert keyed == {operation_id(route) for route in ROUTES if route.method == "POST"}


class TestResponses:
    def test_each_operation_says_which_problems_it_may_answer_with(self) -> None:
        assert set(operation("edit_module")["responses"]) == {
            "200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "429", "431", "500", "503",
        }  # fmt: skip
        assert set(operation("list_modules")["responses"]) == {"200", "401", "403", "422", "429", "431", "500", "503"}
        assert set(operation("read_module")["responses"]) == {
            "200",
            "304",
            "401",
            "403",
            "404",
            "422",
            "429",
            "431",
            "500",
            "503",
        }

    def test_a_document_has_its_own_media_type(self) -> None:
        answers = operation("print_certificate")["responses"]
        assert set(answers["200"]["content"]) == {"application/pdf"}
        assert set(answers) == {"200", "401", "403", "404", "409", "422", "429", "431", "500", "503"}

    def test_public_operations_need_no_sign_in(self) -> None:
        public = operation("verify_certificate")
        assert public["security"] == []
        assert set(public["responses"]) == {"200", "404", "422", "429", "431", "500", "503"}

    def test_what_the_body_names_may_be_missing(self) -> None:
        assert DOCUMENTED.codes(operation("record_session"), 404) == ["module-not-found"]

    def test_problems_are_problem_documents_with_the_codes_that_may_come(self) -> None:
        for response in DOCUMENT["components"]["responses"].values():
            (schema,) = [media["schema"]["$ref"].rpartition("/")[2] for media in response["content"].values()]
            problem, own = SCHEMAS[schema]["allOf"]
            assert problem == {"$ref": "#/components/schemas/Problem"}
            assert own["properties"]["code"]["enum"]

    def test_an_operation_lists_the_codes_that_its_handler_declares(self) -> None:
        enrolling = operation("enroll_user")
        assert DOCUMENTED.codes(enrolling, 404) == ["module-not-found", "not-found", "user-not-found"]
        assert DOCUMENTED.codes(enrolling, 409) == [
            "already-enrolled",
            "idempotency-key-in-flight",
            "module-not-published",
            "user-inactive",
            "user-merged",
        ]
        assert "own-training" in DOCUMENTED.codes(enrolling, 403)
        assert "own-training" not in DOCUMENTED.codes(operation("create_module"), 403)

    def test_a_code_is_listed_only_where_it_may_come(self) -> None:
        # Everybody may list modules, only authors and administrators may create one.
        assert "forbidden" in DOCUMENTED.codes(operation("create_module"), 403)
        assert "forbidden" not in DOCUMENTED.codes(operation("list_modules"), 403)
        # An address has no other user's, and a key is sent with POST.
        assert DOCUMENTED.codes(operation("edit_user"), 409) == [
            "email-taken",
            "employee-id-taken",
            "last-administrator",
            "user-merged",
        ]
        assert DOCUMENTED.codes(operation("edit_section"), 409) == ["module-archived"]
        # Nothing that existed before changes.
        assert "412" not in operation("register_user")["responses"]
        assert DOCUMENTED.codes(operation("revoke_certificate"), 412) == ["stale-version"]

    def test_answers_with_the_same_codes_are_said_once(self) -> None:
        assert operation("list_modules")["responses"]["401"] == {"$ref": "#/components/responses/Unauthorized"}
        assert operation("create_module")["responses"]["403"] == {
            "$ref": "#/components/responses/ForbiddenByRoleScopeMissing"
        }

    def test_each_refusal_of_a_sign_in_has_a_documented_code(self) -> None:
        declared = {error for error in discover()[SignIn].raises if issubclass(error, Forbidden)}
        assert declared <= set(SIGN_IN_REFUSALS)

    def test_what_one_gets_is_complete(self) -> None:
        for name in ("ModuleDetail", "UserView", "Video", "Numeric", "ShortText", "QuestionList"):
            assert set(SCHEMAS[name]["required"]) == set(SCHEMAS[name]["properties"]), name

    def test_pages_have_a_cursor(self) -> None:
        assert SCHEMAS["UserViewPage"]["required"] == ["items", "next_cursor"]

    async def test_answers_have_the_documented_form(self, api: Api) -> None:
        module = await api.published()
        user = await api.user(profile_metadata={"a": [None, {"b": 1.5}]})
        path = f"/v1/modules/{module['id']}"
        enrolled = await api.post(f"{path}/enrollments", json={"user_id": user["id"]})
        assert allows("ModuleDetail", module)
        assert allows("KeptUser", user)
        assert allows("EnrollmentView", enrolled.json())
        for url, component in {
            "/v1/modules": "ModuleSummaryPage",
            "/v1/users?limit=1": "UserViewPage",
            f"{path}/enrollments": "ParticipantPage",
            f"/v1/users/{user['id']}/enrollments": "EnrolledModulePage",
            f"{path}/sections/{module['sections'][1]['id']}/questions": "QuestionList",
            "/v1/reports/participation": "ParticipationReport",
            "/v1/nothing": "Problem",
            "/v1/users?limit=x": "Problem",
        }.items():
            answer = (await api.get(url)).json()
            assert allows(component, answer), answer


class TestBodies:
    @for_each("route", [each for each in ROUTES if each.body_fields], ids=operation_id)
    def test_examples_are_valid(self, route: Route) -> None:
        body = operation(operation_id(route))["requestBody"]
        media = body["content"]["application/json"]
        assert allows(media["schema"]["$ref"].rsplit("/", 1)[1], media["example"])

    def test_they_may_be_missing_where_nothing_must_be_said(self) -> None:
        optional = {
            each["operationId"] for _, _, each in operations() if not each.get("requestBody", {}).get("required", True)
        }
        assert optional == {
            *("approve_decree", "approve_relief", "approve_version", "publish_module", "complete_section"),
            *("submit_attempt", "withdraw_credential", "rotate_webhook_secret"),
        }

    async def test_examples_are_accepted(self, api: Api) -> None:
        module = await api.post("/v1/modules", json=operation_example("create_module"))
        path = module.headers["location"]
        quiz = module.json()["sections"][1]["id"]
        changes: list[tuple[str, str, str]] = [
            ("edit_module", "PATCH", path),
            ("add_section", "POST", f"{path}/sections"),
            ("edit_section", "PATCH", f"{path}/sections/{quiz}"),
            ("add_question", "POST", f"{path}/sections/{quiz}/questions"),
            ("register_user", "POST", "/v1/users"),
            ("edit_user", "PATCH", "/v1/users/me"),
            ("deactivate_users", "POST", "/v1/users/deactivate"),
        ]
        for name, method, url in changes:
            response = await api.request(method, url, json=operation_example(name), headers={"if-match": "*"})
            assert response.is_success, response.text
        await api.post(f"{path}/publish")
        response = await api.post(f"{path}/enrollments/bulk", json=operation_example("enroll_users"))
        assert response.json()["enrolled"] == 1
        roster = operation("import_roster")["requestBody"]["content"]["text/csv"]
        response = await api.post("/v1/users/import", content=roster["example"], headers={"content-type": "text/csv"})
        assert (response.json()["created"], response.json()["unchanged"]) == (2, 0)

    @for_each(
        ("component", "body", "valid"),
        [
            ("CreateModule", {"title": "Hand hygiene"}, True),
            ("CreateModule", {"title": "看"}, False),
            ("CreateModule", {"title": "看", "slug": "look"}, True),
            ("CreateModule", {"title": "看", "slug": None}, False),
            ("CreateModule", {"title": " "}, False),
            ("CreateModule", {"title": "\x1f"}, False),
            ("CreateModule", {"title": "a\0"}, False),
            ("CreateModule", {"title": "a", "status": "draft"}, False),
            ("EditModule", {}, False),
            ("EditModule", {"citation": None}, True),
            ("EditModule", {"title": None}, False),
            ("EnrollUsers", {}, False),
            ("EnrollUsers", {"user_ids": [], "departments": []}, False),
            ("EnrollUsers", {"departments": ["Claims"]}, True),
            ("EnrollUser", {"user_id": UUID}, True),
            ("EnrollUser", {"user_id": UUID.replace("-", "")}, False),
            ("VideoInput", {"kind": "video", "url": "https://x.example", "duration_seconds": 1}, True),
            ("VideoInput", {"url": "https://x.example", "duration_seconds": 1}, False),
            ("RegisterUser", {"email": "ana@example.com", "profile_metadata": {"a": {"b": [1, "x", None]}}}, True),
            ("RegisterUser", {"email": "ana@example.com", "profile_metadata": {"a": {"b": [2**63]}}}, False),
            ("RegisterUser", {"email": "ana@example.com", "profile_metadata": {"a": {"\0": 1}}}, False),
            ("RegisterUser", {"email": "ana@example.com", "profile_metadata": {"\0": 1}}, False),
            ("SubmitAttempt", {"answers": {UUID: "a"}}, True),
            ("SubmitAttempt", {"answers": {"a": "a"}}, False),
            ("Matching", MATCHING, True),
            ("Matching", {**MATCHING, "correct": {"a": "x", "B": "y"}}, False),
        ],
    )
    def test_schemas_say_what_is_checked(self, component: str, body: Any, valid: bool) -> None:
        assert allows(component, body) is valid


def operation_example(name: str) -> Any:
    return operation(name)["requestBody"]["content"]["application/json"]["example"]


async def test_the_page_needs_no_other_server(empty_api: Api) -> None:
    page = await empty_api.get("/schema")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 5
    for link in links:
        asset = await empty_api.get(link)
        assert asset.status_code == 200, link
        assert asset.headers["x-content-type-options"] == "nosniff"
    start = await empty_api.get("/schema/assets/start.js")
    assert "/schema/page.json" in start.text
    assert "http" not in start.text


@pytest.mark.parametrize("name", ["index.html", "..%2f__init__.py", "swagger-ui.css.map", "x"])
async def test_the_page_has_no_other_assets(empty_api: Api, name: str) -> None:
    assert (await empty_api.get(f"/schema/assets/{name}")).json()["code"] == "not-found"
