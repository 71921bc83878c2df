"""The maturity rubric: a level is reached when every criterion of it and of the levels below is met, by files that
stand at the commit. Published in docs/maturity.md; a test keeps both equal. No model has a say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from orchestrator_assets.activities.evidence import Tree

_SHOWN = 5
_CODE = r"\.(?:py|rb|go|rs|java|kt|cs|fs|php|swift|ex|exs|[cm]?[jt]sx?)"
# Copies of other people's work are no evidence of a repository's own.
_FOREIGN = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|\.venv|venv|site-packages|dist|build|\.git)/")


class Criterion(NamedTuple):
    """One thing that a level asks for: a file that is not empty, at a path that fits."""

    name: str
    asks: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the rubric."""

    name: str
    title: str
    criteria: tuple[Criterion, ...]


RUBRIC = (
    Level("L1", "exists", ()),
    Level(
        "L2",
        "described",
        (
            Criterion("readme", "a README at the root", r"readme(?:\.[a-z]+)?"),
            Criterion(
                "manifest",
                "a manifest of a package or of its dependencies",
                r"(?:.*/)?(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|requirements[^/]*\.txt|pipfile|go\.mod|cargo\.toml"
                r"|pom\.xml|build\.gradle(?:\.kts)?|gemfile|composer\.json|mix\.exs|package\.swift|[^/]+\.(?:cs|fs)proj)",
            ),
        ),
    ),
    Level(
        "L3",
        "tested",
        (
            Criterion(
                "tests",
                "a test that a test runner finds",
                rf"(?:.*/)?(?:tests?|__tests__|specs?)/(?:.*/)?[^/]+{_CODE}|(?:.*/)?test_[^/]+\.py|(?:.*/)?[^/]+_test\.(?:py|go|rb|rs)"
                r"|(?:.*/)?[^/]+\.(?:test|spec)\.[cm]?[jt]sx?|(?:.*/)?[^/]+tests?\.(?:cs|java|kt)",
            ),
            Criterion(
                "ci",
                "a continuous integration that can run it",
                r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|azure-pipelines\.yml|bitbucket-pipelines\.yml|\.travis\.yml"
                r"|jenkinsfile|\.circleci/config\.yml|\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml",
            ),
        ),
    ),
    Level(
        "L4",
        "governed",
        (
            Criterion(
                "decisions",
                "a recorded decision",
                r"(?:.*/)?(?:decisions?|adrs?|architecture-decisions?)/(?:.*/)?(?!readme|index|template)[^/]+\.(?:md|rst|adoc|txt)",
            ),
            Criterion(
                "changes",
                "a change log",
                r"(?:(?:.*/)?changelog|changes|history|releases?|news)(?:\.(?:md|rst|txt|adoc))?",
            ),
        ),
    ),
    Level(
        "L5",
        "operable",
        (
            Criterion(
                "architecture",
                "an architecture page",
                r"(?:.*/)?architecture(?:[-_.][^/]*)?\.(?:md|rst|adoc)|(?:.*/)?architecture/[^/]+\.(?:md|rst|adoc)",
            ),
            Criterion(
                "deployment",
                "what it is deployed with",
                r"(?:.*/)?(?:dockerfile(?:\.[^/]+)?|(?:docker-)?compose(?:\.[^/]+)?\.ya?ml|chart\.ya?ml|procfile|fly\.toml|vercel\.json"
                r"|netlify\.toml|serverless\.ya?ml|skaffold\.ya?ml|kustomization\.ya?ml|[^/]+\.tf)",
            ),
        ),
    ),
    Level(
        "L6",
        "guarded",
        (
            Criterion("licence", "a licence", r"(?:un)?licen[cs]e(?:s)?(?:[-.][^/]*)?|copying(?:\.[a-z]+)?"),
            Criterion(
                "lock",
                "locked dependencies",
                r"(?:.*/)?(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|uv\.lock"
                r"|pipfile\.lock|requirements\.lock|go\.sum|cargo\.lock|gemfile\.lock|composer\.lock|mix\.lock|gradle\.lockfile)",
            ),
            Criterion("security", "a security policy", r"(?:\.github/|docs/|\.gitlab/)?security\.(?:md|rst|txt)"),
            Criterion("owners", "owners of its code", r"(?:\.github/|docs/|\.gitlab/)?codeowners"),
        ),
    ),
    Level(
        "L7",
        "sustained",
        (
            Criterion(
                "updates",
                "dependency updates by a machine",
                r"\.github/dependabot\.ya?ml|(?:\.github/|\.gitlab/)?\.?renovate(?:rc)?(?:\.json5?)?",
            ),
            Criterion(
                "release",
                "releases by a machine",
                r"\.github/workflows/[^/]*(?:release|publish|deploy)[^/]*\.ya?ml|\.releaserc(?:\.[a-z]+)?|release-please-config\.json"
                r"|\.goreleaser\.ya?ml|release\.config\.[cm]?js|\.changeset/config\.json",
            ),
            Criterion(
                "observed",
                "what watches it at work",
                r"(?:.*/)?(?:prometheus[^/]*\.ya?ml|alerts?[^/]*\.ya?ml|slos?[^/]*\.(?:ya?ml|md)"
                r"|(?:grafana|dashboards)/(?:.*/)?[^/]+\.json|otel[^/]*\.ya?ml)",
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion as found. `paths` are the first files that meet it, in order; none: it is not met."""

    level: str
    name: str
    asks: str
    paths: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether the criterion is met."""
        return bool(self.paths)


@dataclass(frozen=True, slots=True)
class Maturity:
    """The level of a repository at a commit, and every criterion as found."""

    level: str
    findings: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What is not met, the next level's first."""
        return tuple(finding for finding in self.findings if not finding.met)


def assess(tree: Tree) -> Maturity:
    """The maturity of a repository at a commit, from its files alone."""
    own = [path for path in tree.paths if not _FOREIGN.search(path)]
    findings = [
        Finding(level.name, item.name, item.asks, _meeting(tree, own, item))
        for level in RUBRIC
        for item in level.criteria
    ]
    reached = RUBRIC[0].name
    for level in RUBRIC:
        if not all(finding.met for finding in findings if finding.level == level.name):
            break
        reached = level.name
    return Maturity(reached, tuple(findings))


def _meeting(tree: Tree, paths: list[str], criterion: Criterion) -> tuple[str, ...]:
    pattern = re.compile(criterion.pattern, re.IGNORECASE)
    found: list[str] = []
    for path in paths:
        if pattern.fullmatch(path) and tree.size(path) > 0:
            found.append(path)
            if len(found) == _SHOWN:
                break
    return tuple(found)
