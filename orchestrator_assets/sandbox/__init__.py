"""Running what repositories bring along: in a copy of a folder, without secrets, network or privileges."""
