"""Connections of clients, and what each may take before its requests reach the application."""
