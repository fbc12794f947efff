"""Rows as files that spreadsheets open."""
