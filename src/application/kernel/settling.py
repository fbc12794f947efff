"""Changes that became due with time, and must take effect before a message can be handled."""

from __future__ import annotations

from typing import Any

from application.kernel.messages import Command


class SettleFirst(Exception):
    """The state that the message needs is out of date: a due change has not been made yet.

    Raised by a handler. The bus rolls the unit back, carries out these commands as the system, each in a unit of work
    of its own, and sends the message to its handler again.
    """

    def __init__(self, *commands: Command[Any]) -> None:
        super().__init__(*commands)
        self.commands = commands
