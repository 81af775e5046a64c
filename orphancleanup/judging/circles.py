"""Where a graph goes round in circles. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from orphancleanup.model import Ref

Graph = Mapping[Ref, Collection[Ref]]


@dataclass(slots=True)
class _Walk:
    """The state of Tarjan's walk (SIAM Journal on Computing 1, 1972), with a stack of its own for deep graphs.

    :param found: the number at which each node was met first.
    :param low: the lowest number that can be reached from a node that is still open.
    :param open_nodes: nodes whose component is not known yet, in the order in which they were met.
    """

    graph: Graph
    found: dict[Ref, int] = field(default_factory=dict)
    low: dict[Ref, int] = field(default_factory=dict)
    open_nodes: list[Ref] = field(default_factory=list)

    def from_root(self, root: Ref) -> Iterator[frozenset[Ref]]:
        """Yield the components that can be reached from a node and were not yielded before."""
        path = [(root, self._enter(root))]
        while path:
            node, others = path[-1]
            for other in others:
                if other not in self.found:
                    path.append((other, self._enter(other)))
                    break
                if other in self.low:
                    self.low[node] = min(self.low[node], self.found[other])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    self.low[above] = min(self.low[above], self.low[node])
                if self.low[node] == self.found[node]:
                    yield self._close(node)

    def _enter(self, node: Ref) -> Iterator[Ref]:
        self.found[node] = self.low[node] = len(self.found)
        self.open_nodes.append(node)
        return iter(self.graph.get(node, ()))

    def _close(self, root: Ref) -> frozenset[Ref]:
        component = [self.open_nodes.pop()]
        while component[-1] != root:
            component.append(self.open_nodes.pop())
        for node in component:
            del self.low[node]
        return frozenset(component)


def circles(graph: Graph) -> tuple[frozenset[Ref], ...]:
    """Return the groups of nodes that can all be reached from one another.

    :param graph: a node to those that it leads to; a node that leads to itself is a circle, too.
    :returns: each group once, in linear time; empty when there is no circle.
    """
    walk = _Walk(graph)
    components = [component for node in graph if node not in walk.found for component in walk.from_root(node)]
    return tuple(each for each in components if len(each) > 1 or _leads_to_itself(graph, each))


def _leads_to_itself(graph: Graph, component: frozenset[Ref]) -> bool:
    (node,) = component
    return node in graph.get(node, ())
