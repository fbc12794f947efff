"""Notices: what people are told by e-mail, from the decision to the answer of the mail server."""
