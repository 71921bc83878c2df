"""Content that was lost: noticed, named by its commit, held back, accepted."""

from __future__ import annotations

from orchestrator_assets.catalog import content_store, fleet_store, index_store
from orchestrator_assets.catalog.aggregate import Build, build_index
from orchestrator_assets.fleet.travel import index_at
from orchestrator_assets.hub.indexes import Blocked, publish_indexes
from orchestrator_assets.sequences.kind import KIND
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GitRepository
from orchestrator_assets_tests.sequences.made import beat, package, sequence, text

CODE = "sequence.content_lost"
WHOLE = {
    "package.json": text(package("@x/a", "scores")),
    "scores/one.json": text(sequence("one")),
    "scores/two.json": text(sequence("two")),
}


def build(fleet: Fleet) -> Build:
    fleet.scan()
    return build_index(fleet.engine, KIND)


def lost(made: Build) -> list[str]:
    return [item.problem.message for item in made.integrity if item.problem.code == CODE]


def whole(fleet: Fleet) -> GitRepository:
    """A scanned repository with two sequences."""
    [made] = fleet.make("a")
    made.commit(WHOLE)
    assert build(fleet).integrity == ()
    return made


def test_beats_turned_into_a_number_are_named_by_their_commit(fleet: Fleet) -> None:
    made = whole(fleet)
    made.commit({"README.md": "before"})
    culprit = made.commit({"scores/one.json": text(sequence("one", beats=2))})
    made.commit({"README.md": "after"})
    assert lost(build(fleet)) == [
        f"one had its 2 beats written out; since commit {culprit} it is gone or only counts them"
    ]


def test_a_dropped_sequence_is_named_by_its_commit(fleet: Fleet) -> None:
    made = whole(fleet)
    made.commit({"README.md": "before"})
    culprit = made.commit(remove=["scores/two.json"])
    assert [message for message in lost(build(fleet)) if "two" in message and culprit in message]


def test_edits_and_moves_are_no_loss(fleet: Fleet) -> None:
    made = whole(fleet)
    made.commit(
        {"scores/one.json": text(sequence("one", [beat(1)])), "scores/deep/two.json": text(sequence("two"))},
        remove=["scores/two.json"],
    )
    assert build(fleet).integrity == ()


def test_what_came_and_was_emptied_between_two_scans_is_lost_too(fleet: Fleet) -> None:
    made = whole(fleet)
    made.commit({"scores/three.json": text(sequence("three"))})
    culprit = made.commit({"scores/three.json": text(sequence("three", beats=2))})
    assert [message for message in lost(build(fleet)) if message.startswith("three") and culprit in message]
    made.commit({"README.md": "later"})
    assert [message for message in lost(build(fleet)) if message.startswith("three") and culprit in message]


def test_a_loss_on_a_merged_line_is_named(fleet: Fleet) -> None:
    made = whole(fleet)
    made.git("checkout", "-q", "-b", "side")
    culprit = made.commit(remove=["scores/two.json"])
    made.git("checkout", "-q", "main")
    made.commit({"README.md": "main goes on"})
    made.git("checkout", "-q", "side")
    made.git("merge", "-q", "--no-edit", "main")
    made.git("branch", "-f", "main", "side")
    made.git("checkout", "-q", "main")
    assert culprit in lost(build(fleet))[0]


def test_of_a_new_repository_the_newest_change_is_judged(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({**WHOLE, "scores/old.json": text(sequence("old"))})
    made.commit(remove=["scores/old.json"])
    culprit = made.commit(remove=["scores/two.json"])
    made.commit({"README.md": "x"})
    [message] = lost(build(fleet))
    assert message.startswith("two ") and culprit in message, "what was dropped before that is no news"


def test_a_force_push_to_another_history_is_judged(fleet: Fleet) -> None:
    made = whole(fleet)
    made.git("checkout", "-q", "--orphan", "other")
    made.git("rm", "-q", "-rf", ".")
    head = made.commit({"package.json": WHOLE["package.json"], "scores/one.json": WHOLE["scores/one.json"]})
    made.git("branch", "-f", "main", "other")
    made.git("checkout", "-q", "main")
    assert [message for message in lost(build(fleet)) if message.startswith("two ") and head in message]


def test_the_last_good_index_stays_until_the_loss_is_accepted(fleet: Fleet) -> None:
    made = whole(fleet)
    publish_indexes(fleet.engine, fleet.settings)
    good = index_store.load_files(fleet.engine, "sequences")
    made.commit({"scores/one.json": text(sequence("one", beats=2))})
    build(fleet)
    assert index_store.load_files(fleet.engine, "sequences") == good
    held = [item for item in publish_indexes(fleet.engine, fleet.settings) if item.name == "sequences"]
    assert isinstance(held[0], Blocked) and "a: one had its 2 beats" in held[0].reasons[0]

    assert content_store.accept_loss(fleet.engine, "a", KIND.name, CODE) == 1
    assert build(fleet).integrity == ()
    assert index_store.load_files(fleet.engine, "sequences") != good
    assert content_store.accept_loss(fleet.engine, "a", KIND.name, CODE) == 0
    made.commit({"README.md": "later"})
    assert build(fleet).integrity == (), "an accepted loss stays accepted"


def test_restored_content_settles_the_problem_by_itself(fleet: Fleet) -> None:
    made = whole(fleet)
    made.commit({"scores/one.json": text(sequence("one", beats=2))})
    assert lost(build(fleet))
    made.commit({"scores/one.json": WHOLE["scores/one.json"]})
    assert build(fleet).integrity == ()


def test_a_journey_through_time_judges_too_and_keeps_nothing(fleet: Fleet) -> None:
    made = whole(fleet)
    culprit = made.commit({"scores/one.json": text(sequence("one", beats=2))})
    found = index_at(fleet.engine, fleet.settings, KIND, fleet_store.fleet(fleet.engine), culprit)
    assert [item.problem.code for item in found.problems if item.problem.code == CODE] == [CODE]
    assert build_index(fleet.engine, KIND).integrity == (), "the present state is untouched"
