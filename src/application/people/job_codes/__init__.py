"""Job codes, and the job titles that mean them."""
