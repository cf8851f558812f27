"""Rules on rows: the policy, asked with the resource left open, becomes one condition of a statement."""
