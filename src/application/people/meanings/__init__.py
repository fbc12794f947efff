"""What texts of people's profiles mean: one mechanism for locations and job titles."""
