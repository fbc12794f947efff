"""What every adapter of a port does, said once: the unit tests run these suites on memory, the integration
tests on SQLite and PostgreSQL. A runner says `from contracts.suites import *` and provides the fixture `backend`.
"""

import pkgutil

import pytest

# These modules are imported, not collected, and would otherwise fail with bare assertion errors.
pytest.register_assert_rewrite(*(f"{__name__}.{suite.name}" for suite in pkgutil.iter_modules(__path__)))
