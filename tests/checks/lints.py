"""The rules that source code can show it keeps, each as a function of a file's text.

`broken(path, source)` names every rule that a file of `src` or `migrations` breaks. What is imported under another name
is followed to its origin, so that an alias hides nothing.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_LINES = 330
TRACING = "src/adapters/telemetry/tracing.py"
"""Its times are those of a collector, beside what the service knows."""
BOOTSTRAP = "src/entrypoints/bootstrap.py"
COMPOSITION = "src/entrypoints/composition/"
SYSTEM = "src/adapters/system.py"
ENGINE = "src/adapters/sql/kit/engine.py"
RAW_SQL_FILES = (
    ENGINE,
    "src/adapters/sql/install/adopting.py",
    "src/adapters/sql/install/capacity.py",
    "src/adapters/sql/install/inspecting.py",
    "src/adapters/sql/install/reading_roles.py",
    "src/adapters/sql/install/replicas.py",
    "src/adapters/sql/install/restoring.py",
    "src/adapters/sql/install/securing.py",
    "src/adapters/sql/kit/types.py",
)

CLOCKS_AND_IDS = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "sleep")),
    *(f"uuid.{name}" for name in ("uuid1", "uuid4")),
    *(f"{package}.{name}" for package in ("uuid_utils", "uuid_utils.compat") for name in ("uuid1", "uuid4", "uuid7")),
}
ENGINES = {"create_engine", "create_async_engine", "engine_from_config", "async_engine_from_config", "create_pool"}
SYNC_DATABASE = {"Session", "sessionmaker", "scoped_session", "create_engine", "engine_from_config"}
OUR_OWN = ("domain", "application", "adapters", "entrypoints")
PATCHING = ("setattr", "delattr", "setitem", "delitem")
SQL_TEXT = {"sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text"}
SQL_METHODS = {"execute", "executemany", "scalar", "scalars", "stream", "fetch", "fetchrow", "fetchval"}
SQL_VERB = re.compile(r"\s*(select|insert|update|delete|with|create|alter|drop|refresh)\b", re.IGNORECASE)

Findings = Iterator[tuple[int, str]]
"""Line numbers, each with what was found there."""


@dataclass(frozen=True)
class Rule:
    """What may not be found in the files that it concerns."""

    name: str
    concerns: Callable[[str], bool]
    find: Callable[[str], Findings]


def broken(path: str, source: str) -> list[str]:
    """The rules that the file breaks, as `rule: path:line: what`."""
    return [
        f"{rule.name}: {path}:{line}: {what}"
        for rule in RULES
        if rule.concerns(path)
        for line, what in rule.find(source)
    ]


OF_ONE_FILE = 1
"""What all rules need of a file is worked out once, and forgotten at the next file: trees take much memory."""


@lru_cache(OF_ONE_FILE)
def nodes(source: str) -> list[ast.AST]:
    """Everything in the source."""
    return list(ast.walk(ast.parse(source)))


@lru_cache(OF_ONE_FILE)
def imports(source: str) -> list[tuple[int, str]]:
    """The full name of everything imported: `a.b` for both `import a.b` and `from a import b`."""
    return list(_imports(source))


def _imports(source: str) -> Findings:
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}"


@lru_cache(OF_ONE_FILE)
def uses(source: str) -> list[tuple[int, str]]:
    """The full name of everything imported or mentioned, as far as it can be followed."""
    return list(_uses(source))


def _uses(source: str) -> Findings:
    yield from imports(source)
    origins = _origins(source)
    for node in nodes(source):
        if isinstance(node, (ast.Name, ast.Attribute)) and (name := _full_name(node, origins)):
            yield node.lineno, name


def _origins(source: str) -> dict[str, str]:
    origins: dict[str, str] = {}
    for node in nodes(source):
        if isinstance(node, ast.Import):
            origins |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            origins |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return origins


def _full_name(node: ast.expr, origins: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return origins.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and (owner := _full_name(node.value, origins)):
        return f"{owner}.{node.attr}"
    return None


def _top(name: str) -> str:
    return name.split(".")[0]


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def foreign_imports(allowed: Container[str], *, but_not: Container[str] = ()) -> Callable[[str], Findings]:
    """Imports of anything else than the top-level packages allowed."""

    def find(source: str) -> Findings:
        for line, name in imports(source):
            if _top(name) not in allowed or _top(name) in but_not:
                yield line, f"imports {name}"

    return find


def imports_beside(*allowed: str) -> Callable[[str], Findings]:
    """Imports of anything else than the standard library, and the packages and modules allowed."""

    def find(source: str) -> Findings:
        for line, name in imports(source):
            if _top(name) not in STDLIB and not f"{name}.".startswith(tuple(f"{each}." for each in allowed)):
                yield line, f"imports {name}"

    return find


def imports_of(package: str, *, but: Container[str] = ()) -> Callable[[str], Findings]:
    """Imports of the package, except of the modules named."""

    def find(source: str) -> Findings:
        for line, name in imports(source):
            if _top(name) == package and ".".join(name.split(".")[:2]) not in but:
                yield line, f"imports {name}"

    return find


def uses_of(names: Container[str]) -> Callable[[str], Findings]:
    """Uses of these, given by full name."""
    return lambda source: ((line, f"uses {name}") for line, name in uses(source) if name in names)


def engines(source: str) -> Findings:
    """Whatever opens connections of its own."""
    return ((line, f"uses {name}") for line, name in uses(source) if _last(name) in ENGINES)


def sync_database(source: str) -> Findings:
    """SQLAlchemy's blocking interface."""
    for line, name in uses(source):
        if name.startswith("sqlalchemy.") and _last(name) in SYNC_DATABASE:
            yield line, f"uses {name}"


def patches_of_our_own(source: str) -> Findings:
    """Attributes of our own modules and classes that are replaced for a while, and mocks."""
    if not any(word in source for word in (*PATCHING, "mock")):
        return
    origins = _origins(source)
    for line, name in imports(source):
        if name.startswith("unittest.mock"):
            yield line, f"imports {name}"
    for node in nodes(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr not in PATCHING:
                continue
            target = node.args[0]
            name = str(target.value) if isinstance(target, ast.Constant) else _full_name(target, origins) or ""
            if _top(name) in OUR_OWN:
                yield node.lineno, f"patches {name}"


def transaction_ends(source: str) -> Findings:
    """Commits and rollbacks."""
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback"):
            yield node.lineno, f"uses .{node.attr}"


def raw_sql(source: str) -> Findings:
    """SQL written as a string."""
    yield from uses_of(SQL_TEXT)(source)
    for node in nodes(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method == "exec_driver_sql" or (method in SQL_METHODS and node.args and _is_sql(node.args[0])):
                yield node.lineno, f"sends a string by .{method}()"


def _is_sql(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr) and node.values:
        return _is_sql(node.values[0])
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SQL_VERB.match(node.value))


def too_long(source: str) -> Findings:
    """More lines than one reads at a sitting."""
    if (lines := len(source.splitlines())) >= MAX_LINES:
        yield lines, f"has {lines} lines; keep it under {MAX_LINES}"


def within(*folders: str) -> Callable[[str], bool]:
    return lambda path: path.startswith(folders)


def everywhere_but(*files: str) -> Callable[[str], bool]:
    return lambda path: path.startswith("src/") and path not in files


EVERYWHERE = everywhere_but()


STDLIB = sys.stdlib_module_names

RULES = [
    Rule(
        "migrations-rest-on-nothing-that-changes",
        within("migrations/versions/", "migrations/helpers/"),
        # rfc8785 writes JSON in the one form that its standard fixes.
        imports_beside("alembic", "sqlalchemy", "migrations.helpers", "rfc8785"),
    ),
    Rule("the-service-rests-on-no-migration", EVERYWHERE, imports_of("migrations")),
    Rule("domain-is-pure", within("src/domain/"), foreign_imports(STDLIB | {"domain"})),
    Rule(
        "application-knows-the-domain-only",
        within("src/application/"),
        foreign_imports(STDLIB | {"domain", "application"}, but_not={"json"}),
    ),
    Rule("adapters-know-no-entrypoint", within("src/adapters/"), imports_of("entrypoints")),
    Rule("bootstrap-alone-imports-punq", everywhere_but(BOOTSTRAP), imports_of("punq")),
    Rule(
        "bootstrap-alone-imports-adapters",
        lambda path: path.startswith("src/entrypoints/") and path != BOOTSTRAP and not path.startswith(COMPOSITION),
        imports_of("adapters", but={"adapters.documents", "adapters.encoding", "adapters.faults"}),
    ),
    Rule("handlers-never-commit", within("src/application/"), transaction_ends),
    Rule("time-and-ids-are-ports", everywhere_but(SYSTEM, TRACING), uses_of(CLOCKS_AND_IDS)),
    Rule("one-engine", everywhere_but(ENGINE), engines),
    Rule("no-blocking-database", EVERYWHERE, sync_database),
    Rule("no-raw-sql", everywhere_but(*RAW_SQL_FILES), raw_sql),
    Rule("no-print", EVERYWHERE, uses_of({"print"})),
    Rule("short-files", EVERYWHERE, too_long),
]
