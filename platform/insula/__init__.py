"""Insula: one installation, many tenants, solid walls."""
