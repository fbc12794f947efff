"""What real faults do to the service: servers that are killed, networks that fall silent, locks held by others.

`make faults` runs many rounds, CI runs a few of each: `rounds` says how many.
"""
