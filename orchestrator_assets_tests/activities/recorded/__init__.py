"""Replies recorded for the prompts as they are reviewed, and what must come of each.

A changed prompt fails the evals until replies were recorded anew for it: run the activity on a repository like the one in
`test_evals.shop` with the new prompt, put what the model said into `replies.yaml`, and the new `prompt_version` beside it.
"""
