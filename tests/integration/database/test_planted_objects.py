"""What others have put into `public`, to be taken for something else, is never run as the owner or as the service."""

from __future__ import annotations

import pytest

from adapters.sql.install.inspecting import protection
from adapters.sql.install.migrating import upgrade
from application.kernel.access import EVERYONE, Actor
from application.people.users.queries import UserFilter, UserReader
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from integration.backends import SERVICE, SqlBackend, as_service, on_server, opened
from integration.outsiders import ALL, open_to_all, supabase

FITTING_BETTER = [
    "CREATE FUNCTION public.planted(one varchar, other varchar) RETURNS boolean LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'planted code runs as %', current_user; END $$",
    "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.planted)",
    *(
        f"CREATE FUNCTION public.{name}({', '.join(taken)}) RETURNS text LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'planted code runs as %', current_user; END $$"
        for name, taken in {
            "quote_ident": ["varchar"],
            "lower": ["varchar"],
            "set_config": ["varchar", "varchar", "boolean"],
            "hashtextextended": ["varchar", "integer"],
        }.items()
    ),
]
LIKE_OURS = "users, training_modules, module_sections, quiz_questions, module_enrollments, outbox_events"


async def planted(url: str, *statements: str) -> None:
    async with opened(url) as backend:
        await backend.sql("GRANT CREATE ON SCHEMA public TO anon")
        async with backend.database.engine.begin() as connection:
            for statement in ("SET LOCAL ROLE anon", *statements):
                await connection.exec_driver_sql(statement)


@pytest.fixture
async def url(server: str) -> str:
    return await supabase(server, "unified_dental_planted")


async def count(backend: SqlBackend, relation: str) -> int:
    rows = await backend.sql("SELECT count(*) FROM pg_class WHERE oid = to_regclass(:relation)", relation=relation)
    return int(rows[0][0])


@pytest.mark.parametrize("pooler", ["session", "transaction"])
async def test_functions_and_operators_that_fit_better(url: str, pooler: str) -> None:
    await planted(url, *FITTING_BETTER)
    async with opened(url, pooler=pooler) as owner:
        await upgrade(owner.database.engine, role=SERVICE)
    async with opened(as_service(url), pooler=pooler) as service:
        bus = service.bus()
        for email in ("ana@example.com", "ben@example.com", "ana@example.com"):
            await bus.execute(GrantRole(email, Role.ADMIN), Actor.system())
        page = await service.reader(UserReader).page(EVERYONE, UserFilter(departments=("Hygiene",), q="a"), None, 10)
        assert page.items == []
        assert not any((await protection(service.database.engine)).values())


async def test_a_view_that_looks_like_the_notes_of_an_installation(url: str) -> None:
    await planted(
        url,
        "CREATE FUNCTION public.proof() RETURNS text LANGUAGE plpgsql AS "
        "$$ BEGIN CREATE TABLE public.proven (); RETURN '0005'; END $$",
        "CREATE VIEW public.alembic_version AS SELECT public.proof() AS version_num",
    )
    async with opened(url) as backend:
        await upgrade(backend.database.engine)
        assert await count(backend, "public.proven") == 0
        assert await count(backend, "training.users") == 1


async def test_tables_of_others_that_look_like_an_installation_are_not_taken_over(url: str) -> None:
    await planted(
        url,
        "CREATE TABLE public.alembic_version AS SELECT '0001' AS version_num",
        *(f"CREATE TABLE public.{name.strip()} (id uuid)" for name in LIKE_OURS.split(",")),
        "CREATE TABLE public.idempotency_keys (id uuid)",
        "CREATE MATERIALIZED VIEW public.module_participation AS SELECT 1 AS one",
    )
    async with opened(url) as backend:
        with pytest.raises(PermissionError, match="belongs to anon"):
            await upgrade(backend.database.engine)
        assert await count(backend, "public.users") == 1
        assert await count(backend, "training.users") == 0


async def test_triggers_of_other_roles_do_not_move(url: str) -> None:
    """A role with all rights on a table may create a trigger on it."""
    async with opened(url, schema="public") as old:
        await upgrade(old.database.engine, "0005")
    await on_server(url, f"GRANT USAGE ON SCHEMA public TO {ALL}", *open_to_all("public"))
    await planted(
        url,
        "CREATE FUNCTION public.listen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER listens BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.listen()",
    )
    async with opened(url) as backend:
        with pytest.raises(PermissionError, match=r"listens of public\.users runs code of anon"):
            await upgrade(backend.database.engine)
        assert await count(backend, "public.users") == 1
        await backend.sql("DROP TRIGGER listens ON public.users")
        await upgrade(backend.database.engine)
        assert await count(backend, "training.users") == 1
