"""The templates in this package. Everything that they show is escaped."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from domain.kernel.days import in_words

templates = Environment(
    loader=PackageLoader(__package__, ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["in_words"] = in_words


def styled_by(name: str) -> tuple[Markup, bytes]:
    """A style sheet for `<style>`, and the policy of a page that has no script, and loads nothing."""
    style = read_own(name)
    policy = (
        "default-src 'none'; "
        f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Markup(style), policy.encode()  # noqa: S704  # our own file, and CSS must not be escaped


def read_own(name: str) -> str:
    """The text of a file in this package."""
    return files(__package__).joinpath(name).read_text()
