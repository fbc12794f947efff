"""Classroom sessions."""
