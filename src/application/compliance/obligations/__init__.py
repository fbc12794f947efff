"""What people owe."""
