"""The orchestration registry: domains, the sequences that implement them, and what the registry claims of them."""
