"""From the request to the fields of a message: JSON bodies, query strings, and their problems."""

from __future__ import annotations

import asyncio
import re
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Union, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from adapters.documents import model_of
from adapters.encoding import to_json
from adapters.faults import faults_of
from application.kernel.messages import Cursor, Message, ordered_by, types_of
from entrypoints.http.kit.cursors import decode
from entrypoints.http.kit.json_budgets import budget_of
from entrypoints.http.kit.problems import MAX_ERRORS, Place, fault, invalid, malformed, unsupported_media_type
from entrypoints.http.kit.strict_json import storable, verify

MAX_PARAMETERS = 200

LARGE = 32 * 1024
"""Bytes of a body that is large."""
MANY = 500
"""Values of a large body: reporting a problem with each of so many takes some ten milliseconds."""

_aside = ThreadPoolExecutor(1, thread_name_prefix="large-bodies")
"""One thread: reading is CPU work, and more threads would only compete with each other and the event loop."""

_JSON = re.compile(r"application/json\s*(;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")


class Body:
    """Reads the JSON body of one kind of message, which has none of the fields that come from `elsewhere`."""

    def __init__(self, message: type[Message[Any]], elsewhere: frozenset[str], *, partial: bool) -> None:
        self._message = message
        self._model = model_of(message, without=elsewhere)
        self._optional = not partial and all(not each.is_required() for each in self._model.model_fields.values())
        self._partial = partial
        self.budget = budget_of(message, frozenset(self._model.model_fields))

    async def read_from(self, raw: bytes, content_type: str | None) -> BaseModel | None:
        """Like `read`; a large body is read in a thread, so that the event loop serves others meanwhile."""
        if len(raw) <= LARGE and raw.count(b",") <= MANY:
            return self.read(raw, content_type)
        return await asyncio.get_running_loop().run_in_executor(_aside, self.read, raw, content_type)

    def read(self, raw: bytes, content_type: str | None) -> BaseModel | None:
        """The fields, None when the message has none and nothing was sent. Raises Problem."""
        if not raw:
            if self._optional:
                return None
            raise malformed("The body is empty. Send a JSON object.")
        if not _JSON.fullmatch(content_type or ""):
            raise unsupported_media_type("application/json")
        verify(raw, self.budget.values)
        try:
            fields = self._model.model_validate_json(raw, strict=True)
        except ValidationError as error:
            raise invalid(list(_faults("body", self._message, error))) from None
        if self._partial and not fields.model_fields_set:
            raise invalid([fault("body", (), "name at least one field to change")])
        return fields


class Parameters:
    """Reads the query string of one kind of message, as if it were a JSON object of its parameters."""

    def __init__(self, message: type[Message[Any]], elsewhere: frozenset[str], *, cursor: bool) -> None:
        self._message = message
        self._model = model_of(message, without=elsewhere)
        self._cursor = cursor
        hints = types_of(message)
        self._own = ordered_by(message)
        self._sorts = "sort" in hints or self._own is not None
        self._many = {name for name in self._model.model_fields if get_origin(hints[name]) is tuple}
        self._read = {name: _reader(hints[name]) for name in self._model.model_fields}

    def read(self, pairs: list[tuple[str, str]]) -> tuple[BaseModel, Cursor | None]:
        """The fields, and the place in the list. Raises Problem, which names parameters that are not known."""
        given: dict[str, Any] = {}
        faults: list[dict[str, Any]] = []
        cursor = None
        for name, text in pairs:
            if not storable(name + text):
                faults.append(fault("query", [name], "must not contain a NUL character"))
            elif name in given and name not in self._many:
                faults.append(fault("query", [name], "must be given once"))
            elif name == "cursor" and self._cursor:
                given[name] = cursor = decode(text, sorts=self._sorts)
                if cursor is None:
                    faults.append(fault("query", [name], "is not a cursor; send `next_cursor` back unchanged"))
                elif self._own is not None and cursor.sort != self._own:
                    faults.append(fault("query", [name], "is of another list; send `next_cursor` back unchanged"))
            elif name not in self._read:
                faults.append(fault("query", [name], "is not known here"))
            elif name in self._many:
                given.setdefault(name, []).append(self._read[name](text))
            else:
                given[name] = self._read[name](text)
        given.pop("cursor", None)
        try:
            fields = self._model.model_validate_json(to_json(given), strict=True)
        except ValidationError as error:
            faults += _faults("query", self._message, error)
        if faults:
            raise invalid(faults)
        return fields, cursor


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string. Raises Problem when they are not UTF-8, or too many."""
    if not query:
        return []
    if query.count(b"&") >= MAX_PARAMETERS:
        raise invalid([fault("query", (), f"must not have more than {MAX_PARAMETERS} parameters")])
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise invalid([fault("query", (), "must be percent-encoded UTF-8")]) from None


def _reader(hint: Any) -> Callable[[str], Any]:
    """The JSON value that a parameter's text stands for: a keyword or number where one is expected, else the text
    itself.
    """
    kinds = get_args(hint) if isinstance(hint, types.UnionType) or get_origin(hint) is Union else (hint,)
    if bool in kinds:
        return lambda text: {"true": True, "false": False}.get(text, text)
    if int in kinds:
        return lambda text: int(text) if _WHOLE.fullmatch(text) else text
    return lambda text: text


def _faults(place: Place, message: type[Message[Any]], error: ValidationError) -> Iterator[dict[str, str]]:
    for path, words in islice(faults_of(message, error), MAX_ERRORS):
        yield fault(place, path, words)
