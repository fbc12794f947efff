"""The contract of the reader that tells who signs in."""

from __future__ import annotations

from application.people.sign_ins.signing_in import Known, People
from contracts import about
from contracts.backend import Backend, change_user, save
from contracts.make import T, a_full_user, a_user, later, user_id
from domain.kernel.roles import Role


@about(People)
class TestPeople:
    async def test_all_that_signing_in_rests_on(self, backend: Backend) -> None:
        user = a_full_user()
        await save(backend, user, a_user(2, supabase_id="abc", is_active=False), a_user(3))
        people = backend.reader(People)
        found = await people.by_supabase_id("00000000-0000-4000-8000-000000000001")
        assert found == Known(
            user_id=user.id,
            role=Role.COMPLIANCE,
            is_active=True,
            department="Hygiene & Recall",
            managed_departments=("Hygiene & Recall", "Zahnärzte 日本語", 'a "b", {c}'),
            email="full1@example.com",
            email_confirmed=True,
            email_as_of=later(days=-2, microseconds=3),
            last_sign_in=later(hours=-1, microseconds=1),
        )
        assert isinstance(found.role, Role)
        assert isinstance(found.managed_departments, tuple)
        assert await people.by_supabase_id("abc") == Known(
            user_id(2), Role.AUTHENTICATED, False, None, (), "user2@example.com", False, None, None
        )

    async def test_a_sign_in_is_known_to_the_letter(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="abc"), a_user(2))
        people = backend.reader(People)
        assert [await people.by_supabase_id(subject) for subject in ("ABC", "abc ", "ab_", "a%", "")] == [None] * 5

    async def test_a_change_is_known_at_once(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="abc"))
        people = backend.reader(People)
        before = await people.by_supabase_id("abc")
        await change_user(backend, user_id(1), lambda user: user.grant(Role.MANAGER, ("Lab",), now=T))
        after = await people.by_supabase_id("abc")
        assert before is not None
        assert after is not None
        assert (before.role, before.managed_departments) == (Role.AUTHENTICATED, ())
        assert (after.role, after.managed_departments) == (Role.MANAGER, ("Lab",))
        await change_user(backend, user_id(1), lambda user: user.erase(now=T))
        assert await people.by_supabase_id("abc") is None

    async def test_who_has_a_sign_in_and_is_active(self, backend: Backend) -> None:
        subjects = {1: "c", 2: "a", 3: None, 4: "B", 5: "b", 6: "a-b", 7: "10"}
        await save(backend, *(a_user(n, supabase_id=subject) for n, subject in subjects.items()))
        await save(backend, a_user(8, supabase_id="aa", is_active=False))
        people = backend.reader(People)
        assert sorted(await people.linked("", 100)) == ["10", "B", "a", "a-b", "b", "c"]

    async def test_sign_ins_for_development_have_no_account(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="development:a"), a_user(2, supabase_id="e"))
        assert await backend.reader(People).linked("", 100) == ["e"]

    async def test_so_are_sign_ins_that_wait_for_an_administrator(self, backend: Backend) -> None:
        waiting = [a_user(n, role=Role.MANAGER, is_active=n != 2) for n in (1, 2, 3)]
        waiting[2].link("development:a", now=T)
        for user, subject in zip(waiting, ("c", "a", "d"), strict=True):
            user.requested_sign_in = subject
        await save(backend, *waiting, a_user(4, supabase_id="b"))
        people = backend.reader(People)
        assert [await people.linked("", 3), await people.linked("c", 3)] == [["a", "b", "c"], ["d"]]

    async def test_batch_by_batch_each_is_named_once(self, backend: Backend) -> None:
        subjects = [f"{n * 7919 % 100:08x}-0000-4000-8000-{n:012x}" for n in range(1, 12)]
        await save(backend, *(a_user(n, supabase_id=subject) for n, subject in enumerate(subjects)))
        people = backend.reader(People)
        found: list[str] = []
        while batch := await people.linked(found[-1] if found else "", 3):
            assert len(batch) <= 3
            found += batch
        assert found == sorted(subjects)
        assert await people.linked(max(subjects), 3) == []

    async def test_whether_someone_has_an_address(self, backend: Backend) -> None:
        await save(backend, a_user(1, email="Ana@Example.com"), a_user(2, email="left@example.com", is_active=False))
        people = backend.reader(People)
        asked = ("ana@example.com", "left@example.com", "ana@example", "%", "nobody@example.com", "")
        assert [await people.has_email(email) for email in asked] == [True, True, False, False, False, False]
