"""The ways to say who asks, one file each."""
