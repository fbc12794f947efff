"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports + "\n" if imports else ""}
from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    lock_timeout()
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    lock_timeout()
    ${downgrades if downgrades else "pass"}
