"""Access to a language model: one question in, one typed reply out, and a named outcome for everything between."""
