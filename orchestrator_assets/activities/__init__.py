"""Activities: steps that a model phrases and code judges."""
