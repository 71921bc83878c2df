"""Publications for tests."""

from __future__ import annotations

from orchestrator_assets.hub.publish import Publication

SOURCES = {"alpha": "a" * 40, "beta": "b" * 40}
AS_OF = "2025-06-01T12:00:00+02:00"


def publication(name: str = "decisions", **files: str) -> Publication:
    """A publication of text files; `A_md` stands for `A.md`."""
    contents = {path.replace("_", "."): text.encode() for path, text in files.items()}
    return Publication(name, contents, SOURCES, AS_OF)


def numbered(number: int) -> Publication:
    """The publication number so-and-so of a series, each unlike the others; one file comes and goes."""
    files = {"INDEX.md": f"content {number}\n" * 50, "data/index.json": f"{{{number}}}"}
    if number % 2:
        files["odd.md"] = f"{number}"
    return Publication("series", {path: text.encode() for path, text in files.items()}, SOURCES, AS_OF)
