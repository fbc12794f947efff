"""Packages made up by tests of what is found at start."""

from __future__ import annotations

from collections.abc import Callable

Package = Callable[..., str]
"""Makes a package of modules, given by name (`__` for a folder) and source, and says what it is called."""
