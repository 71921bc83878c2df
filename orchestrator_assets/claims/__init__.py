"""Claims: numbers that status pages state, contrasted with what is counted."""
