"""Pattern documents, their lineage, and the registry made from them."""
