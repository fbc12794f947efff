"""Query strings, pages and cursors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.kernel.messages import Cursor
from entrypoints.http.kit.cursors import SORTED_PATTERN, decode, encode, next_link
from kit.about import for_each
from worlds.http import Api, World

CURSOR = "A" * 32


def errors_of(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    assert {error["in"] for error in response.json()["errors"]} == {"query"}
    return [(error["pointer"], error["message"]) for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", [("/limit", LIMIT := "must be from 1 to 200")]),
        ("limit=201", [("/limit", LIMIT)]),
        ("limit=99999999999999999999", [("/limit", WHOLE := "must be a whole number")]),
        ("limit=1.5", [("/limit", WHOLE)]),
        ("limit=1.0", [("/limit", WHOLE)]),
        ("limit=05", [("/limit", WHOLE)]),
        ("limit=%2B5", [("/limit", WHOLE)]),
        ("limit=", [("/limit", WHOLE)]),
        ("limit=true", [("/limit", WHOLE)]),
        ("limit=1&limit=2", [("/limit", ONCE := "must be given once")]),
        ("is_active=yes", [("/is_active", BOOL := "must be true or false")]),
        ("is_active=True", [("/is_active", BOOL)]),
        ("is_active=1", [("/is_active", BOOL)]),
        ("is_active=", [("/is_active", BOOL)]),
        ("q=", [("/q", "must have 1 to 100 characters, and has 0")]),
        ("q=%20", [("/q", "must not be blank")]),
        ("q=a%00b", [("/q", "must not contain a NUL character")]),
        ("q=%ff", [("", UTF_8 := "must be percent-encoded UTF-8")]),
        ("q=%ed%a0%80", [("", UTF_8)]),
        ("department=A&department=", [("/department/1", "must have 1 to 120 characters, and has 0")]),
        ("departments=A", [("/departments", UNKNOWN := "is not known here")]),
        ("user_id=1", [("/user_id", UNKNOWN)]),
        ("cursor=x", [("/cursor", TAMPERED := "is not a cursor; send `next_cursor` back unchanged")]),
        ("cursor=", [("/cursor", TAMPERED)]),
        (f"cursor={CURSOR[:-1]}", [("/cursor", TAMPERED)]),
        (f"cursor=B{CURSOR[1:]}", [("/cursor", TAMPERED)]),
        (f"cursor={CURSOR}&cursor={CURSOR}", [("/cursor", ONCE)]),
        ("metadata=x", [("/metadata", "must be a path, a colon and a value, such as license_state:TX")]),
        ("limit=0&x=1", [("/x", UNKNOWN), ("/limit", LIMIT)]),
    ],
)
async def test_what_is_wrong_in_a_query(empty_api: Api, query: str, expected: list[tuple[str, str]]) -> None:
    assert errors_of(await empty_api.get(f"/v1/users?{query}")) == expected


async def test_a_choice_names_what_there_is(empty_api: Api) -> None:
    response = await empty_api.get("/v1/modules?status=new")
    assert errors_of(response) == [("/status", "must be 'draft', 'published' or 'archived'")]


@pytest.mark.parametrize("path", ["/v1/modules", "/v1/users/deactivate", "/v1/users/me", "/v1/reports/participation"])
async def test_nothing_takes_parameters_that_it_does_not_know(empty_api: Api, path: str) -> None:
    method = "POST" if path == "/v1/users/deactivate" else "GET"
    response = await empty_api.request(method, f"{path}?cursors=1", json={"user_ids": []})
    assert errors_of(response) == [("/cursors", "is not known here")]


async def test_users_are_found_by_each_condition(api: Api) -> None:
    ana = await api.user("ana@example.com", department="Hygiene", profile_metadata={"license_state": "TX"})
    ben = await api.user("ben@example.com", department="Front desk & billing")
    for query, found in {
        "department=Hygiene": [ana],
        "department=Hygiene&department=Front+desk+%26+billing": [ben, ana],
        "q=ANA%40": [ana],
        "metadata=license_state:TX": [ana],
        "department=Claims": [],
        "is_active=false": [],
        "is_active=true&q=example.com&limit=1": [ben],
    }.items():
        response = await api.get(f"/v1/users?{query}")
        assert [user["id"] for user in response.json()["items"]] == [user["id"] for user in found], query


class TestPages:
    async def test_cursors_lead_through_the_whole_list(self, world: World, api: Api) -> None:
        made = []
        for number in range(5):
            world.clock.advance(timedelta(microseconds=number))
            made.append((await api.module(title=f"Module {number}", tags=["osha"]))["id"])
        seen: list[str] = []
        url = "/v1/modules?tag=osha&limit=2"
        while url:
            response = await api.get(url)
            page = response.json()
            seen += [module["id"] for module in page["items"]]
            link = response.headers.get("link")
            assert (link is None) is (page["next_cursor"] is None)
            if link:
                assert link == f'</v1/modules?tag=osha&limit=2&cursor={page["next_cursor"]}>; rel="next"'
            url = link.removeprefix("<").split(">")[0] if link else ""
        assert seen == made[::-1]

    async def test_an_empty_list_has_no_next_page(self, empty_api: Api) -> None:
        response = await empty_api.get("/v1/modules")
        assert response.json() == {"items": [], "next_cursor": None}
        assert "link" not in response.headers

    @given(
        st.datetimes(datetime(1970, 1, 1), datetime(4200, 1, 1), timezones=st.just(UTC)),  # bounds are naive
        st.uuids(),
    )
    def test_a_cursor_comes_back_as_it_was(self, at: datetime, id: Any) -> None:
        assert decode(encode(Cursor(at, id))) == Cursor(at, id)

    @given(st.from_regex(r"A[A-P][A-Za-z0-9_-]{30}", fullmatch=True))
    def test_every_text_of_the_form_is_a_cursor(self, text: str) -> None:
        cursor = decode(text)
        assert cursor is not None
        assert encode(cursor) == text

    @given(
        st.datetimes(datetime(1970, 1, 1), datetime(4200, 1, 1), timezones=st.just(UTC))  # bounds are naive
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        st.uuids(),
        st.booleans(),
    )
    def test_a_cursor_of_another_order_comes_back_as_it_was(self, at: Any, id: Any, backwards: bool) -> None:
        name = ("name" if isinstance(at, str) else "enrolled_at") if backwards else "-full_name"
        cursor = Cursor(at if name != "-full_name" else str(at), id, name)
        assert decode(encode(cursor), sorts=True) == cursor
        assert decode(encode(cursor)) is None

    @given(st.from_regex(SORTED_PATTERN, fullmatch=True))
    def test_no_text_of_the_form_breaks_anything(self, text: str) -> None:
        cursor = decode(text, sorts=True)
        assert cursor is None or isinstance(cursor, Cursor)

    @for_each(
        "text",
        [
            "name..AAAA",
            "name.AA.",
            "name._w.AAAAAAAAAAAAAAAAAAAAAA",
            "name.AA.AAAAAAAAAAAAAAAAAAAAAA",
            "created_at.AA.AAAAAAAAAAAAAAAAAAAAAA",
            "created_at.gAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA",
            "name.A.AAAAAAAAAAAAAAAAAAAAAA",
        ],
    )
    def test_what_is_not_quite_a_cursor_is_none(self, text: str) -> None:
        assert decode(text, sorts=True) is None

    def test_a_link_keeps_what_needs_escaping(self) -> None:
        link = next_link("/v1/users", [("q", 'a>b"&c'), ("cursor", "old")], "new")
        assert link == '</v1/users?q=a%3Eb%22%26c&cursor=new>; rel="next"'


async def test_times_are_utc_in_rfc_3339(api: Api) -> None:
    module = await api.module()
    assert module["created_at"] == "2026-03-02T12:00:00Z"


class TestSortingAndCounting:
    async def test_people_by_name_through_all_pages_with_their_number(self, api: Api) -> None:
        names = ["Ángel Z.", "ana b.", "Zoë", "Bo"]
        for n, name in enumerate(names):
            await api.post("/v1/users", json={"email": f"p{n}@example.com", "full_name": name, "department": "Lab"})
        seen: list[str] = []
        url = "/v1/users?department=Lab&sort=name&include_total=true&limit=2"
        while url:
            response = await api.get(url)
            page = response.json()
            assert page["total"] == 4
            seen += [user["full_name"] for user in page["items"]]
            link = response.headers.get("link")
            url = link.removeprefix("<").split(">")[0] if link else ""
        assert seen == ["ana b.", "Ángel Z.", "Bo", "Zoë"]

    async def test_the_total_is_only_given_when_requested(self, api: Api) -> None:
        assert "total" not in (await api.get("/v1/users")).json()
        assert "total" not in (await api.get("/v1/modules?include_total=false")).json()
        assert (await api.get("/v1/modules?include_total=true")).json()["total"] == 0

    async def test_an_unknown_order_is_refused_with_those_that_there_are(self, api: Api) -> None:
        response = await api.get("/v1/users?sort=due")
        (error,) = response.json()["errors"]
        assert (response.status_code, error["in"], error["pointer"]) == (422, "query", "/sort")
        assert error["message"] == "must be '-created_at', 'created_at', 'name' or '-name'"

    @pytest.mark.parametrize(
        ("made", "sent", "message"),
        [
            ("sort=name", "", "is of a list with sort=name, and cannot be used with sort=-created_at"),
            ("", "sort=name", "is of a list with sort=-created_at, and cannot be used with sort=name"),
            ("sort=created_at", "sort=-name", "is of a list with sort=created_at, and cannot be used with sort=-name"),
        ],
    )
    async def test_a_cursor_of_another_order_is_refused(self, api: Api, made: str, sent: str, message: str) -> None:
        for n in range(2):
            await api.post("/v1/users", json={"email": f"p{n}@example.com"})
        cursor = (await api.get(f"/v1/users?limit=1&{made}")).json()["next_cursor"]
        response = await api.get(f"/v1/users?cursor={cursor}&{sent}")
        assert response.status_code == 422
        assert response.json()["errors"] == [{"in": "query", "pointer": "/cursor", "message": message}]

    async def test_a_cursor_of_another_list_is_refused(self, api: Api) -> None:
        for n in range(2):
            await api.module(title=f"Module {n}")
        cursor = (await api.get("/v1/modules?limit=1&sort=title")).json()["next_cursor"]
        response = await api.get(f"/v1/users?sort=name&cursor={cursor}")
        (error,) = response.json()["errors"]
        assert error["message"] == "is of another list; here sort is one of -created_at, created_at, name, -name"

    async def test_several_ids_and_several_values_of_a_filter(self, api: Api) -> None:
        ids = [(await api.module(title=f"Module {n}", tags=[f"t{n}"]))["id"] for n in range(3)]
        found = (await api.get(f"/v1/modules?id={ids[0]}&id={ids[2]}")).json()["items"]
        assert [each["id"] for each in found] == [ids[2], ids[0]]
        found = (await api.get("/v1/modules?tag=t0&tag=t1")).json()["items"]
        assert [each["id"] for each in found] == [ids[1], ids[0]]
        refused = await api.get("/v1/users?id=me&role=boss")
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/id/0", "/role/0"]
