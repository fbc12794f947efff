"""What the group's leaders look at."""
