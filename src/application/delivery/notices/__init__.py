"""Notices: what people are notified by e-mail, from the decision to the answer of the mail server."""
