"""Sign-ins that wait or have ended, and who was invented by the demonstration.

Sign-ins of the development issuer are told apart from Supabase's. People whose address nobody can have are invented.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ISSUER = "unified-dental-development"
PREFIX = "development:"

users = sa.table(
    "users", sa.column("id", sa.Uuid()), sa.column("email", sa.String()), sa.column("supabase_id", sa.String())
)


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("requested_sign_in", sa.String(length=64), nullable=True))
    op.add_column("users", sa.Column("sign_in_note", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("demonstration", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "ended_sign_ins",
        sa.Column("fingerprint", sa.CHAR(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "unlinked",
                "account-deleted",
                "address-reused",
                "erased",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("ended_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_ended_sign_ins"),
    )
    op.create_index("ix_ended_sign_ins_user_id", "ended_sign_ins", ["user_id"])
    op.execute("UPDATE users SET demonstration = true WHERE email LIKE '%.example'")
    connection = op.get_bind()
    linked = connection.execute(sa.select(users).where(users.c.supabase_id.is_not(None))).all()
    for user_id, email, subject in linked:
        if subject == str(uuid5(NAMESPACE_URL, f"{ISSUER}:{email}")):
            connection.execute(sa.update(users).where(users.c.id == user_id).values(supabase_id=PREFIX + subject))


def downgrade() -> None:
    lock_timeout()
    op.execute(
        sa.update(users)
        .where(users.c.supabase_id.startswith(PREFIX))
        .values(supabase_id=sa.func.substr(users.c.supabase_id, len(PREFIX) + 1))
    )
    op.drop_index("ix_ended_sign_ins_user_id", "ended_sign_ins")
    op.drop_table("ended_sign_ins")
    op.drop_column("users", "demonstration")
    op.drop_column("users", "sign_in_note")
    op.drop_column("users", "requested_sign_in")
