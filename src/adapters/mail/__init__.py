"""E-mail: letters become messages, and go to a mail server by SMTP."""
