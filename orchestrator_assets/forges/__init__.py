"""GitHub, GitLab and Gitea: what they know beside git."""
