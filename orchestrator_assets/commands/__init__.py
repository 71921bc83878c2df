"""The command line, a module per capability: they only wire options to functions and results to output."""
