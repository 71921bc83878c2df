"""Projects: specifications with an execution sequence, against what was done; and their fields on project boards."""
