"""What must be gone before what, when parts go with their owners."""

import pytest

from orphancleanup.judging.links import Links
from orphancleanup.model import Ref

Words = dict[str, str]


def edges(words: Words) -> dict[Ref, frozenset[Ref]]:
    return {Ref('thing', ref): refs(others) for ref, others in words.items()}


def refs(names: str) -> frozenset[Ref]:
    return frozenset(Ref('thing', name) for name in names.split())


def waits(owners: Words, ahead: Words, selected: str) -> Words:
    """Return what waits for what; what waits for nothing is left out.

    :param owners: part to owners.
    :param ahead: what a resource says itself must be gone before it.
    """
    found = Links(edges(owners), {}, edges(ahead)).waits(refs(selected))
    assert found.keys() == refs(selected)
    return {ref.id: ' '.join(sorted(each.id for each in some)) for ref, some in found.items() if some}


@pytest.mark.parametrize(
    ('owners', 'ahead', 'selected', 'expected'),
    [
        pytest.param({}, {'a': 'b c'}, 'a b', {'a': 'b'}, id='only what goes itself'),
        pytest.param({}, {'a': 'b'}, 'b', {}, id='what stays waits for nothing'),
        pytest.param({'p': 'o'}, {'o': 'p'}, 'o p', {}, id='an owner never for its part'),
        pytest.param({'p': 'o'}, {'p': 'o'}, 'o p', {'p': 'o'}, id='a part for its owner'),
        pytest.param(
            {'p': 'o'}, {'o': 'x', 'p': 'y'}, 'o p x y', {'o': 'x y', 'p': 'y'}, id='an owner for both'
        ),
        pytest.param({'p': 'o'}, {'p': 'y'}, 'o y', {}, id='nothing for a part that stays'),
        pytest.param({'p': 'o'}, {'p': 'y'}, 'p y', {'p': 'y'}, id='no owner that stays'),
        pytest.param(
            {'p': 'o', 'q': 'o'},
            {'lone': 'x', 'stays': 'x', 'q': 'x', 'p': 'y'},
            'o p q lone x y',
            {'lone': 'x', 'q': 'x', 'p': 'y', 'o': 'x y'},
            id='for all that stands in the way of any part',
        ),
        pytest.param(
            {'deep': 'p', 'p': 'o'},
            {'deep': 'x'},
            'o p deep x',
            {'deep': 'x', 'p': 'x', 'o': 'x'},
            id='owners of owners',
        ),
        pytest.param(
            {'p': 'o', 'q': 'o'}, {'p': 'q'}, 'o p q', {'p': 'q'}, id='parts of one owner for each other'
        ),
        pytest.param(
            {'p': 'o', 'q': 'r'},
            {'p': 'q', 'q': 'p'},
            'o p q r',
            {'p': 'q', 'q': 'p'},
            id='two owners that would wait for each other are tried all the same',
        ),
        pytest.param(
            {'p': 'o', 'q': 'o', 'deep': 'q'},
            {'p': 'q', 'deep': 'x', 'x': 'o'},
            'o p q deep x',
            {'p': 'q', 'deep': 'x', 'q': 'x', 'x': 'o'},
            id='a part that is an owner waits though its own owner is tried',
        ),
    ],
)
def test_what_stands_in_the_way_of_a_part_stands_in_the_way_of_its_owner(
    owners: Words, ahead: Words, selected: str, expected: Words
) -> None:
    assert waits(owners, ahead, selected) == expected


def test_all_parts_are_those_of_parts_too_without_the_owner_itself() -> None:
    found = Links(parts=edges({'o': 'p q', 'p': 'deep', 'deep': 'o'}))
    assert found.all_parts(Ref('thing', 'o')) == refs('p q deep')
    assert found.all_parts(Ref('thing', 'q')) == refs('')


def test_all_owners_are_those_of_owners_too() -> None:
    found = Links(owners=edges({'deep': 'p', 'p': 'o r'}))
    assert found.all_owners(Ref('thing', 'deep')) == refs('p o r')
    assert found.all_owners(Ref('thing', 'o')) == refs('')
