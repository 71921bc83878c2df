"""What the figures of a report mean, in the words that stand beside them."""

from __future__ import annotations

PROXIES = (
    "Proxies, not deliveries: git does not know what reached users. A release is a tag whose name is a version; the "
    "hours are the median from a commit to the first tag that holds it; a revert is a commit that takes another back."
)
DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("commits", "Commits reachable from the ref that is followed, merges included, by committer date."),
    ("people", "Distinct authors of these commits, joined by the repository's .mailmap; machines are left out."),
    (
        "decisions opened",
        "Decision documents that are there at the end and were not at the beginning. A move is none.",
    ),
    ("decisions accepted", "Decisions whose status is accepted or decided at the end and was not at the beginning."),
    ("decisions superseded", "The same, of the status superseded."),
    ("session notes opened, closed", "Note files that came; note files that are complete and were not."),
    ("open next steps", "Open items of next-steps sections in all notes that are not complete, at the period's end."),
    ("new, quiet", "Repositories whose first commit lies in the period; that have commits, but none in the period."),
    ("vanished", "Repositories that cannot be found when the facts are collected, or that left the registry."),
    ("one person", "One person made more than half of the commits of the 365 days before the period's end."),
    (
        "stale branches",
        "Branches without a commit for 90 days, not merged, as they are when the facts are collected.",
    ),
    ("errors", "Problems of severity error in the indexes as of the period's end; since: the period they came in."),
    ("claims", "Numbers in status pages and generated catalogs, as of the period's end, against what is counted."),
)
