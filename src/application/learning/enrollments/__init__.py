"""The enrollments of users in modules."""
