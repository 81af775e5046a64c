"""Tables for people: as wide as the terminal at most, ids whole, and what repeats is a heading."""

from collections.abc import Sequence
from dataclasses import dataclass

from orphancleanup.report.widths import lines, padded, shortened, width

#: the narrowest and the widest that a table is made for, unless a width is asked for
NARROWEST, WIDEST = 80, 120
#: names may be anything and of any length, so that they are shortened; everything else is wrapped
SHORTENED = 'Name'
_SHORTEST = 12
#: columns that no table does without
_NEVER_DROPPED = frozenset({'ID', 'Kind', 'Run'})
_NOBODY = 'none'

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and rows of printable cells.

    :param headings: columns that are told once for all rows that agree in them, above these rows: the first one (the
        project) begins a block, all others together a part of it.
    :param may_drop: whether columns may be left out when there is no room; else long words are broken, but not ids.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    headings: tuple[str, ...] = ()
    may_drop: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table as text.

    :param dropped: the columns that found no room.
    """

    lines: tuple[str, ...]
    dropped: tuple[str, ...] = ()


def draw(grid: Grid, limit: int | None) -> Drawn:
    """Return a table as text.

    :param limit: the columns of the terminal; None for as wide as it takes, with nothing shortened.
    """
    titles = [name for name in grid.headings if name in grid.columns]
    body = _without(grid, titles)
    kept, widths = _fitted(body, limit)
    dropped = tuple(name for name in body.columns if name not in kept.columns)
    blocks = _blocks(grid, titles)
    widths = _widened(widths, blocks, limit)
    rule = '+' + '+'.join('-' * (each + 2) for each in widths) + '+'
    text = [rule, *_row(kept, kept.columns, widths), rule]
    for title, parts in blocks:
        text += _heading(title, len(rule), 0)
        for subtitle, numbers in parts:
            text += _heading(subtitle, len(rule), 2)
            for number in numbers:
                text += _row(kept, kept.rows[number], widths)
        text.append(rule)
    return Drawn(tuple(text), dropped)


def _without(grid: Grid, names: Sequence[str]) -> Grid:
    places = [place for place, name in enumerate(grid.columns) if name not in names]
    return Grid(
        tuple(grid.columns[place] for place in places),
        tuple(tuple(row[place] for place in places) for row in grid.rows),
        may_drop=grid.may_drop,
    )


Part = tuple[str, list[int]]
Block = tuple[str, list[Part]]


def _blocks(grid: Grid, titles: Sequence[str]) -> list[Block]:
    """Return the numbers of the rows below their headings, in the order in which these first come."""
    places = [grid.columns.index(name) for name in titles]
    found: dict[str, dict[str, list[int]]] = {}
    for number, row in enumerate(grid.rows):
        title, *others = [str(row[place]) for place in places] or ['']
        if titles:
            title = f'{titles[0]}: {title or _NOBODY}'
        parts = found.setdefault(title, {})
        parts.setdefault(': '.join(filter(None, others)), []).append(number)
    return [(title, list(parts.items())) for title, parts in found.items()]


def _heading(title: str, total: int, indent: int) -> list[str]:
    """Return the lines of a heading; lines after its first are indented a little more."""
    room = total - 4 - indent
    told: list[str] = []
    for line in lines(title, room - 2) if title else []:
        told.append(' ' * (indent + (2 if told else 0)) + line)
    return [f'| {padded(line, total - 4)} |' for line in told]


def _fitted(grid: Grid, limit: int | None) -> tuple[Grid, list[int]]:
    """Return the columns that find room, and their widths."""
    natural = [_natural(grid, place) for place in range(len(grid.columns))]
    if limit is None:
        return grid, natural
    least = [_least(grid, place, each) for place, each in enumerate(natural)]
    if _total(least) > limit and grid.may_drop and (name := _droppable(grid)):
        return _fitted(_without(grid, [name]), limit)
    least = _pressed(grid, least, limit)
    widths = list(natural)
    while _total(widths) > limit and widths != least:
        widest = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
        widths[widest] -= 1
    return grid, widths


def _droppable(grid: Grid) -> str | None:
    return next((name for name in reversed(grid.columns[1:]) if name not in _NEVER_DROPPED), None)


def _pressed(grid: Grid, least: list[int], limit: int) -> list[int]:
    """Return the least widths with the widest one made to fit, unless it is that of ids."""
    places = [place for place, name in enumerate(grid.columns) if name not in _NEVER_DROPPED]
    if not places or _total(least) <= limit:
        return least
    widest = max(places, key=lambda place: least[place])
    room = max(min(least[widest], _SHORTEST), least[widest] - (_total(least) - limit))
    return [room if place == widest else each for place, each in enumerate(least)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + 3 * len(widths) + 1


def _cells(grid: Grid, place: int) -> list[str]:
    return [grid.columns[place], *(str(row[place]) for row in grid.rows)]


def _natural(grid: Grid, place: int) -> int:
    return max(width(line) for cell in _cells(grid, place) for line in cell.split('\n'))


def _least(grid: Grid, place: int, natural: int) -> int:
    """Return the width below which a column is of no use: that of its longest word, which may be an id."""
    if grid.columns[place] == SHORTENED:
        return min(natural, _SHORTEST)
    return max(width(word) for cell in _cells(grid, place) for word in cell.split() or [''])


def _widened(widths: list[int], blocks: Sequence[Block], limit: int | None) -> list[int]:
    """Return the widths with room for the headings, as far as there is any."""
    told = [4 + width(title) for title, _ in blocks]
    told += [6 + width(line) for _, parts in blocks for title, _ in parts for line in title.split('\n')]
    wanted = min(max(told, default=0) + 2, limit or WIDEST)
    return [*widths[:-1], widths[-1] + max(0, wanted - _total(widths))]


def _row(grid: Grid, row: Sequence[Cell], widths: Sequence[int]) -> list[str]:
    """Return the lines of one row: numbers to the right, the rest wrapped, names shortened."""
    cells = []
    for name, value, room in zip(grid.columns, row, widths, strict=True):
        text = str(value)
        cells.append([shortened(text, room)] if name == SHORTENED else lines(text, room))
    height = max(len(cell) for cell in cells)
    told = []
    for number in range(height):
        shown = (cell[number] if number < len(cell) else '' for cell in cells)
        is_number = [not isinstance(value, str) for value in row]
        padding = zip(shown, widths, is_number, strict=True)
        told.append('| ' + ' | '.join(padded(*each) for each in padding) + ' |')
    return told
