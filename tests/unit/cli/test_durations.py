import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.cli import durations
from orphancleanup.errors import UsageError

UNITS = {'w': 604800, 'd': 86400, 'h': 3600, 'm': 60, 's': 1}


@pytest.mark.parametrize(
    ('text', 'seconds'),
    [('90m', 5400), ('7d', 604800), ('1h30m', 5400), ('45s', 45), ('2w', 1209600), ('1w1d1h1m1s', 694861)],
)
def test_durations_are_numbers_with_units(text, seconds):
    assert durations.parse(text) == datetime.timedelta(seconds=seconds)


@given(st.lists(st.integers(0, 400), min_size=5, max_size=5).filter(any))
def test_parts_add_up(numbers):
    text = ''.join(f'{number}{unit}' for number, unit in zip(numbers, UNITS, strict=True) if number)
    expected = sum(number * size for number, size in zip(numbers, UNITS.values(), strict=True))
    assert durations.parse(text).total_seconds() == expected


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('', 'is not a duration'),
        ('90', 'is not a duration'),
        ('1.5h', 'is not a duration'),
        ('-1h', 'is not a duration'),
        ('1H', 'is not a duration'),
        ('1h 30m', 'is not a duration'),
        ('30m1h', 'is not a duration'),
        ('1h1h', 'is not a duration'),
        ('1h\n', 'is not a duration'),
        ('yesterday', 'is not a duration'),
        ('٣h', 'is not a duration'),
        ('0h', 'is zero'),
        ('0d0s', 'is zero'),
        ('11000w', 'is longer than ten years'),
        ('9' * 12 + 'w', 'is longer than ten years'),
        ('9' * 5000 + 's', 'is longer than ten years'),
    ],
)
def test_what_is_no_duration_is_refused(text, sentence):
    with pytest.raises(UsageError, match=sentence):
        durations.parse(text)


@given(st.text())
def test_any_text_is_a_positive_duration_or_refused(text):
    with contextlib.suppress(UsageError):
        assert durations.parse(text) > datetime.timedelta()
