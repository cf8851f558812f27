"""Programs that people choose for what Insula's collections do, and small ones written by hand, each one file."""
