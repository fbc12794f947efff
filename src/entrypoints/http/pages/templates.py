"""The templates in this package. Everything that they show is escaped."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from domain.kernel.days import in_words

templates = Environment(
    loader=PackageLoader(__package__, ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["in_words"] = in_words


def read_own(name: str) -> str:
    """The text of a file in this package."""
    return files(__package__).joinpath(name).read_text()
