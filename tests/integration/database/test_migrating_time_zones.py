"""Evidence from before time zones were kept: its days stay, and a certificate keeps the day of issue that it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from adapters.sql.install.migrating import downgrade, upgrade
from application.evidence.certificates.queries import CertificateReader
from application.evidence.records.queries import RecordReader
from application.evidence.sessions.queries import SessionReader
from application.kernel.access import EVERYONE
from contracts.make import uid
from domain.evidence.certificates import serial_of
from integration.backends import SqlBackend, created, opened
from migrations.helpers.downgrades import EvidenceWouldBeLost

USER, SESSION, RECORDS = uid(11), uid(21), [uid(n) for n in range(31, 34)]
EVENING = "2026-03-04 05:30:00.000000"
"""23:30 of March 3 in Texas."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with a session and three records, each with its certificate."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_zones")) as backend:
        await upgrade(backend.database.engine, "0024")
        moment = EVENING + ("+00:00" if backend.on_postgresql else "")

        async def add(table: str, **values: Any) -> None:
            plain = str if backend.on_postgresql else (lambda each: getattr(each, "hex", each))
            shown = {name: plain(each) for name, each in values.items()}
            quoted = ", ".join(f"'{each}'" for each in shown.values())
            await backend.sql(f"INSERT INTO {table} ({', '.join(shown)}) VALUES ({quoted})")  # noqa: S608  # our own words

        lists = {"trainers": "[]", "attendees": "[]"}
        times = {"starts_at": moment, "ends_at": moment, "recorded_at": moment}
        texts = {"title": "Sharps", "location": "", "summary": ""}
        await add(
            "training_sessions",
            id=SESSION,
            module_id=uid(1),
            version_number=1,
            held_on="2026-03-03",
            **texts,
            **times,
            **lists,
        )
        for n, record_id in enumerate(RECORDS):
            await add(
                "training_records",
                id=record_id,
                user_id=USER,
                title="Sharps",
                summary="",
                delivery="online",
                started_at=moment,
                completed_at=moment,
                recorded_at=moment,
                attestations="[]",
                trainers="[]",
                valid_from="2026-03-04",
                retention_until="2032-03-04",
            )
            await add(
                "certificates",
                serial=serial_of(n),
                record_id=record_id,
                user_id=USER,
                valid_from="2026-03-04",
                issued_at=moment,
                version=1,
                updated_at=moment,
            )
        yield backend


@pytest.mark.parametrize(("zone", "day"), [("America/Chicago", date(2026, 3, 3)), ("UTC", date(2026, 3, 4))])
async def test_their_days_stay_and_the_day_of_issue_is_that_of_the_organization(
    old: SqlBackend, zone: str, day: date
) -> None:
    await upgrade(old.database.engine, time_zone=zone)
    for n, record_id in enumerate(RECORDS):
        certificate = await old.reader(CertificateReader).detail(EVERYONE, serial_of(n))
        record = await old.reader(RecordReader).detail(EVERYONE, record_id)
        assert certificate is not None
        assert record is not None
        assert (certificate.issued_on, certificate.time_zone) == (day, None)
        assert (certificate.valid_from, record.valid_from, record.time_zone) == (*[date(2026, 3, 4)] * 2, None)
    session = await old.reader(SessionReader).detail(SESSION)
    assert session is not None
    assert (session.held_on, session.time_zone, session.location_id) == (date(2026, 3, 3), None, None)


async def test_the_day_of_issue_is_as_immutable_as_the_rest(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    with pytest.raises(DBAPIError, match="append-only"):
        await old.sql("UPDATE certificates SET issued_on = '2020-01-01'")


async def test_it_is_not_undone_where_the_day_of_issue_would_be_lost(old: SqlBackend) -> None:
    await upgrade(old.database.engine, time_zone="America/Chicago")
    with pytest.raises(EvidenceWouldBeLost, match=r"certificates\.issued_on"):
        await downgrade(old.database.engine, "0024")
    with pytest.raises(DBAPIError, match="append-only"):
        await old.sql("UPDATE certificates SET valid_from = '2020-01-01'")
