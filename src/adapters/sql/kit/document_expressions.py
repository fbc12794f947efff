"""Expressions on stored documents, natively on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Within(FunctionElement[Any]):
    """The value at a path of names in a document; NULL if there is none."""

    inherit_cache = True

    def __init__(self, document: ColumnElement[Any], *path: str) -> None:
        super().__init__(document, literal_column(f"'{{{','.join(path)}}}'"), literal_column(f"'$.{'.'.join(path)}'"))


class number_within(_Within):  # noqa: N801
    """The whole number at a path of names in a document; NULL if there is none."""

    type = Integer()


class text_within(_Within):  # noqa: N801
    """The text at a path of names in a document; NULL if there is none."""

    type = Text()


@compiles(number_within, "postgresql")
def _number_within_postgresql(element: number_within, compiler: SQLCompiler, **kw: Any) -> str:
    document, path, _ = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST({document} #>> {path} AS integer)"


@compiles(text_within, "postgresql")
def _text_within_postgresql(element: text_within, compiler: SQLCompiler, **kw: Any) -> str:
    document, path, _ = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({document} #>> {path})"


@compiles(number_within, "sqlite")
@compiles(text_within, "sqlite")
def _within_sqlite(element: _Within, compiler: SQLCompiler, **kw: Any) -> str:
    document, _, path = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_extract({document}, {path})"


class items(FunctionElement[int]):  # noqa: N801
    """The number of items of the document, a list."""

    type = Integer()
    inherit_cache = True


@compiles(items, "postgresql")
def _items_postgresql(element: items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_length({compiler.process(element.clauses, **kw)})"


@compiles(items, "sqlite")
def _items_sqlite(element: items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_length({compiler.process(element.clauses, **kw)})"
