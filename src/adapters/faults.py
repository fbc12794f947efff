"""What is wrong with a document that Pydantic refused: where, and in words that say what to write instead."""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from application.kernel.messages import Unset
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Tagged

Path = tuple[str | int, ...]


def faults_of(hint: Any, error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Each fault in a document of this type: the path to the value, outermost member first, and what is wrong."""
    for detail in error.errors(include_url=False, include_input=False):
        path = _path(hint, detail["loc"])
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, InvalidValue):
            path = (*path, *cause.field)
        elif detail["type"].startswith("union_tag"):
            path = (*path, detail["ctx"]["discriminator"].strip("'"))
        yield path, _words(detail)


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
