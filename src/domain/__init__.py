"""The rules of training: entities, value objects, policies, events and errors. Standard library only."""
