"""`insula token` and `insula service`."""
