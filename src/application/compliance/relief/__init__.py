"""Relief from requirements: requested, decided by somebody else, and ended."""
