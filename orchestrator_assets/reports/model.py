"""The facts of a period, as they are stored, printed and written down.

Lists hold what can be looked up (each item names its repository and commit or path); figures by repository are numbers.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class Tag(_Data):
    """A tag made in the period; `release` is whether its name is a version."""

    name: str
    commit: str
    date: str
    release: bool
    repo: str = ""


class Merge(_Data):
    """Merged work: a merge commit, or a commit whose subject names the pull request it came by."""

    commit: str
    date: str
    subject: str
    number: int | None
    repo: str = ""


class Revert(_Data):
    """A commit that takes another back; `reverts` is that one's id as written, None if it is not."""

    commit: str
    date: str
    subject: str
    reverts: str | None
    repo: str = ""


class Branch(_Data):
    """A branch with its newest commit."""

    name: str
    commit: str
    date: str
    repo: str = ""


class GitFacts(_Data):
    """What happened in one repository. `head_at_start` and `head_at_end` are the newest commits before the period's
    beginning and end, by committer date. `trend` counts commits of the periods before and of this one,
    oldest first; `days` by day (ISO, in the period's time zone). `people` are addresses: they are counted and never
    published. `lead_hours` is a median; `absence_factor` the smallest number of
    people who made over half of the last year's commits."""

    head_at_start: str | None
    head_at_end: str | None
    commits: int
    people: list[str]
    machine_commits: int
    first_commit: str | None
    is_new: bool
    trend: list[int]
    days: dict[str, int]
    merges: list[Merge]
    reverts: list[Revert]
    tags: list[Tag]
    lead_hours: float | None
    stale_branches: list[Branch]
    absence_factor: int | None


class Item(_Data):
    """A record: where it stands, and what a person calls it. `commit` is the last one that touched its path."""

    repo: str
    path: str
    line: int
    commit: str
    title: str


class DecisionFacts(_Data):
    """Decisions that came (`opened`), those that reached a status which they had not before, new ones included, and
    all that are still `proposed` at the end."""

    opened: list[Item] = []
    accepted: list[Item] = []
    superseded: list[Item] = []
    proposed: list[Item] = []


class NoteFacts(_Data):
    """Session notes that came, those that became complete, and every next step that is open at the end."""

    opened: list[Item] = []
    closed: list[Item] = []
    next_steps: list[Item] = []


class KindFacts(_Data):
    """Records of one index: how many there are at the end, which came and which are gone."""

    total: int = 0
    added: list[Item] = []
    lost: list[Item] = []


class Skipped(_Data):
    """A repository that could not be read, and why."""

    repo: str
    status: str
    reason: str


class RepositoriesFacts(_Data):
    """Names of repositories: `new` began in the period, `vanished` cannot be found any more or left the registry in it,
    `quiet` have no commit in it, `skipped` could not be read."""

    scanned: int = 0
    new: list[str] = []
    vanished: list[str] = []
    quiet: list[str] = []
    skipped: list[Skipped] = []


class Failing(_Data):
    """Errors of one code in one index at the period's end, by repository. `since` is the first day of the period in
    which they were first seen; None if they were there before the oldest period that was looked at."""

    index: str
    code: str
    message: str
    repositories: dict[str, int]
    since: str | None


class Proxies(_Data):
    """Delivery as far as git tells: figures that stand for something they are not (see the definitions)."""

    releases: dict[str, int] = {}
    lead_hours: dict[str, float] = {}
    reverts: dict[str, int] = {}


class Contradiction(_Data):
    """What a page claims and what is counted, with the place of the claim."""

    repo: str
    path: str
    line: int
    commit: str
    claim: str
    unit: str
    claimed: int
    counted: int
    of: str


class ClaimFacts(_Data):
    """Numbers that pages claim, against what is counted: those that do not hold, those that do, and how many say too
    little to be compared."""

    contradicted: list[Contradiction] = []
    confirmed: list[Contradiction] = []
    not_comparable: int = 0


class ProjectFacts(_Data):
    """How far a project is: steps of its sequence that are complete (`steps` in all), criteria met, and how many steps
    were begun before an earlier one was complete."""

    repo: str
    id: str
    name: str | None
    steps: int
    complete: int
    criteria: int
    met: int
    out_of_order: int


class Forge(_Data):
    """Issues and requests of one repository at its forge, in the period; `why` is why they are not known."""

    repo: str
    forge: str
    issues_opened: int | None = None
    issues_closed: int | None = None
    requests_opened: int | None = None
    requests_merged: int | None = None
    why: str | None = None


class BoardFacts(_Data):
    """A project board (OWNER/NUMBER): its items by status as of collecting, those added in the period and those whose
    issue or request was closed in it; `why` is why they are not known."""

    board: str
    title: str | None = None
    items: int | None = None
    states: dict[str, int] = {}
    added: int | None = None
    closed: int | None = None
    why: str | None = None


class Facts(_Data):
    """Everything that is told of a period."""

    commits: dict[str, int]
    people: dict[str, int]
    people_total: int
    trend: dict[str, int]
    days: dict[str, int]
    machine_commits: dict[str, int]
    tags: list[Tag]
    merged: list[Merge]
    reverts: list[Revert]
    stale_branches: list[Branch]
    one_person: list[str]
    decisions: DecisionFacts
    session_notes: NoteFacts
    records: dict[str, KindFacts]
    repositories: RepositoriesFacts
    failing: list[Failing]
    proxies: Proxies
    contradictions: ClaimFacts
    projects: list[ProjectFacts] = []
    forges: list[Forge] = []
    boards: list[BoardFacts] = []


class Kept(_Data):
    """Statements of a model that were kept, and that were dropped."""

    kept: int = 0
    dropped: int = 0


class StatementFact(_Data):
    """A sentence of a model that its evidence holds, and where that is."""

    text: str
    places: list[str]


class Report(_Data):
    """The facts of one period with the commits they come from: repository -> its newest commit before `to` (None: it
    had none). `claims` counts what a model said of them: `statements` kept, and dropped because their evidence does
    not hold them; `words` is what came of asking it (None: it was not asked). `from_` and `to` are ISO 8601 with their
    zone, from inclusive, to exclusive. `finished` is whether the period was over when they were collected."""

    period: str
    from_: str
    to: str
    zone: str
    finished: bool
    facts: Facts
    claims: Kept = Kept()
    words: str | None = None
    statements: list[StatementFact] = []
    commits: dict[str, str | None]
