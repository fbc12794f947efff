"""Older records say what they said: a class was live, and of a certificate from elsewhere that is not known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.compliance.obligations.ports import Mark, Recomputations
from application.compliance.proofs import KnownProofs
from application.kernel.units import Unit
from contracts.backend import save
from contracts.evidence.records import a_record, keep, recorded
from contracts.make import T, a_user, later, uid, user_id
from domain.evidence.record_events import Delivery, TrainingFormat
from integration.backends import SqlBackend, created, opened
from migrations.helpers.downgrades import EvidenceWouldBeLost

BEFORE = "0046"


def text_of(backend: SqlBackend, id: UUID) -> str:
    return str(id) if backend.on_postgresql else id.hex


async def record_of_before(backend: SqlBackend, n: int, delivery: str) -> None:
    values = {
        **{name: f"'{text_of(backend, id)}'" for name, id in (("id", uid(n)), ("user_id", user_id(1)))},
        **dict.fromkeys(("started_at", "completed_at", "recorded_at"), "'2026-03-31 09:30:15.123456'"),
        "title": "'Sharps'",
        "summary": "''",
        "delivery": f"'{delivery}'",
        "attestations": "'[]'",
        "trainers": "'[]'",
        "valid_from": "'2026-03-31'",
        "retention_until": "'2032-03-31'",
    }
    await backend.sql(f"INSERT INTO training_records ({', '.join(values)}) VALUES ({', '.join(values.values())})")  # noqa: S608  # our own words


async def marks(backend: SqlBackend) -> list[tuple[tuple[UUID, ...], UUID | None]]:
    async def take(unit: Unit) -> list[Mark]:
        mark = await unit.port(Recomputations).claim(later(days=100_000))
        return [] if mark is None else [mark]

    return [(tuple(each.user_ids), each.requirement_id) for each in await backend.units.run(take)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_older_records_stay_as_they_are_and_everybody_is_computed_again(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    new = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_formats")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        for n, delivery in enumerate(Delivery, start=1):
            await record_of_before(backend, n, delivery.value)
        one, terms = text_of(backend, uid(90)), "'{}'"
        await backend.sql(
            "INSERT INTO requirements (id, code, title, version, created_at, updated_at) "  # noqa: S608
            f"VALUES ('{one}', 'a', 'A', 1, '2026-03-31 09:30:15', '2026-03-31 09:30:15')"
        )
        names = "requirement_id, number, effective_on, terms, note, drafted_at, running, transition_days"
        values = f"'{one}', 1, '2026-03-31', {terms}, '', '2026-03-31 09:30:15', 'next', 0"
        approved = f"'{text_of(backend, uid(9))}', '2026-03-31 09:30:15', false"
        await backend.sql(
            f"INSERT INTO requirement_versions ({names}, approved_by, approved_at, acknowledged) "  # noqa: S608
            f"VALUES ({values}, {approved})"
        )
        await upgrade(backend.database.engine)
        await save(backend, a_user(1))
        shown = [each for n in (1, 2, 3) if (each := await recorded(backend, n))]
        assert [(each.delivery.value, each.format, each.categories) for each in shown] == [
            ("online", TrainingFormat.SELF_PACED, ()),
            ("classroom", TrainingFormat.LIVE, ()),
            ("external", None, ()),
        ]
        found = (await backend.reader(KnownProofs).of([user_id(1)]))[user_id(1)]
        assert [each.live for each in sorted(found, key=lambda proof: proof.id)] == [False, True, False]
        assert await marks(backend) == [((), None)]

        await downgrade(backend.database.engine, BEFORE)
        await upgrade(backend.database.engine)
        external = replace(a_record(11, at=T), delivery=Delivery.EXTERNAL, cycle_id=None)
        await keep(backend, replace(external, categories=("bls",)))
        with pytest.raises(EvidenceWouldBeLost, match=r"training_records\.categories"):
            await downgrade(backend.database.engine, BEFORE)
        await keep(backend, replace(external, id=uid(12), stated_format=TrainingFormat.LIVE_ONLINE))
        with pytest.raises(EvidenceWouldBeLost, match=r"training_records\.format"):
            await downgrade(backend.database.engine, BEFORE)
        assert await current(backend.database.engine) != BEFORE
