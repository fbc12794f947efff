"""Finding adapters by the ports that they serve: an error stops the startup, and its message says how to correct it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from adapters.memory.kit.discovery import memory_adapters
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.registry import Adapters, find_adapters
from adapters.sql.kit.discovery import sql_adapters
from application.kernel.access import Actor
from application.kernel.units import Unit
from application.kernel.wiring import Call, Miswired, PortSet, definitions
from kit.made_up_packages import Package

PORTS = """
from typing import Protocol

class Greetings(Protocol):
    async def say(self) -> str: ...
    async def answer(self) -> str: ...

class Moods(Protocol):
    async def now(self) -> str: ...
"""
PREAMBLE = """
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.registry import serves
from greetings.ports import Greetings, Moods
"""
GREETER = """
@serves(Greetings)
class Greeter:
    def __init__(self, unit: MemoryUnit) -> None:
        self.unit = unit

    async def say(self) -> str:
        return "hello"

    async def answer(self) -> str:
        return "fine"
"""


def find(package: str) -> Adapters:
    return find_adapters(definitions(package), unit=MemoryUnit, reads=MemoryStore)


def names(found: Any) -> dict[str, str]:
    return {port.__name__: adapter.__name__ for port, adapter in found.items()}


def test_adapters_are_found_and_distinguished_by_what_they_take(package: Package) -> None:
    reader = """
    @serves(Moods)
    class Observer:
        def __init__(self, store: MemoryStore) -> None:
            self.store = store

        async def now(self) -> str:
            return "good"
    """
    found = find(package(ports=PORTS, inner__one=PREAMBLE + GREETER, two=PREAMBLE + reader.replace("\n    ", "\n")))
    assert (names(found.of_unit), names(found.of_reads)) == ({"Greetings": "Greeter"}, {"Moods": "Observer"})
    assert {port.__name__ for port in found.ports} == {"Greetings", "Moods"}


BOTH = "@serves(Moods)" + GREETER + "\n    async def now(self) -> str:\n        return 'good'\n"


def test_an_adapter_of_several_ports_is_one_object_in_a_unit(package: Package) -> None:
    found = find(package(ports=PORTS, one=PREAMBLE + BOTH))
    unit, (greetings, moods) = MemoryUnit(MemoryStore(), found.of_unit), found.ports
    assert unit.port(greetings) is unit.port(moods)


def test_a_reader_of_several_ports_is_one_object(package: Package) -> None:
    found = find(package(ports=PORTS, one=PREAMBLE + BOTH.replace("unit: MemoryUnit", "unit: MemoryStore")))
    greetings, moods = found.readers(MemoryStore()).values()
    assert greetings is moods


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (GREETER + GREETER.replace("Greeter:", "Second:"), "Greeter and Second both serve Greetings; keep one of them"),
        (GREETER.replace("answer", "reply"), "Greeter serves Greetings without its answer"),
        (GREETER.replace("say", "tell").replace("answer", "reply"), "Greeter serves Greetings without its answer, say"),
        (
            GREETER.replace("unit: MemoryUnit", "unit: str"),
            "the constructor of Greeter must take one thing, MemoryUnit or MemoryStore",
        ),
        (
            GREETER.replace("unit: MemoryUnit", "unit: MemoryUnit, store: MemoryStore"),
            "the constructor of Greeter must take one thing, MemoryUnit or MemoryStore",
        ),
        (
            GREETER.replace("unit: MemoryUnit", "unit"),
            "the constructor of Greeter must take one thing, MemoryUnit or MemoryStore",
        ),
    ],
)
def test_a_broken_rule_stops_the_start(package: Package, source: str, message: str) -> None:
    with pytest.raises(Miswired) as error:
        find(package(ports=PORTS, one=PREAMBLE + source))
    assert str(error.value) == message


@dataclass(frozen=True, slots=True)
class Words(PortSet):
    one: str


@dataclass(frozen=True, slots=True)
class Strangers(PortSet):
    one: str
    unknown: Unit


@dataclass(frozen=True, slots=True)
class Nest(PortSet):
    words: Words


@dataclass
class Loose(PortSet):
    one: str


class TestAsking:
    """What a handler asks for and nothing serves stops the start too."""

    @staticmethod
    def call(function: Any) -> Call:
        known: dict[type, object] = {str: "hello"}
        order = "first the command, then the actor"
        return Call(function, frozenset(), known.__getitem__, leading=("command", "actor"), order=order)

    def test_a_port_that_nothing_serves_is_named(self) -> None:
        async def greet(command: str, actor: Actor, units: Unit) -> None: ...

        with pytest.raises(Miswired) as error:
            self.call(greet)
        assert str(error.value) == "greet asks for Unit, which nothing serves; put @serves(Unit) on its adapters"

    def test_a_parameter_without_a_type_is_named(self) -> None:
        async def greet(command: str, actor: Actor, unknown) -> None: ...  # type: ignore[no-untyped-def]  # the point

        with pytest.raises(Miswired, match="greet must annotate its parameter unknown"):
            self.call(greet)

    async def test_what_is_served_is_passed(self) -> None:
        async def greet(command: str, actor: Actor, words: str) -> str:
            return words

        assert await self.call(greet)("", Actor.system(), None) == "hello"

    def test_a_port_of_a_set_that_nothing_serves_is_named_with_its_field(self) -> None:
        async def greet(command: str, actor: Actor, strangers: Strangers) -> None: ...

        with pytest.raises(Miswired) as error:
            self.call(greet)
        assert str(error.value) == (
            "greet asks for Unit for unknown of Strangers, which nothing serves; put @serves(Unit) on its adapters"
        )

    def test_a_set_holds_no_other_set(self) -> None:
        async def greet(command: str, actor: Actor, nest: Nest) -> None: ...

        with pytest.raises(Miswired) as error:
            self.call(greet)
        assert str(error.value) == "greet asks for Words for words of Nest: a set of ports holds no other set"

    @pytest.mark.parametrize("kind", [PortSet, Loose])
    def test_a_set_is_a_frozen_dataclass(self, kind: type) -> None:
        async def greet(command: str, actor: Actor, words: Any) -> None: ...

        greet.__annotations__["words"] = kind
        with pytest.raises(Miswired) as error:
            self.call(greet)
        assert str(error.value) == f"greet takes {kind.__name__}, which must be a frozen dataclass of ports"

    async def test_a_set_without_ports_of_the_unit_is_built_once(self) -> None:
        async def greet(command: str, actor: Actor, words: Words) -> Words:
            return words

        call = self.call(greet)
        words = await call("", Actor.system(), None)
        assert words == Words("hello")
        assert await call("", Actor.system(), None) is words


def test_both_stores_serve_the_same_ports() -> None:
    assert memory_adapters().of_unit.keys() == sql_adapters().of_unit.keys()
    assert memory_adapters().of_reads.keys() == sql_adapters().of_reads.keys()
