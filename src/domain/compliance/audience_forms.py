"""The canonical form of audiences: equal for two that differ only in order, repetition, nesting and spelling."""

from __future__ import annotations

from typing import NamedTuple

from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import Absent, All, AnyOf, Compares, Is, Not, Rule, Value, key_of
from domain.compliance.audience_facts import Field, Subject


class _Form(NamedTuple):
    """A rule in its canonical form: its text, and its parts where it has some."""

    text: str
    kind: str = ""
    parts: tuple[_Form, ...] = ()


def canonical(audience: Audience) -> str:
    """The canonical form as a text. Two audiences with equal texts always concern the same people."""
    return _form(audience.rule).text


def _form(rule: Rule) -> _Form:
    match rule:
        case Not(part):
            form = _form(part)
            return form.parts[0] if form.kind == "not" else _Form(f"not({form.text})", "not", (form,))
        case All(parts):
            return _joined("all", parts)
        case AnyOf(parts):
            return _joined("any", parts)
        case Is(subject, values):
            return _Form(f"{_spelled(subject)} is {' or '.join(sorted({_key(value) for value in values}))}")
        case Compares(subject, order, value):
            return _Form(f"{_spelled(subject)} {order} {_key(value)}")
        case Absent(subject):
            return _Form(f"{_spelled(subject)} absent")


def _joined(kind: str, rules: tuple[Rule, ...]) -> _Form:
    """Parts of the same kind are taken apart, since `all` of `all` is the same as one `all`."""
    forms = [each for form in map(_form, rules) for each in (form.parts if form.kind == kind else (form,))]
    parts = tuple(sorted(set(forms)))
    return parts[0] if len(parts) == 1 else _Form(f"{kind}({', '.join(each.text for each in parts)})", kind, parts)


def _spelled(subject: Subject) -> str:
    return subject.value if isinstance(subject, Field) else f"metadata{list(subject.names)!r}"


def _key(value: Value) -> str:
    kind, key = key_of(value) or ("", "")
    return repr(key) if kind == "text" else f"{kind} {key}"
