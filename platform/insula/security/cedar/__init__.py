"""The policy engine: texts in, decisions out, with no knowledge of requests or tables."""
