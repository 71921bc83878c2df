"""Writing into member repositories: always a proposal on a branch, never the branch that people follow."""
