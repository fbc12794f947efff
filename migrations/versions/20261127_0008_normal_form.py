"""One normal form of what is known of people, and columns to look for people and modules by.

Names, departments, job titles and locations of before lose what nobody sees; nothing that one sees changes. Evidence
stays as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers.running import lock_timeout

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXTS = ("full_name", "department", "job_title", "location")
AT_ONCE = 1_000


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("full_name_folded", sa.Text()))
    op.add_column("users", sa.Column("department_folded", sa.Text()))
    op.add_column("training_modules", sa.Column("search_text", sa.Text()))
    _normalize_people()
    _fold_modules()
    op.create_index(
        "ix_users_department_folded_newest",
        "users",
        ["department_folded", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_users_department_folded_newest", "users")
    op.drop_column("training_modules", "search_text")
    op.drop_column("users", "department_folded")
    op.drop_column("users", "full_name_folded")


def _normalize_people() -> None:
    users = sa.table(
        "users",
        sa.column("id", sa.Uuid()),
        *(sa.column(name, sa.String()) for name in TEXTS),
        sa.column("managed_departments", postgresql.ARRAY(sa.Text()).with_variant(sa.JSON(), "sqlite")),
        sa.column("full_name_folded", sa.Text()),
        sa.column("department_folded", sa.Text()),
        sa.column("version", sa.Integer()),
    )
    limits = {"full_name": 200, "department": 120, "job_title": 120, "location": 120}

    def changes(row: Any) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name in TEXTS:
            before = getattr(row, name)
            after = (before and normal(before)) or None
            if after != before and len(after or "") <= limits[name]:
                kept[name] = after
        managed = list(row.managed_departments or ())
        if (tidy := list(dict.fromkeys(filter(None, map(normal, managed))))) != managed:
            kept["managed_departments"] = tidy
        if kept:
            kept["version"] = row.version + 1
        full_name, department = kept.get("full_name", row.full_name), kept.get("department", row.department)
        if full_name:
            kept["full_name_folded"] = folded(full_name)
        if department:
            kept["department_folded"] = folded(department)
        return kept

    _change_each(users, changes)


def _fold_modules() -> None:
    modules = sa.table(
        "training_modules",
        sa.column("id", sa.Uuid()),
        *(sa.column(name, sa.Text()) for name in ("title", "summary", "slug", "search_text")),
    )
    _change_each(modules, lambda row: {"search_text": "\n".join(map(folded, (row.title, row.summary, row.slug)))})


def _change_each(table: Any, changes: Callable[[Any], dict[str, Any]]) -> None:
    connection = op.get_bind()
    for rows in _batches(connection, table):
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            if changed := changes(row):
                alike[tuple(changed)].append(changed | {"row_id": row.id})
        for names, changed_rows in alike.items():
            statement = sa.update(table).where(table.c.id == sa.bindparam("row_id", type_=sa.Uuid()))
            connection.execute(statement.values({name: sa.bindparam(name) for name in names}), changed_rows)


def _batches(connection: Any, table: Any) -> Iterator[Sequence[Any]]:
    """All rows, some at a time."""
    some = sa.select(table).order_by(table.c.id).limit(AT_ONCE)
    rows = connection.execute(some).all()
    while rows:
        yield rows
        rows = connection.execute(some.where(table.c.id > rows[-1].id)).all()


# What follows is the application's as it was when this was written, and says it in full: a migration never changes.

_GONE = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\ufff9-\ufffb\uffa0\ufffd-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff]+"
)
# Joiners and selectors of Latin letters, at an end or beside a space do nothing.
_IDLE = re.compile(
    "(?<![\u0300-\U0010ffff])[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]+|[\u200c\u200d]+(?=[\0-\u02ff]|$)"
)
_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]+")


def normal(text: str) -> str:
    """The text as it is kept from now on."""
    seen = _IDLE.sub("", _GONE.sub("", text))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", seen)).strip(" ")


_LIKE = {
    "'": "\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060\u2039\u203a",
    '"': "\u201c\u201d\u201e\u201f\u2033\u02ba\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63",
    "/": "\u2044\u2215",
    "o": "øØ", "l": "łŁ", "d": "đĐðÐ", "th": "þÞ", "ae": "æÆ", "oe": "œŒ", "i": "ı", "h": "ħĦ", "t": "ŧŦ", "n": "ŋŊ",
}  # fmt: skip
_TABLE = str.maketrans({sign: plain for plain, signs in _LIKE.items() for sign in signs})


def folded(text: str) -> str:
    """The text as one looks for it."""
    plain = unicodedata.normalize("NFKD", normal(text).translate(_TABLE).casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return _SPACE.sub(" ", re.sub("--+", "-", unicodedata.normalize("NFC", bare))).strip(" ")
