"""Architecture decisions, in all the formats people write them in."""
