"""What the service is measured against: the same API in other designs. None of them asks who is asking."""
