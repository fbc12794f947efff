"""The HTTP API: thin routes over the application's messages."""
