import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orphancleanup.report.printable import printable
from orphancleanup.report.widths import lines, padded, shortened, width

ID = '1608c2ed-4132-4ef6-b20b-21f952662f94'
texts = st.text().map(printable)


@pytest.mark.parametrize(
    ('text', 'columns'), [('', 0), ('abc', 3), ('名前', 4), ('e\u0301', 1), ('Größe', 5)]
)
def test_a_text_takes_the_columns_that_a_terminal_gives_it(text, columns):
    assert width(text) == columns
    assert width(padded(text, 10)) == width(padded(text, 10, to_the_right=True)) == 10


def test_a_long_name_loses_its_middle_because_names_differ_at_their_ends():
    assert shortened('tempest-TestStacks-stack-1851244613', 19) == 'tempest-...51244613'
    assert shortened('short', 19) == 'short'
    assert shortened('名' * 20, 11) == '名名...名名'


@example('\\x1f\ua87b\\U00018d09', 12)
@given(texts, st.integers(12, 120))
def test_no_name_is_wider_than_its_column(text, columns):
    assert width(shortened(text, columns)) <= columns


def test_a_name_of_nothing_but_marks_is_cut_too():
    assert len(shortened('a' + '\u0301' * 5000, 20)) <= 4 * 20


def test_lines_are_broken_between_words_and_never_in_an_id():
    assert lines(f'it goes with heat-stack:{ID} (web)', 50) == ['it goes with', f'heat-stack:{ID}', '(web)']
    assert lines('one\n\ntwo', 10) == ['one', '', 'two']
    assert lines('', 10) == ['']


@example('00\u1923', 2)
@given(texts, st.integers(2, 40))
def test_no_line_is_longer_than_asked_for_and_nothing_is_lost(text, columns):
    broken = lines(text, columns)
    assert all(width(line) <= columns for line in broken)
    assert ''.join(broken).replace(' ', '') == text.replace(' ', '')
