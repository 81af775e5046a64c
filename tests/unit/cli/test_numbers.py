import pytest

from orphancleanup.cli import numbers
from orphancleanup.errors import UsageError


@pytest.mark.parametrize(('text', 'number'), [('1', 1), ('1000', 1000), ('007', 7), ('999999999', 999999999)])
def test_a_limit_is_a_whole_number(text, number):
    assert numbers.positive(text) == number


@pytest.mark.parametrize('text', ['', '0', '-1', '+1', '1.0', '1e3', ' 1', '1_000', '٣', 'inf', '9' * 10])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(UsageError, match='not a whole number'):
        numbers.positive(text)


@pytest.mark.parametrize(
    ('text', 'number'), [('50', 50), ('0.5', 0.5), ('100', 100), ('99.999999', 99.999999)]
)
def test_a_share_is_a_percentage(text, number):
    assert numbers.percent(text) == number


@pytest.mark.parametrize(
    'text', ['', '0', '0.0', '-5', '100.1', '101', '50%', 'nan', 'inf', '1e1', '.5', '5.']
)
def test_what_is_no_percentage_is_refused(text):
    with pytest.raises(UsageError, match='not a percentage'):
        numbers.percent(text)
