"""Learning: from the start of a module to its completion."""
