"""Finding handlers: an error stops the startup, and its message says how to correct it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from application.kernel.access import authors
from application.kernel.handlers import discover
from application.kernel.wiring import Miswired
from kit.made_up_packages import Package

PREAMBLE = """
from dataclasses import dataclass
from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.messages import Command, Query

@dataclass(frozen=True)
class Greet(Command[None]):
    pass
"""
GREETER = '''
@handles(Greet, allow=authors)
async def greet(command: Greet, actor: Actor) -> None:
    """Authors greet."""
'''


def test_handlers_are_found_in_every_room(package: Package) -> None:
    ask = '''
    @dataclass(frozen=True)
    class Ask(Query[str]):
        pass

    @handles(Ask, allow=authors, internal=True)
    async def ask(query: Ask, actor: Actor) -> str:
        """Authors ask."""
        return "how are you?"
    '''
    found = discover(package(one=PREAMBLE + GREETER, inner__two=PREAMBLE + GREETER + dedent(ask)))
    assert [(h.message.__name__, h.function.__name__, h.allow, h.internal) for h in found.values()] == [
        ("Greet", "greet", authors, False),
        ("Ask", "ask", authors, True),
        ("Greet", "greet", authors, False),
    ]


def test_a_name_imported_from_another_room_counts_once(package: Package) -> None:
    found = discover(package(one=PREAMBLE + GREETER, two="from greetings.one import Greet, greet"))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (PREAMBLE, "no handler for Greet: write one under @handles(...) beside the message"),
        (
            PREAMBLE + GREETER + GREETER.replace("def greet", "def greet_again"),
            "Greet has two handlers; keep one of them",
        ),
        (PREAMBLE.replace("(frozen=True)", "") + GREETER, "Greet must be a frozen dataclass"),
        (PREAMBLE.replace("@dataclass(frozen=True)", "") + GREETER, "Greet must be a frozen dataclass"),
        (
            PREAMBLE + GREETER.replace('"""Authors greet."""', "pass"),
            "the handler of Greet needs a docstring that says who may call it and what happens",
        ),
        (PREAMBLE + GREETER.replace("async def", "def"), "the handler of Greet must be an async function"),
        (
            PREAMBLE + GREETER.replace("allow=authors", "allow=lambda actor: True"),
            "the policy of Greet needs a docstring that names who may",
        ),
    ],
)
def test_a_broken_rule_stops_the_start(package: Package, source: str, message: str) -> None:
    with pytest.raises(Miswired) as error:
        discover(package(room=source))
    assert str(error.value) == message


def test_a_second_handler_in_another_module_is_noticed_too(package: Package) -> None:
    elsewhere = (
        "from application.kernel.access import Actor, authors\nfrom application.kernel.handlers import handles\n"
    )
    elsewhere += "from greetings.one import Greet\n" + GREETER
    with pytest.raises(Miswired, match="Greet has two handlers"):
        discover(package(one=PREAMBLE + GREETER, two=elsewhere))
