"""Pictures: stable, escaped, complete."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.diagrams.layout import place
from orchestrator_assets.diagrams.mermaid import mermaid
from orchestrator_assets.diagrams.model import Diagram, Edge, Node
from orchestrator_assets.diagrams.svg import svg


def chain(*pairs: str) -> Diagram:
    keys = list(dict.fromkeys(key for pair in pairs for key in pair))
    return Diagram("t", tuple(Node(key, key) for key in keys), tuple(Edge(*pair) for pair in pairs))


def test_columns_follow_the_arrows() -> None:
    cells = place(chain("ab", "bc", "ac", "dc"))
    assert {key: cell.column for key, cell in cells.items()} == {"a": 0, "b": 1, "c": 2, "d": 0}


def test_a_cycle_is_drawn_and_ends() -> None:
    cells = place(chain("ab", "bc", "ca", "aa"))
    assert len({(cell.column, cell.row) for cell in cells.values()}) == 3


def test_a_long_chain_needs_no_recursion() -> None:
    keys = [str(number) for number in range(5000)]
    nodes = tuple(Node(key, key) for key in keys)
    picture = Diagram("t", nodes, tuple(Edge(a, b) for a, b in itertools.pairwise(keys)))
    assert place(picture)["4999"].column == 4999


def test_a_picture_does_not_show_less_than_it_was_told() -> None:
    with pytest.raises(ValueError, match="no node for"):
        Diagram("t", (Node("a", "a"),), (Edge("a", "b"),))
    with pytest.raises(ValueError, match="share a key"):
        Diagram("t", (Node("a", "a"), Node("a", "b")), ())


def test_mermaid() -> None:
    picture = Diagram("t", (Node("x", "One", "strong", "G"), Node("y", "Two")), (Edge("x", "y", "leads", dashed=True),))
    assert mermaid(picture) == (
        "flowchart LR\n"
        '  subgraph g0["G"]\n    n0["One"]\n  end\n'
        '  n1["Two"]\n'
        '  n0 -.->|"leads"| n1\n'
        "  classDef strong stroke-width:3px\n  class n0 strong\n"
    )


HOSTILE = st.text(max_size=60) | st.sampled_from(
    ['"]\nend\nclick n0 "javascript:alert(1)"', "<script>x</script>", "```", "\u202e\x1b[31m\x00", "]]>", "%%{init}%%"]
)


@given(HOSTILE, HOSTILE)
def test_labels_stay_labels(label: str, edge: str) -> None:
    picture = Diagram(label, (Node("a", label, group=edge), Node("b", edge)), (Edge("a", "b", edge),))
    drawn = svg(picture)
    root = ET.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in root.iter() if isinstance(element.tag, str)}
    assert tags <= {"svg", "style", "text", "g", "rect", "path", "title"}
    assert svg(picture) == drawn
    lines = mermaid(picture).splitlines()
    assert len(lines) in (6, 7), "no label adds a line"
    assert all("```" not in line and "<" not in line.replace("-->", "") for line in lines)
