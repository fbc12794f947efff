"""Who may send which message: every message with every role, through the bus."""

from __future__ import annotations

from typing import Any

import pytest

from application.catalogue.visibility import sees_drafts
from application.kernel.access import EVERYONE as EVERYBODY
from application.kernel.access import (
    Actor,
    KeyRights,
    Policy,
    Scope,
    administrators,
    authors,
    compliance_officers,
    overseers,
    require,
    scope_of,
    the_system,
)
from application.kernel.bus import Bus
from application.kernel.handlers import discover
from application.kernel.messages import Command, Message
from documents.access_table import A_PERSON, EVERYONE, name_of, roles, roles_without_a_route, scopes
from domain.kernel.errors import Forbidden
from domain.kernel.key_scopes import MESSAGES as SCOPED
from domain.kernel.key_scopes import KeyScope, PersonRequired, ScopeMissing
from domain.kernel.roles import Role
from kit.about import about, for_each
from kit.examples import uid
from worlds.memory import World

X, Y = uid(1), uid(2)

OF_THE_SERVICE = {"health_live", "health_ready", "metrics"}
"""Addresses without a message."""

HANDLERS = discover()
TABLE = roles()
KEY_TABLE = scopes()
MESSAGES = sorted(HANDLERS, key=name_of)


def test_the_tables_name_every_message_and_no_other() -> None:
    names = {name_of(message) for message in HANDLERS}
    problems = [
        *(f"has no row for {name}" for name in sorted(names - TABLE.keys())),
        *(f"has a row for {name}, which is no message" for name in sorted(TABLE.keys() - names - OF_THE_SERVICE)),
    ]
    assert not problems, f"docs/access.md {'; '.join(problems)}"


def test_the_messages_without_a_route_are_those_that_say_so() -> None:
    internal = {name_of(message) for message, handler in HANDLERS.items() if handler.internal}
    assert roles_without_a_route().keys() == internal


@for_each("role", Role)
async def test_a_person_may_send_what_the_tables_allow_the_role(role: Role) -> None:
    bus, actor = World().bus(), Actor(uid(7), role)
    for message in MESSAGES:
        with about(name_of(message)):
            if role in TABLE[name_of(message)]:
                bus.permit(message, actor)
                continue
            with pytest.raises(Forbidden):
                bus.permit(message, actor)
            # Refused before anything that the message says is looked at: this one says nothing.
            send: Any = bus.execute if issubclass(message, Command) else bus.ask
            with pytest.raises(Forbidden):
                await send(object.__new__(message), actor)


def machine(*scopes: KeyScope, departments: tuple[str, ...] | None = None) -> Actor:
    """A service account."""
    return Actor.machine(KeyRights(uid(9), frozenset(scopes), departments))


async def test_a_service_account_may_send_what_its_scopes_open() -> None:
    """A message that no scope opens, such as a new one that nobody has thought about, needs a person."""
    bus = World().bus()
    for message in MESSAGES:
        with about(name_of(message)):
            await require_scopes_to_open(bus, message)


async def require_scopes_to_open(bus: Bus, message: type[Message[Any]]) -> None:
    opened_by = KEY_TABLE.get(name_of(message), A_PERSON)
    everything, send = machine(*KeyScope), bus.execute if issubclass(message, Command) else bus.ask
    if opened_by == EVERYONE:
        bus.permit(message, machine())
        return
    refused: list[tuple[Actor, type[Forbidden]]] = [(everything, PersonRequired)]
    if opened_by != A_PERSON:
        scope = KeyScope(opened_by.strip("`"))
        bus.permit(message, machine(scope))
        refused = [(machine(*(each for each in KeyScope if each is not scope)), ScopeMissing)]
    for actor, error in refused:
        with pytest.raises(error):
            bus.permit(message, actor)
        with pytest.raises(error):
            await send(object.__new__(message), actor)  # type: ignore[arg-type]  # it says nothing


def test_each_message_of_a_scope_exists_and_is_one_that_an_administrator_may_send() -> None:
    known = {message.__name__: message for message in HANDLERS}
    assert [name for names in SCOPED.values() for name in names if name not in known] == []
    for name in (name for names in SCOPED.values() for name in names):
        World().bus().permit(known[name], Actor(X, Role.ADMIN))


def test_no_message_of_the_service_itself_is_opened_by_a_scope() -> None:
    internal = {message.__name__ for message, handler in HANDLERS.items() if handler.internal}
    assert internal.isdisjoint(name for names in SCOPED.values() for name in names)


def test_the_service_itself_may_do_everything() -> None:
    bus = World().bus()
    for message in MESSAGES:
        with about(name_of(message)):
            bus.permit(message, Actor.system())


@for_each(
    ("policy", "said"),
    [
        (authors, "This is for authors and administrators."),
        (overseers, "This is for managers, compliance officers and administrators."),
        (compliance_officers, "This is for compliance officers and administrators."),
        (administrators, "This is for administrators."),
        (the_system, "This is for the service itself, never a person over HTTP."),
    ],
)
def test_a_refusal_names_who_may(policy: Policy, said: str) -> None:
    with pytest.raises(Forbidden) as refusal:
        require(policy, Actor(X, Role.AUTHENTICATED))
    assert str(refusal.value) == said


HYGIENE = ("Hygiene",)


@for_each(
    ("actor", "scope"),
    [
        (Actor(X, Role.AUTHENTICATED), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.AUTHENTICATED, HYGIENE), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.AUTHOR, HYGIENE), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.MANAGER), Scope(everyone=False, user_id=X)),
        (Actor(X, Role.MANAGER, HYGIENE), Scope(everyone=False, user_id=X, departments=HYGIENE)),
        (Actor(X, Role.COMPLIANCE), EVERYBODY),
        (Actor(X, Role.ADMIN), EVERYBODY),
        (Actor.system(), EVERYBODY),
        (machine(), Scope(everyone=True, drafts=False)),
        (machine(KeyScope.CATALOGUE_WRITE), EVERYBODY),
        (machine(KeyScope.QUESTIONS_READ), EVERYBODY),
        (machine(KeyScope.PEOPLE_READ, departments=HYGIENE), Scope(everyone=False, departments=HYGIENE, drafts=False)),
    ],
)
def test_departments_count_for_managers_and_service_accounts_only(actor: Actor, scope: Scope) -> None:
    assert scope_of(actor) == scope


@for_each(
    ("scope", "covered"),
    [
        (EVERYBODY, [True, True, True, True]),
        (Scope(everyone=False), [False, False, False, False]),
        (Scope(everyone=False, user_id=X), [True, True, False, False]),
        (Scope(everyone=False, user_id=X, departments=HYGIENE), [True, True, True, False]),
        (Scope(everyone=False, departments=("hygiene", "")), [False, False, False, False]),
    ],
)
def test_a_scope_covers_oneself_and_the_people_of_its_departments(scope: Scope, covered: list[bool]) -> None:
    people = [(X, None), (X, "Lab"), (Y, "Hygiene"), (Y, None)]
    assert [scope.covers(user_id, department) for user_id, department in people] == covered


@for_each("role", Role)
def test_who_sees_drafts(role: Role) -> None:
    assert sees_drafts(Actor(X, role)) is (role in {Role.AUTHOR, Role.COMPLIANCE, Role.ADMIN})


def test_which_service_accounts_see_drafts() -> None:
    seeing = {scope for scope in KeyScope if sees_drafts(machine(scope))}
    assert seeing == {KeyScope.CATALOGUE_WRITE, KeyScope.QUESTIONS_READ}


def test_the_actor_is_recorded_as_what_it_is() -> None:
    account = Actor.machine(KeyRights(uid(9), frozenset(), made_by=X))
    actors = [Actor(X, Role.ADMIN), account, Actor.system()]
    assert [(actor.id, actor.kind, actor.person_id) for actor in actors] == [
        (X, "user", X),
        (uid(9), "service-account", X),
        (None, "system", None),
    ]
