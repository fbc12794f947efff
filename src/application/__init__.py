"""The use cases: commands, queries and their handlers, and the ports that they depend on."""
