"""Comments on the array: they never prove that something is Cinder's, they only speak against it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.plugins.threepar_lun import comments
from orphancleanup.plugins.threepar_lun.comments import Comment

ID, NAME_ID = 'd03338a9-9115-48a3-8dfc-35cdfcdc15a7', '2f823bdc-e36e-4dc8-bd15-de1c7a28ff31'
OURS = {'volume_id': ID, 'name': f'volume-{ID}', 'type': 'OpenStack', 'display_name': 'db01'}


@pytest.mark.parametrize('text', [None, '', '  ', 'null', '{}'])
def test_a_comment_that_is_not_there_or_was_lost_says_nothing(text: str | None) -> None:
    assert comments.read(text) == Comment()


def test_a_volume_s_comment_names_it_by_both_of_its_ids() -> None:
    assert comments.read(json.dumps({**OURS, '_name_id': NAME_ID})).ids == {ID, NAME_ID}


def test_a_snapshot_s_comment_has_no_type() -> None:
    found = comments.read(json.dumps({'volume_name': f'volume-{ID}', 'volume_id': ID}))
    assert found == Comment(ids=frozenset({ID}))


def test_a_comment_that_the_array_cut_still_names_its_volume() -> None:
    found = comments.read(json.dumps({**OURS, 'display_name': 'x' * 600})[:511])
    assert found == Comment(ids=frozenset({ID}))


@pytest.mark.parametrize(
    'text',
    [
        'do not delete, Bob', '"a string"', '[1]', '17', json.dumps({'type': 'Kubernetes', 'volume_id': ID}),
        '{"type": "VMware", "volum', json.dumps({'owner': 'Bob'}), json.dumps({'volume_name': 'x', 'volume_id': 7}),
    ],
)  # fmt: skip
def test_what_somebody_else_wrote_is_foreign(text: str) -> None:
    assert comments.read(text).is_foreign


@given(st.one_of(st.text(), st.none(), st.integers(), st.recursive(st.text(), st.lists).map(json.dumps)))
def test_no_comment_makes_reading_fail(text: object) -> None:
    assert isinstance(comments.read(text), Comment)
