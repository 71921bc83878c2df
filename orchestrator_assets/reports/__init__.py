"""Status reports: collect facts of a period, write them down, deliver them once, and see trends."""
