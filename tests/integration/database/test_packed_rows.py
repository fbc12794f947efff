"""A packed row holds exactly what PostgreSQL would send of its columns one by one."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from adapters.sql.kit.engine import database_url
from adapters.sql.kit.packing import unpacked
from integration.backends import spelled

COLUMNS = [
    "NULL::text",
    "''",
    "'na\u00efve \U0001f9b7 \n \\ \"'::varchar(40)",
    "'ab'::char(4)",
    "(-32768)::smallint",
    "32767::smallint",
    "0::int",
    "-1::int",
    "(-2147483648)::int",
    "2147483647::int",
    "9223372036854775807::bigint",
    "(-9223372036854775808)::bigint",
    "true",
    "false",
    "0.1::float8",
    "0::float8",
    "'-0'::float8",
    "'NaN'::float8",
    "'-Infinity'::float8",
    "'00000000-0000-0000-0000-000000000000'::uuid",
    "'ffeeddcc-bbaa-9988-7766-554433221100'::uuid",
    "'2000-01-01T00:00:00Z'::timestamptz",
    "'1999-12-31T23:59:59.999999Z'::timestamptz",
    "'2026-03-29T01:30:00.000001+02:00'::timestamptz",
    "'0001-01-01T00:00:00Z'::timestamptz",
    "'9999-12-31T23:59:59.999999Z'::timestamptz",
    "'infinity'::timestamptz",
    "'-infinity'::timestamptz",
    "'2024-02-29'::date",
    "'0001-01-01'::date",
    "'9999-12-31'::date",
    "'infinity'::date",
    "'-infinity'::date",
    "'{}'::text[]",
    "ARRAY['a', NULL, '', 'NULL', 'c,\"d\"', '\U0001f9b7']",
    "ARRAY[NULL]::text[]",
    "ARRAY[gen_random_uuid()]::uuid[]::text[]",
    "'{}'::jsonb",
    """'{"a": [1, -0.0, "\u00e9", null, {"b": "\\u0001"}]}'::jsonb""",
]


async def plain_and_packed(url: str, columns: list[str]) -> tuple[list[Any], bytes]:
    connection = await asyncpg.connect(spelled(database_url(url).set(drivername="postgresql")))
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    query = f"WITH given ({names}) AS MATERIALIZED (SELECT {', '.join(columns)}) "
    query += f"SELECT *, pg_catalog.record_send(ROW({names})) FROM given"  # noqa: S608  # our own words
    try:
        row = await connection.fetchrow(query)
    finally:
        await connection.close()
    assert row is not None
    *plain, packed = row.values()
    return plain, packed


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_packed_value_is_the_value(postgresql: str, column: str) -> None:
    plain, packed = await plain_and_packed(postgresql, [column])
    (value,) = unpacked(packed)
    assert (type(value), repr(value)) == (type(plain[0]), repr(plain[0]))


@pytest.mark.parametrize(
    ("one", "other"),
    [("0::float8", "'-0'::float8"), ("1", "true"), ("1", "1::float8"), ("1", "1::bigint"), ("''", "NULL::text")],
)
async def test_rows_whose_values_are_shown_differently_are_not_the_same(postgresql: str, one: str, other: str) -> None:
    assert (await plain_and_packed(postgresql, [one]))[1] != (await plain_and_packed(postgresql, [other]))[1]


async def test_values_beside_each_other_keep_their_places(postgresql: str) -> None:
    plain, packed = await plain_and_packed(postgresql, COLUMNS)
    assert repr(unpacked(packed)) == repr(plain)


@pytest.mark.parametrize("column", ["1::numeric", "interval '1 day'", "ARRAY[1]", "'{{a},{b}}'::text[]"])
async def test_a_type_that_no_list_shows_is_refused_by_name(postgresql: str, column: str) -> None:
    with pytest.raises(TypeError, match="packed rows cannot contain"):
        unpacked((await plain_and_packed(postgresql, [column]))[1])
