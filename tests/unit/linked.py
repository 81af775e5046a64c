"""Inventories for properties: so sparse that in most of them something goes, and in many something else stays."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from orphancleanup.judging.relations import RELATIONS
from orphancleanup.model import Ref, Resource

FIELDS = tuple(relation.field for relation in RELATIONS if relation.field)
MOST = 6

#: what is said of a resource: the fields of one that are not as those of a plain one
Said = Mapping[str, object]
#: who names whom, by which field; numbers are places among the resources
Edge = tuple[int, str, int]


def resources(
    refs: Sequence[Ref], said: st.SearchStrategy[Said], lost: Ref
) -> st.SearchStrategy[tuple[Resource, ...]]:
    """Return two to six resources with a few relations between them.

    :param said: what is said of one resource.
    :param lost: what some of them name and is not among them.
    """
    places = st.sampled_from(range(MOST))
    edges = st.tuples(places, st.sampled_from(FIELDS), st.sampled_from([*range(MOST)] * 4 + [MOST]))
    return st.builds(
        lambda chosen, all_said, found: _linked([*chosen], all_said, found, lost),
        st.lists(st.sampled_from(refs), min_size=2, max_size=MOST, unique=True),
        st.lists(said, min_size=MOST, max_size=MOST),
        st.lists(edges, min_size=1, max_size=MOST),
    )


def _linked(
    refs: Sequence[Ref], all_said: Sequence[Said], edges: Sequence[Edge], lost: Ref
) -> tuple[Resource, ...]:
    named: dict[Ref, dict[str, tuple[Ref, ...]]] = {ref: {} for ref in refs}
    for place, field, other in edges:
        fields = named[refs[place % len(refs)]]
        fields[field] = (*fields.get(field, ()), lost if other == MOST else refs[other % len(refs)])
    return tuple(
        Resource(ref, **{**said, **named[ref]})  # type: ignore[arg-type]
        for ref, said in zip(refs, all_said, strict=False)
    )
