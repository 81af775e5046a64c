import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.report.grids import NARROWEST, Grid, draw
from orphancleanup.report.printable import printable
from orphancleanup.report.widths import width

ID = '1608c2ed-4132-4ef6-b20b-21f952662f94'
OTHER = 'cc32ba7d-fcf6-4f37-a2bf-693c8aef73f6'
COLUMNS = ('Kind', 'ID', 'Name', 'Project', 'Decision', 'Why')
HEADINGS = ('Project', 'Decision', 'Why')
WHY = f'it goes with heat-stack:{OTHER} (web)'
ROWS = (
    ('cinder-volume', ID, 'one', 'alpha', 'remove', 'it is new'),
    (
        'cinder-group-snapshot',
        OTHER,
        'tempest-GroupSnapshotsTest-group-snapshot-2545897947',
        'beta',
        'remove',
        WHY,
    ),
    ('cinder-volume', OTHER, 'two', 'alpha', 'remove', 'it is new'),
)


def test_what_rows_agree_in_is_a_heading_above_them():
    assert draw(Grid(COLUMNS, (ROWS[0], ROWS[2]), HEADINGS), 120).lines == (
        '+---------------+--------------------------------------+------+',
        '| Kind          | ID                                   | Name |',
        '+---------------+--------------------------------------+------+',
        '| Project: alpha                                              |',
        '|   remove: it is new                                         |',
        f'| cinder-volume | {ID} | one  |',
        f'| cinder-volume | {OTHER} | two  |',
        '+---------------+--------------------------------------+------+',
    )


@pytest.mark.parametrize('limit', [80, 100, 120])
def test_a_table_fits_and_ids_stay_whole(limit):
    drawn = draw(Grid(COLUMNS, ROWS, HEADINGS), limit)
    assert {width(line) for line in drawn.lines} == {width(drawn.lines[0])}
    assert width(drawn.lines[0]) <= limit
    assert sum(f'| {OTHER} |' in line for line in drawn.lines) == 2
    assert any(f'heat-stack:{OTHER}' in line for line in drawn.lines)


def test_a_name_is_shortened_before_anything_else():
    drawn = draw(Grid(COLUMNS, ROWS, HEADINGS), 80)
    assert any('cinder-group-snapshot' in line and '...' in line for line in drawn.lines)
    assert drawn.dropped == ()


def test_columns_go_before_ids_do():
    long_id = 'a' * 64
    drawn = draw(Grid(('Kind', 'ID', 'Name'), (('thing', long_id, 'name of a thing'),)), NARROWEST)
    assert drawn.dropped == ('Name',)
    assert any(long_id in line for line in drawn.lines)
    wide = draw(Grid(('Kind', 'ID', 'Name'), (('thing', 'a' * 200, 'name'),)), NARROWEST)
    assert any('a' * 200 in line for line in wide.lines)


def test_what_was_asked_for_is_not_left_out_and_only_a_word_beyond_the_room_is_broken():
    drawn = draw(Grid(('Field', 'Value'), (('name', 'x' * 300), ('id', ID)), may_drop=False), 80)
    assert drawn.dropped == ()
    assert {width(line) for line in drawn.lines} == {80}
    assert any(ID in line for line in drawn.lines)
    assert ''.join(drawn.lines).count('x') == 300


def test_without_a_limit_nothing_is_shortened_or_left_out():
    drawn = draw(Grid(COLUMNS, ROWS), None)
    assert drawn.dropped == ()
    assert any(all(cell in line for cell in ROWS[1]) for line in drawn.lines)


def test_numbers_are_to_the_right_and_lines_of_a_cell_below_each_other():
    drawn = draw(Grid(('Kind', 'Resources', 'Steps'), (('box', 7, 'a\nb'),)), 120)
    assert drawn.lines[3:5] == ('| box  |         7 | a     |', '|      |           | b     |')


def test_what_belongs_to_no_project_says_so():
    drawn = draw(Grid(COLUMNS, (('a', 'b', 'c', '', 'keep', ''),), HEADINGS), 80)
    assert any('Project: none' in line for line in drawn.lines)


names = st.text(max_size=300).map(printable)


@given(st.lists(st.tuples(names, names, names), min_size=1, max_size=4), st.sampled_from([80, 100, 120]))
def test_whatever_things_are_called_every_line_is_as_wide_as_the_table_and_the_table_fits(strangers, limit):
    rows = tuple(('cinder-volume', ID, name, project, 'remove', why) for name, project, why in strangers)
    drawn = draw(Grid(COLUMNS, rows, HEADINGS), limit)
    assert {width(line) for line in drawn.lines} == {width(drawn.lines[0])}
    assert width(drawn.lines[0]) <= limit
    assert sum(ID in line for line in drawn.lines) >= len(rows)
