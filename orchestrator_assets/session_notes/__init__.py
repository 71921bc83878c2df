"""Session notes, their index pages, session logs in decisions, and command logs."""
