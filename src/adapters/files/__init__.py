"""File formats: the catalogue in Markdown, the roster in CSV."""
