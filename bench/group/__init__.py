"""A made-up dental group: its offices, everybody who has ever worked there, and what its HR system exports each night.

All of it follows from a few numbers and a seed; nothing here reads a clock or a database.
"""
