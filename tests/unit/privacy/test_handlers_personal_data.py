"""What the law gives people over their data: to have it shown, and to have it erased."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from application.assessment.ports import Attempts
from application.evidence.certificates.queries import VerifyCertificate, verify_certificate
from application.evidence.credentials.commands import (
    SubmitCredential,
    VerifyCredential,
    submit_credential,
    verify_credential,
)
from application.evidence.ports import Certificates, Records
from application.evidence.records.queries import RecordView
from application.kernel.access import Actor
from application.kernel.units import Answer, Answers, IdempotencyKey, Unit
from application.learning.enrollments.queries import ReadEnrollment, read_enrollment
from application.people.users.queries import ListUsers, ReadUser, list_users, read_user
from application.privacy.personal_data import (
    EraseUser,
    ExportPersonalData,
    PersonalData,
    erase_user,
    export_personal_data,
)
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.completion_rules import EvidenceTerms
from domain.catalogue.questions import ShortText
from domain.evidence.certificates import Certificate, serial_of
from domain.evidence.credential_events import CredentialWithdrawn
from domain.evidence.credentials import CredentialState
from domain.evidence.records import TrainingRecord
from domain.kernel.errors import StaleVersion
from domain.kernel.roles import Role
from domain.kernel.validity import CertificateState
from domain.people.user_errors import OwnAccess, UserNotFound
from domain.people.user_events import UserErased, UsersDeactivated, UserUnlinked
from kit.examples import (
    LATER,
    NOW,
    UTC_DAYS,
    a_published_module,
    a_question,
    a_quiz,
    a_user,
    a_version,
    an_enrollment,
    uid,
)
from worlds.memory import ADMIN, ADMIN_ID, ANA, BEN, World, world_of_people

NOBODY, EVA, M = uid(404), uid(4), uid(900)


@pytest.fixture
async def world() -> World:
    """Holds EVA, about whom everything is recorded, beside the others."""
    world = await world_of_people()
    eva = a_user(
        4,
        email="eva@example.com",
        employee_id="E-5",
        supabase_id=str(uid(44)),
        email_confirmed=True,
        full_name="Eva Kos",
        department="Hygiene",
        job_title="Hygienist",
        location="Austin",
        location_id=uid(60),
        hired_on=date(2024, 2, 29),
        profile_metadata={"license": {"state": "TX"}},
    )
    eva.last_sign_in = NOW
    eva.location_id, eva.job_code = uid(7), "hygienist"
    await world.holds(eva, a_published_module(), an_enrollment(EVA.int))
    return world


async def export(world: World, user_id: Any, actor: Actor) -> PersonalData:
    return await world.call(export_personal_data, ExportPersonalData(user_id), actor=actor)


def an_attempt(number: int, *, graded: bool) -> QuizAttempt:
    """EVA's, at a quiz that asks for a few words."""
    asked = a_question(11, metadata=ShortText(("ECP",)))
    enrollment = an_enrollment(EVA.int, cycle_id=uid(900_000 + number))
    attempt = QuizAttempt.start(
        uid(number), enrollment, a_version(a_quiz(2, asked)), uid(2), number=number, seed=1, now=NOW
    )
    attempt.save({uid(11): "by Eva Kos"}, now=NOW)
    if graded:
        attempt.submit(None, now=LATER)
    return attempt


async def learns(world: World, user_id: int, record_id: int) -> TrainingRecord:
    """Give the user the record of a cycle that is completed, and its certificate."""
    enrollment = an_enrollment(user_id, cycle_id=uid(record_id))
    version = a_version(evidence=EvidenceTerms(valid_months=12))
    user = a_user(user_id, full_name=f"Person {user_id}", department="Hygiene")
    record = TrainingRecord.online(
        uid(record_id),
        days=UTC_DAYS,
        user=user,
        version=version,
        enrollment=enrollment,
        recorded_by=user.id,
        now=NOW,
    )

    async def work(unit: Unit) -> None:
        await unit.port(Records).add(record)
        await unit.port(Certificates).add_many([Certificate.issue(serial_of(record_id), record.recorded, now=NOW)])

    await world.units.run(work)
    return record


class TestExport:
    @pytest.mark.parametrize(
        "actor",
        [Actor(EVA, Role.AUTHENTICATED), Actor(EVA, Role.MANAGER), Actor(BEN, Role.COMPLIANCE), ADMIN],
        ids=lambda actor: actor.role,
    )
    async def test_all_that_is_held_is_shown(self, world: World, actor: Actor) -> None:
        held = await export(world, EVA, actor)
        assert held.profile == await world.call(read_user, ReadUser(EVA))
        assert (held.profile.email, held.profile.profile_metadata) == (
            "eva@example.com",
            {"license": {"state": "TX"}},
        )
        (enrolled,) = held.enrollments
        assert (enrolled.module_id, enrolled.title, enrolled.enrolled_at) == (M, "Bloodborne pathogens", NOW)

    @pytest.mark.parametrize(
        "actor",
        [
            Actor(ANA, Role.AUTHENTICATED),
            Actor(ANA, Role.AUTHOR),
            # A manager sees the people of the department, but not everything that is held on them.
            Actor(ANA, Role.MANAGER, ("Hygiene",)),
        ],
        ids=lambda actor: actor.role,
    )
    async def test_it_is_nobody_elses_business(self, world: World, actor: Actor) -> None:
        with pytest.raises(UserNotFound):
            await export(world, EVA, actor)

    async def test_nobody(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            await export(world, NOBODY, ADMIN)

    async def test_enrollments_are_complete_however_many_they_are(self, world: World) -> None:
        modules = [a_published_module(number=1_000 + n, title=f"Module {n}") for n in range(450)]
        await world.holds(*modules, *(an_enrollment(EVA.int, each.id.int) for each in modules))
        held = await export(world, EVA, Actor(EVA, Role.AUTHENTICATED))
        assert [each.module_id.int for each in held.enrollments] == [*range(1_449, 999, -1), 900]

    async def test_a_person_without_any(self, world: World) -> None:
        held = await export(world, ANA, ADMIN)
        assert (held.enrollments, held.records, held.certificates) == ([], [], [])

    async def test_the_evidence_is_shown(self, world: World) -> None:
        first, second = await learns(world, EVA.int, 71), await learns(world, EVA.int, 72)
        await learns(world, ANA.int, 73)
        held = await export(world, EVA, Actor(EVA, Role.AUTHENTICATED))
        assert held.records == [RecordView.of(second, serial_of(72)), RecordView.of(first, serial_of(71))]
        assert [(each.serial, each.record_id) for each in held.certificates] == [
            (serial_of(72), uid(72)),
            (serial_of(71), uid(71)),
        ]
        assert {each.state for each in held.certificates} == {CertificateState.VALID}

    async def test_the_evidence_is_complete_however_much_it_is(self, world: World) -> None:
        for number in range(1_000, 1_401):
            await learns(world, EVA.int, number)
        held = await export(world, EVA, Actor(EVA, Role.AUTHENTICATED))
        assert [each.id.int for each in held.records] == [*range(1_400, 999, -1)]
        assert [each.record_id.int for each in held.certificates] == [*range(1_400, 999, -1)]


class TestErase:
    async def test_the_profile_goes_and_the_record_stays(self, world: World) -> None:
        before = await world.call(read_user, ReadUser(EVA))
        erased = await world.call(erase_user, EraseUser(EVA, frozenset({1})))
        assert world.events == [UserErased(EVA), UserUnlinked(EVA), UsersDeactivated.alone(EVA)]
        assert (erased.version, erased.updated_at, erased.created_at) == (2, LATER, before.created_at)
        assert (before.employee_id, erased.employee_id) == ("E-5", None)
        kept = {name for name in before.__slots__ if getattr(erased, name) == getattr(before, name)}
        assert kept == {
            "id",
            "role",
            "managed_departments",
            "created_at",
            "requested_sign_in",
            "sign_in_note",
            "merged_into",
        }
        after = await world.call(read_user, ReadUser(EVA))
        assert {name: getattr(erased, name) for name in after.__slots__} == asdict(after)
        assert any("graded attempts" in each.what for each in erased.stays)
        enrollment = await world.call(read_enrollment, ReadEnrollment(M, EVA))
        assert enrollment.enrolled_at == NOW

    async def test_the_evidence_stays_as_it_was(self, world: World) -> None:
        record = await learns(world, EVA.int, 71)
        await world.call(erase_user, EraseUser(EVA))
        held = await export(world, EVA, ADMIN)
        assert held.records == [RecordView.of(record, serial_of(71))]
        assert held.records[0].full_name == "Person 4"
        verification = await world.call(verify_certificate, VerifyCertificate(serial_of(71)))
        assert (verification.full_name, verification.state) == ("Person 4", CertificateState.VALID)

    async def test_credentials_stay_and_those_that_wait_are_withdrawn(self, world: World) -> None:
        day = NOW.date()
        cards = [SubmitCredential(EVA, "bls", "Red Cross", day, number=str(number)) for number in range(2)]
        kept, waiting = [await world.call(submit_credential, card) for card in cards]
        await world.call(verify_credential, VerifyCredential(kept.id), actor=Actor(uid(8), Role.COMPLIANCE))
        before = await export(world, EVA, Actor(EVA, Role.AUTHENTICATED))
        await world.call(erase_user, EraseUser(EVA))
        assert CredentialWithdrawn(waiting.id, EVA, "bls") in world.events
        after = await export(world, EVA, ADMIN)
        assert {each.id: each.status for each in before.credentials} == {
            kept.id: CredentialState.VERIFIED,
            waiting.id: CredentialState.SUBMITTED,
        }
        assert [each for each in after.credentials if each.id == kept.id] == [
            each for each in before.credentials if each.id == kept.id
        ]
        assert {each.id: each.status for each in after.credentials}[waiting.id] is CredentialState.WITHDRAWN

    async def test_nobody_is_found_by_what_was_erased(self, world: World) -> None:
        await world.call(erase_user, EraseUser(EVA))
        for query in (ListUsers(q="eva"), ListUsers(q="Kos"), ListUsers(metadata="license.state:TX")):
            found = await world.call(list_users, query)
            assert EVA not in [user.id for user in found.items]

    async def test_the_address_is_free_for_somebody_else(self, world: World) -> None:
        await world.call(erase_user, EraseUser(EVA))
        await world.holds(a_user(5, email="eva@example.com", supabase_id=str(uid(44))))

    async def test_several_are_erased(self, world: World) -> None:
        for user_id in (EVA, ANA):
            await world.call(erase_user, EraseUser(user_id))

    async def test_the_version_counts(self, world: World) -> None:
        with pytest.raises(StaleVersion):
            await world.call(erase_user, EraseUser(EVA, frozenset({2})))

    async def test_nobody_erases_themselves(self, world: World) -> None:
        await world.holds(a_user(500, role=Role.ADMIN))
        with pytest.raises(OwnAccess):
            await world.call(erase_user, EraseUser(ADMIN_ID))

    async def test_nobody(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            await world.call(erase_user, EraseUser(NOBODY))

    async def test_words_of_the_person_stay_in_graded_attempts_alone(self, world: World) -> None:
        graded, opened, given_up = (an_attempt(number, graded=number == 70) for number in (70, 71, 72))
        given_up.supersede(now=NOW)

        async def keep(unit: Unit) -> None:
            for attempt in (graded, opened, given_up):
                await unit.port(Attempts).add(attempt)

        await world.units.run(keep)

        async def words() -> dict[UUID, list[Any]]:
            held = await export(world, EVA, ADMIN)
            return {attempt.id: [item.answer for item in attempt.items] for attempt in held.attempts}

        assert await words() == {key: ["by Eva Kos"] for key in (graded.id, opened.id, given_up.id)}
        await world.call(erase_user, EraseUser(EVA))
        assert await words() == {graded.id: ["by Eva Kos"], opened.id: [None], given_up.id: [None]}

    async def test_the_answers_kept_for_the_person_go(self, world: World) -> None:
        keys = [IdempotencyKey(str(owner), "key", "f" * 64) for owner in (EVA, ANA)]

        async def hold(unit: Unit) -> None:
            for key in keys:
                await unit.port(Answers).keep(key, Answer(201, (), b"Eva Kos"))

        async def held(unit: Unit) -> list[bool]:
            return [await unit.port(Answers).claim(key) is not None for key in keys]

        await world.units.run(hold)
        await world.call(erase_user, EraseUser(EVA))
        assert await world.units.run(held) == [False, True]
