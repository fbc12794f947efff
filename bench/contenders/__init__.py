"""The contenders of the service: the same API in other designs, without authentication."""
