"""The contract of the sign-ins that have ended."""

from __future__ import annotations

import pytest

from application.kernel.units import Unit
from application.people.ports import EndedSignIns
from contracts import about
from contracts.backend import Backend
from contracts.make import later, user_id
from domain.people.sign_ins import EndedSignIn, EndReason

GONE = EndedSignIn(user_id(1), EndReason.ACCOUNT_DELETED, later(microseconds=7))
OTHER = EndedSignIn(user_id(2), EndReason.UNLINKED, later(days=1))


async def end(backend: Backend, **ended: EndedSignIn) -> None:
    async def work(unit: Unit) -> None:
        for subject, how in ended.items():
            await unit.port(EndedSignIns).end(subject, how)

    await backend.units.run(work)


async def known(backend: Backend, *subjects: str) -> list[EndedSignIn | None]:
    async def work(unit: Unit) -> list[EndedSignIn | None]:
        return [await unit.port(EndedSignIns).of(subject) for subject in subjects]

    return await backend.units.run(work)


@about(EndedSignIns)
class TestEndedSignIns:
    async def test_one_is_known_again_to_the_letter(self, backend: Backend) -> None:
        await end(backend, abc=GONE, other=OTHER)
        assert await known(backend, "abc", "other", "ABC", "ab_", "%", "") == [GONE, OTHER, None, None, None, None]

    async def test_the_last_end_counts(self, backend: Backend) -> None:
        await end(backend, abc=GONE)
        await end(backend, abc=OTHER)
        assert await known(backend, "abc") == [OTHER]

    async def test_one_begins_again(self, backend: Backend) -> None:
        await end(backend, abc=GONE, other=OTHER)

        async def work(unit: Unit) -> EndedSignIn | None:
            for _ in range(2):
                await unit.port(EndedSignIns).reinstate("abc")
            return await unit.port(EndedSignIns).of("abc")

        assert await backend.units.run(work) is None
        assert await known(backend, "abc", "other") == [None, OTHER]
        await end(backend, abc=OTHER)
        assert await known(backend, "abc") == [OTHER]

    async def test_those_of_somebody_erased_are_sealed(self, backend: Backend) -> None:
        await end(backend, abc=GONE, other=OTHER)

        async def work(unit: Unit) -> None:
            await unit.port(EndedSignIns).end("second", GONE)
            await unit.port(EndedSignIns).seal(GONE.user_id)

        await backend.units.run(work)
        sealed = EndedSignIn(GONE.user_id, EndReason.ERASED, GONE.ended_at)
        assert await known(backend, "abc", "second", "other") == [sealed, sealed, OTHER]

    async def test_nothing_is_left_of_a_unit_that_fails(self, backend: Backend) -> None:
        class Refused(Exception):
            pass

        async def work(unit: Unit) -> None:
            await unit.port(EndedSignIns).end("abc", GONE)
            raise Refused

        with pytest.raises(Refused):
            await backend.units.run(work)
        assert await known(backend, "abc") == [None]
