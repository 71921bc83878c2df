"""Plugin sequences: musical sequences in JSON, who declares them, their copies, and what is claimed of them."""
