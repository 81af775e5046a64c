import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.errors import ApiError
from orphancleanup.sentences import clause, sentence


@pytest.mark.parametrize(
    ('said', 'inside', 'alone'),
    [
        ('it failed', 'it failed', 'it failed.'),
        ('It failed.', 'It failed', 'It failed.'),
        ('It failed.. ', 'It failed', 'It failed.'),
        ('It failed; ', 'It failed', 'It failed.'),
        ('Really?', 'Really?', 'Really?'),
        ('and so on...', 'and so on...', 'and so on...'),
        ('', '', ''),
        (ApiError.of(403, 'No.'), 'HTTP 403: No', 'HTTP 403: No.'),
        (ApiError.of(403, 'No.', 'req-1'), 'HTTP 403: No. (req-1)', 'HTTP 403: No. (req-1).'),
    ],
)
def test_a_sentence_has_one_full_stop_and_a_clause_none(said, inside, alone):
    assert (clause(said), sentence(said)) == (inside, alone)


@given(st.text(alphabet='ab .;?…'))
def test_no_sentence_ends_with_two_full_stops(text):
    told = sentence(text)
    assert not told.endswith(('..', ';.', ' .')) or told.endswith('...')
    assert sentence(told) == told
