"""JSON documents, validated by Pydantic, in this module only.

The rules are the domain's annotations (`Text`, `Between`, `Items`, `Tagged`); here they become Pydantic types, for
stored documents and request bodies. Unknown fields are errors everywhere.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import rfc8785
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    PlainValidator,
    TypeAdapter,
    create_model,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from application.kernel.messages import UNSET, RawJson, Unset
from domain.assessment.grading import Answer, GivenAnswer
from domain.kernel.time_zones import ZoneName
from domain.kernel.values import Between, InHours, Items, PlainJson, Rule, Since, Tagged, Text, Written, settle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Ruled:
    """Lets Pydantic normalize and check a value by a domain rule, and show the rule in JSON Schema."""

    rule: Rule

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), **_keywords(self.rule, handler(schema).get("type"))}

    def _check(self, value: Any) -> Any:
        kept, problem = settle(self.rule, value)
        if problem:
            raise ValueError(problem)
        return kept


@dataclass(frozen=True, slots=True)
class _Exact:
    """Accepts exactly the values that JSON Schema means by this name; Pydantic alone would differ."""

    shown: dict[str, Any] = field(compare=False)
    read: CoreSchema = field(compare=False)
    hint: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(self.read, "inexact", custom_error_message=self.hint)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.shown)


def _spelled(pattern: str, read: CoreSchema) -> CoreSchema:
    return core_schema.chain_schema([core_schema.str_schema(pattern=pattern), read])


def _whole(number: float) -> int:
    if not number.is_integer():
        raise ValueError
    return int(number)


def _moment(text: str) -> datetime:
    # With its offset, which determines the local date.
    try:
        moment = datetime.fromisoformat(text.upper())
        moment.astimezone(UTC)
    except OverflowError as error:  # the first and last representable hours
        raise ValueError from error
    return moment


def _any_answer(hint: Any) -> _Exact:
    """Reports one error for a value that matches no variant, where Pydantic would report one for each."""
    adapter = TypeAdapter[Any](hint)
    return _Exact(
        adapter.json_schema(),
        adapter.core_schema,
        "must be true or false, a number, text, a list of texts, or an object of texts",
    )


_EXACT: dict[Any, _Exact] = {
    Answer: _any_answer(Answer),
    GivenAnswer: _any_answer(GivenAnswer),
    int: _Exact(
        {"type": "integer"},
        core_schema.union_schema(
            [
                core_schema.int_schema(strict=True),
                core_schema.no_info_after_validator_function(_whole, core_schema.float_schema(strict=True)),
            ],
            mode="left_to_right",
        ),
        "must be a whole number",
    ),
    Decimal: _Exact(
        {"type": "number"},
        core_schema.no_info_after_validator_function(
            lambda number: Decimal(repr(number)),
            core_schema.union_schema(
                [core_schema.int_schema(strict=True), core_schema.float_schema(strict=True)], mode="left_to_right"
            ),
        ),
        "must be a number",
    ),
    UUID: _Exact(
        {"type": "string", "format": "uuid"},
        _spelled(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", core_schema.uuid_schema()),
        "must be a UUID such as 0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f",
    ),
    datetime: _Exact(
        {"type": "string", "format": "date-time"},
        _spelled(
            r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})$",
            core_schema.no_info_plain_validator_function(_moment),
        ),
        "must be a time with its zone such as 2026-03-31T14:30:00Z",
    ),
    date: _Exact(
        {"type": "string", "format": "date"},
        _spelled(r"^\d{4}-\d{2}-\d{2}$", core_schema.no_info_plain_validator_function(date.fromisoformat)),
        "must be a date such as 2026-03-31",
    ),
}


# JSON Schema uses ECMAScript's white space, which lacks some of Python's.
_SPACE = r"\s\u001c-\u001f\u0085"
_UNSEEN = (
    _SPACE
    + r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    + r"\ufeff\uffa0"
)
_UNWELCOME = (
    r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f"
    r"\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
)
# Characters that a text must not contain. Of free text only NUL, which PostgreSQL cannot store.
REFUSED = {"line": rf"[{_UNWELCOME}\ufffd]", "lines": rf"[{_UNWELCOME}]", "as_typed": r"\u0000"}


def _keywords(rule: Rule, kind: Any) -> dict[str, Any]:
    match rule:
        case Text():
            pattern = (
                f"^{rule.pattern}$".replace(r"\s", _SPACE) if rule.pattern else f"[^{_UNSEEN}]" if rule.min else ""
            )
            limits = {"minLength": rule.min, "maxLength": rule.max, "not": {"pattern": REFUSED[rule.form]}}
            return {**limits, "pattern": pattern} if pattern else limits
        case Between():
            return {"minimum": rule.min, "maximum": rule.max}
        case Items() if kind == "object":
            return {"minProperties": rule.min, "maxProperties": rule.max}
        case Items():
            return {"minItems": rule.min, "maxItems": rule.max, **({"uniqueItems": True} if rule.unique else {})}
        case ZoneName():
            return {"minLength": 1, "maxLength": rule.longest}
        case InHours():
            return {"exclusiveMinimum": 0, "maximum": rule.max}
        case PlainJson() | Since():
            return {}
    raise TypeError(f"no JSON Schema keywords for {rule!r}")


Use = Literal["read", "shown", "stored"]
"""The use of a type: reading input, describing output, or loading stored documents."""


def edge_type(hint: Any, use: Use = "read") -> Any:
    """The Pydantic type for an annotation of the domain or the application.

    Dataclasses become models of the same name that refuse unknown fields. Validating in the mode `read` returns the
    dataclass, whose own rules have then run too. The mode `stored` also returns it, but unchanged: it was valid under
    the rules of its time, and evidence does not change with the rules. A discriminating literal is required.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        base, *marks = arguments
        if shown := next((mark for mark in marks if isinstance(mark, RawJson)), None):
            return edge_type(shown.document, use)
        if written := next((mark for mark in marks if isinstance(mark, Written)), None):
            if use == "shown":
                return Annotated[dict[str, JsonValue], Field(description=written.words)]
            return Annotated[Any, PlainValidator(written.read)]
        return Annotated[(edge_type(base, use), *(_mark(mark, use) for mark in marks))]
    if hint in _EXACT:
        return Annotated[hint, _EXACT[hint]]
    if origin in (Union, types.UnionType):
        members = tuple(edge_type(member, use) for member in arguments if member is not Unset)
        return Union[members]  # noqa: UP007  # built from a tuple
    if origin is Literal or (origin is None and not is_dataclass(hint)):
        return JsonValue if hint is Any else hint
    if origin in (tuple, list):
        return origin[tuple(edge_type(argument, use) for argument in arguments)]
    if origin in (dict, Mapping):
        return dict[edge_type(arguments[0], use), edge_type(arguments[1], use)]  # type: ignore[misc]
    model = model_of(hint, use=use)
    if use == "shown":
        return model
    make = build if use == "read" else _revive
    return Annotated[model, AfterValidator(partial(make, hint))]


def _mark(mark: Any, use: Use) -> Any:
    if isinstance(mark, Tagged):
        return Field(discriminator=mark.by)
    if use == "stored" and isinstance(mark, (Text, PlainJson, ZoneName)):
        return None
    return _Ruled(mark) if isinstance(mark, Rule) else mark


def build(cls: type[T], model: BaseModel, **others: Any) -> T:
    """The dataclass from a validated model, without omitted fields, combined with `others`.

    Raises domain.kernel.errors.InvalidValue, which is a ValueError, if the dataclass refuses.
    """
    given = model.model_fields_set
    return cls(**{name: value for name, value in vars(model).items() if name in given}, **others)


def _revive(cls: type[T], model: BaseModel) -> T:
    """The dataclass from a validated model, with all fields unchanged."""
    revived = cls.__new__(cls)
    for name, value in vars(model).items():
        object.__setattr__(revived, name, value)
    return revived


def model_of(cls: type, *, without: frozenset[str] = frozenset(), use: Use = "read") -> type[BaseModel]:
    """A Pydantic model of a dataclass, without the named fields, refusing unknown ones. Repeated calls return the same
    one.
    """
    return _model(cls, without, use)


@cache
def _model(cls: type, without: frozenset[str], use: Use) -> type[BaseModel]:
    hints = get_type_hints(cls, include_extras=True)
    members: dict[str, Any] = {}
    for each in fields(cast(Any, cls)):
        if each.name not in without:
            members[each.name] = (edge_type(hints[each.name], use), _default(each, hints[each.name]))
    config = ConfigDict(extra="forbid", title=cls.__name__, json_schema_serialization_defaults_required=True)
    return create_model(cls.__name__, __config__=config, __doc__=cls.__doc__, **members)


def _default(field: Any, hint: Any) -> Any:
    if (get_origin(hint) is Literal and len(get_args(hint)) == 1) or (
        field.default is MISSING and field.default_factory is MISSING
    ):
        return ...
    if field.default is MISSING:
        return Field(default_factory=field.default_factory)
    if field.default is UNSET:
        # Omitted from the JSON Schema: a field that is not sent is not changed.
        return Field(default=None, validate_default=False, json_schema_extra=_without_default)
    return field.default


def _without_default(schema: JsonSchemaValue) -> None:
    del schema["default"]


_encode = msgspec.json.Encoder(decimal_format="number").encode


class Document(Generic[T]):
    """A type of stored document: conversion to and from plain JSON data.

    `plain` gives what is encoded, for values that are not encoded field by field.
    """

    def __init__(self, hint: Any, plain: Callable[[T], object] = lambda value: value) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(edge_type(hint, "stored"))
        self._plain = plain

    def dump(self, value: T) -> msgspec.Raw:
        """Plain JSON data, validated. Raises ValueError if the value is not a document of this type."""
        encoded = _encode(self._plain(value))
        self._adapter.validate_json(encoded)
        return msgspec.Raw(encoded)

    def load(self, plain: Any) -> T:
        """The value that the stored data represent. Raises ValueError if they are not such a document."""
        return self._adapter.validate_python(plain)


def as_json(value: Any) -> str:
    """The JSON text of plain data, in the canonical format of stored documents."""
    return msgspec.json.encode(value).decode()


class CanonicalFingerprints:
    """Implements application.kernel.ports.Fingerprints."""

    def of(self, document: object) -> str:
        plain = msgspec.json.decode(msgspec.json.encode(document))
        return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()
