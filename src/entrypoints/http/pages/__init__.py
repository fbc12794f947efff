"""Pages that a browser gets where a program gets JSON, with their templates."""
