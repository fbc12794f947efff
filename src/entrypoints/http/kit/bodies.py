"""From the request to the fields of a message: JSON bodies, query strings, and their problems."""

from __future__ import annotations

import asyncio
import re
import types
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import is_dataclass
from functools import cache
from itertools import islice
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.documents import model_of
from adapters.encoding import to_json
from application.kernel.messages import Cursor, Message, Unset, types_of
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Tagged
from entrypoints.http.kit.cursors import decode
from entrypoints.http.kit.json_budgets import budget_of
from entrypoints.http.kit.problems import MAX_ERRORS, Place, fault, invalid, malformed, unsupported_media_type
from entrypoints.http.kit.strict_json import storable, verify

Path = tuple[str | int, ...]

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
        self._sorts = "sort" in hints
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
    for detail in islice(error.errors(include_url=False, include_input=False), MAX_ERRORS):
        path = _path(message, detail["loc"])
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, InvalidValue):
            path = (*path, *cause.field)
        elif detail["type"].startswith("union_tag"):
            path = (*path, detail["ctx"]["discriminator"].strip("'"))
        yield fault(place, path, _words(detail))


def _words(detail: ErrorDetails) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    match kind:
        case "value_error":
            return str(context["error"])
        case "enum" | "literal_error":
            return f"must be {context['expected']}"
        case "union_tag_invalid":
            return f"must be one of {context['expected_tags']}"
        case "inexact":
            return detail["msg"]
    return _WORDS.get(kind, "is not valid")


_WORDS = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def _path(hint: Any, loc: Path) -> Path:
    """The steps of `loc` that are in the document; Pydantic adds the tags of unions, and marks keys."""
    if not loc:
        return ()
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if any(isinstance(mark, Tagged) for mark in hint.__metadata__):
            member = next(option for option in get_args(arguments[0]) if _tag(option, hint) == loc[0])
            return _path(member, loc[1:])
        return _path(arguments[0], loc)
    if origin in (Union, types.UnionType):
        option = next(option for option in arguments if option not in (types.NoneType, Unset))
        return _path(option, loc)
    if origin is tuple:
        return (loc[0], *_path(arguments[0], loc[1:]))
    if origin in (dict, Mapping):
        return (loc[0], *_path(arguments[1], tuple(step for step in loc[1:] if step != "[key]")))
    hints = _hints(cast(Hashable, hint)) if is_dataclass(hint) else {}
    return (loc[0], *_path(hints.get(str(loc[0])), loc[1:]))


def _tag(member: type, union: Any) -> Any:
    by = next(mark.by for mark in union.__metadata__ if isinstance(mark, Tagged))
    return get_args(_hints(member)[by])[0]


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)
