"""`insula person`, `invitation`, `role` and `group`: people and what they may do, for somebody with a shell."""
