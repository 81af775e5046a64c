import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.report.printable import cell, defused, printable


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('plain name', 'plain name'),
        ('Größe 名前', 'Größe 名前'),
        ('a\x1b[2Jb', r'a\x1b[2Jb'),
        ('a\nb\tc\r', r'a\nb\tc\r'),
        ('a\x9b31mb', r'a\x9b31mb'),
        ('a\u202eb\u200b', r'a\u202eb\u200b'),
        ('a\u2028b', r'a\u2028b'),
        ('\ud800', r'\ud800'),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_nothing_but_printable_characters_is_left(text):
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ('value', 'shown'),
    [(None, ''), (3, 3), (True, 'True'), ('a\n', r'a\n'), (('a', 'b\x1b'), 'a\nb\\x1b'), ([], '')],
)
def test_a_cell_is_a_number_or_printable_lines(value, shown):
    assert cell(value) == shown


@pytest.mark.parametrize('begin', ['=', '+', '-', '@', '\t', '\r', '\n', '  =', '\uff1d'])
def test_what_a_spreadsheet_would_calculate_is_quoted(begin):
    assert defused(f'{begin}HYPERLINK("http://evil")') == f'\'{begin}HYPERLINK("http://evil")'


@pytest.mark.parametrize('value', ['plain', 'a=b', '', -3, 1.5])
def test_what_it_would_not_is_left_as_it_is(value):
    assert defused(value) == value
