"""Histories: positions and employment of people in time."""
