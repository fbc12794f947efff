"""Who takes which module."""
