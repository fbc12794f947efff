"""Values within documents, and texts, for rules that anybody may write: their paths and values are parameters.

`typography.folded` cannot be computed in SQL, except of plain ASCII, where it changes case only. `needs_folding` tells
of other texts.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Numeric, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _At(FunctionElement[Any]):
    """What is at a path of names in a document, outermost first. Only members of objects have names."""

    inherit_cache = True

    def __init__(self, document: ColumnElement[Any], names: tuple[str, ...]) -> None:
        # SQLite takes the path as one text. Names have no quotation marks: see domain.compliance.audience_documents.
        path = "$" + "".join(f'."{name}"' for name in names)
        super().__init__(document, literal(path, Text()), *(literal(name, Text()) for name in names))


class kind_at(_At):  # noqa: N801  # reads as the SQL function it is
    """`string`, `number`, `true`, `false`, `null`, `array` or `object`; NULL if there is nothing."""

    type = Text()


class text_at(_At):  # noqa: N801
    """The text of a string."""

    type = Text()


class number_at(_At):  # noqa: N801
    """The number, to be asked for of a number only."""

    type = Numeric(asdecimal=False)


def _in_postgresql(element: _At, compiler: SQLCompiler, **kw: Any) -> str:
    document, _, *names = element.clauses
    # Arrow by arrow with texts: the operator for paths would count in arrays.
    steps = "".join(f" -> CAST({compiler.process(name, **kw)} AS text)" for name in names)
    return f"({compiler.process(document, **kw)}{steps})"


def _in_sqlite(element: _At, compiler: SQLCompiler, **kw: Any) -> str:
    document, path, *_ = element.clauses
    return f"{compiler.process(document, **kw)}, {compiler.process(path, **kw)}"


@compiles(kind_at, "postgresql")
def _kind_postgresql(element: kind_at, compiler: SQLCompiler, **kw: Any) -> str:
    found = _in_postgresql(element, compiler, **kw)
    return f"CASE jsonb_typeof({found}) WHEN 'boolean' THEN {found} #>> '{{}}' ELSE jsonb_typeof({found}) END"


@compiles(text_at, "postgresql")
def _text_postgresql(element: text_at, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({_in_postgresql(element, compiler, **kw)} #>> '{{}}')"


@compiles(number_at, "postgresql")
def _number_postgresql(element: number_at, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({_in_postgresql(element, compiler, **kw)} AS numeric)"


@compiles(kind_at, "sqlite")
def _kind_sqlite(element: kind_at, compiler: SQLCompiler, **kw: Any) -> str:
    kind = f"json_type({_in_sqlite(element, compiler, **kw)})"
    return (
        f"CASE {kind} WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' ELSE {kind} END"
    )


@compiles(text_at, "sqlite")
@compiles(number_at, "sqlite")
def _value_sqlite(element: _At, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_extract({_in_sqlite(element, compiler, **kw)})"


class needs_folding(FunctionElement[bool]):  # noqa: N801
    """Whether the text may differ from its folded form in more than case."""

    type = Boolean()
    inherit_cache = True


@compiles(needs_folding, "postgresql")
def _needs_folding_postgresql(element: needs_folding, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"""(({text}) COLLATE "C" ~ '[^\\x20-\\x7e]|  |--|`|^ | $')"""


@compiles(needs_folding, "sqlite")
def _needs_folding_sqlite(element: needs_folding, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return " OR ".join(
        f"({text}) GLOB '{pattern}'" for pattern in ("*[^ -~]*", "*  *", "*--*", "*`*", " *", "* ")
    ).join("()")


class lowered(FunctionElement[str]):  # noqa: N801
    """The text with the letters of ASCII in lower case."""

    type = Text()
    inherit_cache = True


@compiles(lowered, "postgresql")
def _lowered_postgresql(element: lowered, compiler: SQLCompiler, **kw: Any) -> str:
    return f'lower(({compiler.process(element.clauses, **kw)}) COLLATE "C")'


@compiles(lowered, "sqlite")
def _lowered_sqlite(element: lowered, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


class day_text(FunctionElement[str]):  # noqa: N801
    """The text if it is a day of the calendar such as `2026-03-31`, which texts order like days; otherwise NULL."""

    type = Text()
    inherit_cache = True


_DAY = (
    "^(?!0000)([0-9]{4}-(((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))|((0[469]|11)-(0[1-9]|[12][0-9]|30))"
    "|(02-(0[1-9]|1[0-9]|2[0-8])))"
    "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29)$"
)


@compiles(day_text, "postgresql")
def _day_text_postgresql(element: day_text, compiler: SQLCompiler, **kw: Any) -> str:
    text = f'({compiler.process(element.clauses, **kw)}) COLLATE "C"'
    return f"CASE WHEN {text} ~ '{_DAY}' THEN {text} END"


@compiles(day_text, "sqlite")
def _day_text_sqlite(element: day_text, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    # Without a step, SQLite returns February 30 as it is.
    return f"CASE WHEN date({text}, '+0 days') = {text} AND {text} >= '0001' THEN {text} END"
