"""Obligations: what people owe, how it is computed, and how that is kept true."""
