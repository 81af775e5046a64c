"""Circles are found, each once, however large the graph is."""

import hypothesis.strategies as st
from hypothesis import given

from orphancleanup.judging.circles import circles
from orphancleanup.judging.links import reach
from orphancleanup.model import Ref

NODES = [Ref('thing', str(number)) for number in range(7)]
GRAPHS = st.dictionaries(st.sampled_from(NODES), st.frozensets(st.sampled_from(NODES), max_size=3))


@given(GRAPHS)
def test_nodes_are_in_a_circle_when_each_can_be_reached_from_the_other(
    graph: dict[Ref, frozenset[Ref]],
) -> None:
    found = circles(graph)
    reached = {node: reach(graph, (node,)) for node in NODES}
    for one in NODES:
        for other in NODES:
            is_together = any({one, other} <= circle for circle in found)
            assert is_together == (other in reached[one] and one in reached[other])
    assert sum(len(circle) for circle in found) == len(frozenset[Ref]().union(*found))


def test_a_circle_of_a_hundred_thousand_is_one() -> None:
    nodes = [Ref('thing', str(number)) for number in range(100_000)]
    graph = {node: (following,) for node, following in zip(nodes, nodes[1:] + nodes[:1], strict=True)}
    assert circles(graph) == (frozenset(nodes),)
    del graph[nodes[-1]]
    assert circles(graph) == ()
