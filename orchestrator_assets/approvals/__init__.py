"""Approvals: what models ask for and people decide, and carrying out what was approved, once."""
