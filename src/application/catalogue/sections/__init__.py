"""The steps of a module."""
