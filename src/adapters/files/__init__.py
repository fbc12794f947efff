"""Files that people keep: the catalogue in Markdown, the roster in CSV."""
