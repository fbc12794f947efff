"""Every port on SQLite and on PostgreSQL: the suites that the memory adapters pass."""

from contracts.suites import *  # noqa: F403
