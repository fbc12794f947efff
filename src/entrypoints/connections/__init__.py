"""Connections of clients, and their limits before requests reach the application."""
