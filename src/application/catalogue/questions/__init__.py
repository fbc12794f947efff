"""The questions of a quiz."""
