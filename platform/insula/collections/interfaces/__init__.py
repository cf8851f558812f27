"""What other rooms, and the parts of this one, may use of collections."""
