"""Counts for managers and the group's leaders."""
