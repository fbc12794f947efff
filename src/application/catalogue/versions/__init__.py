"""Use cases of the versions of a module."""
