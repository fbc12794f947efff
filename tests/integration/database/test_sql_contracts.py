"""Every port on SQLite and on PostgreSQL: the suites that the memory adapters pass.

On PostgreSQL as the service's role, which shows that the tables declare what the service does with them.
"""

from __future__ import annotations

from contracts import suites
from integration.kept_open import (  # noqa: F401  # fixtures
    IN_ONE_LOOP,
    backend,
    database_at,
    sqlite,
    sqlite_file,
)

globals().update(suites())

pytestmark = IN_ONE_LOOP
