"""One normal form of text at every entrance: through HTTP, the roster, the command line, accounts and plain calls."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

import msgspec
import pytest

from adapters.sql.catalogue.tables import SECTION_CONTENT
from application.kernel.handlers import discover
from application.kernel.messages import Message
from application.people.sign_ins.identity import name_of
from application.people.users.roles import GrantRole
from domain.catalogue.sections import Lesson
from domain.evidence.persons import Trainer
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from domain.kernel.time_zones import ZoneName
from domain.kernel.values import Text, Written
from domain.people.users import User
from kit.about import about
from kit.examples import NOW, uid
from worlds.http import Api

TYPED = "\ufeffHygie\u0300ne\u200b\u00a0 team "
KEPT = "Hygiène team"
OVERRIDE = "Ana\u202egnp"
REFUSED = "must not contain the character U+202E, which changes the direction of writing (at character 4)"


async def test_what_comes_as_json_is_kept_in_it(api: Api) -> None:
    person = {"email": " ana@example.com", "full_name": TYPED, "department": TYPED, "job_title": TYPED}
    more = {"location": TYPED, "managed_departments": [TYPED], "profile_metadata": {TYPED: [TYPED]}}
    shown = (await api.post("/v1/users", json=person | more)).json()
    assert [shown[name] for name in ("full_name", "department", "job_title", "location")] == [KEPT] * 4
    assert (shown["email"], shown["managed_departments"]) == ("ana@example.com", [KEPT])
    assert shown["profile_metadata"] == {KEPT: [KEPT]}


async def test_what_is_looked_for_is_what_is_kept(api: Api) -> None:
    await api.post(
        "/v1/users", json={"email": "ana@example.com", "department": TYPED, "profile_metadata": {"a": TYPED}}
    )
    for query in (f"department={quote(TYPED)}", f"metadata=a:{quote(TYPED)}"):
        assert [user["email"] for user in (await api.get(f"/v1/users?{query}")).json()["items"]] == ["ana@example.com"]


async def test_two_spellings_of_one_department_are_one(api: Api) -> None:
    person = {"email": "ana@example.com", "managed_departments": ["Hygiene", "Hygiene\u200b"]}
    answer = await api.post("/v1/users", json=person)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"in": "body", "pointer": "/managed_departments", "message": "must not repeat an item"}
    ]


@pytest.mark.parametrize("field", ["full_name", "department", "job_title", "location"])
async def test_what_cannot_be_put_right_is_refused_by_name(api: Api, field: str) -> None:
    answer = await api.post("/v1/users", json={"email": "ana@example.com", field: OVERRIDE})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"in": "body", "pointer": f"/{field}", "message": REFUSED}]


async def test_titles_and_texts_of_a_module(api: Api) -> None:
    section = {"title": TYPED, "content": {"kind": "lesson", "markdown": "# One\r\n\r\n    code\r\nCafe\u0301"}}
    shown = (await api.post("/v1/modules", json={"title": TYPED, "slug": "x", "sections": [section]})).json()
    assert (shown["title"], shown["sections"][0]["title"]) == (KEPT, KEPT)
    assert shown["sections"][0]["content"]["markdown"] == "# One\n\n    code\nCafé"


async def test_the_roster(api: Api) -> None:
    csv = f'email,full_name,department,Licen\u200bse\n ana@example.com,{TYPED},"Front\r\n  desk",{TYPED}\n'
    answer = await api.post("/v1/users/import", content=csv.encode(), headers={"content-type": "text/csv"})
    assert answer.status_code == 200, answer.text
    (shown,) = (await api.get("/v1/users?q=ana")).json()["items"]
    assert (shown["full_name"], shown["department"]) == (KEPT, "Front desk")
    assert shown["profile_metadata"] == {"license": KEPT}


async def test_importing_what_was_entered_by_hand_changes_nothing(api: Api) -> None:
    await api.post("/v1/users", json={"email": "ana@example.com", "department": "Hygie\u0300ne"})
    csv = "email,department\nana@example.com,Hygiène\u200b\n".encode()
    answer = await api.post("/v1/users/import", content=csv, headers={"content-type": "text/csv"})
    assert (answer.json()["created"], answer.json()["updated"], answer.json()["unchanged"]) == (0, 0, 1)


def test_messages_made_anywhere() -> None:
    command = GrantRole(" ana@example.com", Role.MANAGER, (TYPED,))
    assert (command.person, command.managed_departments) == ("ana@example.com", (KEPT,))


def test_names_that_accounts_bring() -> None:
    assert name_of({"full_name": TYPED}) == KEPT
    assert name_of({"full_name": OVERRIDE}) is None
    assert name_of({"name": "\u200b"}) is None


def test_plain_calls() -> None:
    user = User(uid(1), email="ana@example.com", full_name=TYPED, managed_departments=[TYPED], now=NOW)
    assert (user.full_name, user.managed_departments) == (KEPT, (KEPT,))
    assert Trainer(TYPED, TYPED) == Trainer(KEPT, KEPT)
    with pytest.raises(InvalidValue, match="direction of writing"):
        Trainer(OVERRIDE)


def test_what_was_stored_before_stays_as_it_was() -> None:
    """Evidence does not change with the rules for what comes in, and can always be read."""
    stored = {"kind": "lesson", "markdown": "Cafe\u0301\r\n\u202e"}
    lesson = SECTION_CONTENT.load(stored)
    assert isinstance(lesson, Lesson)
    assert lesson.markdown == stored["markdown"]
    assert msgspec.json.decode(SECTION_CONTENT.dump(lesson)) == stored


HANDLERS = discover()
MESSAGES = sorted(HANDLERS, key=lambda message: message.__name__)
AS_TYPED = [".answers.*", ".answers.*.*"]
"""Answers are kept as they were typed, and compared by the rules of grading."""


def test_no_text_of_a_message_is_without_its_rule() -> None:
    for message in MESSAGES:
        with about(message.__name__):
            # Internal messages pass on what tokens and accounts say, which is checked where it is read.
            assert HANDLERS[message].internal or [path for path in unruled(message) if path not in AS_TYPED] == []
            assert message.__post_init__ is Message.__post_init__, "say what must fit together in `require_sense`"


def unruled(hint: Any, path: str = "") -> Iterator[str]:
    """The paths to texts that no rule says anything of."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if not any(isinstance(mark, Text | ZoneName | Written) for mark in arguments[1:]):
            yield from unruled(arguments[0], path)
    elif hint is str:
        yield path
    elif origin in (Union, types.UnionType, tuple):
        for argument in arguments:
            yield from unruled(argument, path)
    elif origin in (dict, Mapping):
        yield from () if arguments[1] is Any else unruled(arguments[1], f"{path}.*")
    elif is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        for each in fields(hint):
            yield from unruled(hints[each.name], f"{path}.{each.name}")
