"""What certificates can print of a module."""

from __future__ import annotations

from application.kernel.ports import Typeface
from domain.catalogue.module_life import ModuleNotReady
from domain.catalogue.modules import TrainingModule


def require_printable(module: TrainingModule, typeface: Typeface) -> None:
    """Raises ModuleNotReady for a title or citation with characters that certificates cannot print."""
    for name, text in (("title", module.title), ("citation", module.citation)):
        if text and (lacking := typeface.lacks(text)):
            named = ", ".join(f"{sign} ({' '.join(f'U+{ord(each):04X}' for each in sign)})" for sign in lacking)
            raise ModuleNotReady(
                f"Certificates cannot print {named} of the {name}. Write it differently, then publish."
            )
