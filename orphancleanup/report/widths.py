"""How much room a text takes on a terminal, and how to make it take less. Ids are never broken."""

import itertools
from collections.abc import Iterator

import wcwidth

ELLIPSIS = '...'
#: marks that take no room of their own: more of them than this for each column are cut like anything that is long
_MARKS = 4


def width(text: str) -> int:
    """Return the columns that a printable text takes: an East Asian character takes two, an accent none."""
    return len(text) if text.isascii() else max(0, wcwidth.wcswidth(text))


def padded(text: str, columns: int, to_the_right: bool = False) -> str:
    """Return a text with spaces up to so many columns."""
    spaces = ' ' * (columns - width(text))
    return spaces + text if to_the_right else text + spaces


def shortened(text: str, columns: int) -> str:
    """Return a text of so many columns at most: what is cut is its middle, because names differ at their ends."""
    if width(text) <= columns and len(text) <= _MARKS * columns:
        return text
    for room in range(max(1, columns - len(ELLIPSIS)), 0, -1):
        short = _beginning(text, (room + 1) // 2) + ELLIPSIS + _ending(text, room // 2)
        # A mark may take room after one character and none after another.
        if width(short) <= columns:
            break
    return short


def lines(text: str, columns: int) -> list[str]:
    """Return a text in lines of so many columns at most, broken between words.

    Only a word that is longer than a whole line is broken; an empty line stays one.
    """
    return list(itertools.chain.from_iterable(_filled(line, columns) for line in text.split('\n')))


def _filled(line: str, columns: int) -> Iterator[str]:
    filled = ''
    for word in itertools.chain.from_iterable(_pieces(word, columns) for word in line.split(' ') if word):
        if filled and width(f'{filled} {word}') > columns:
            yield filled
            filled = word
        else:
            filled = f'{filled} {word}' if filled else word
    yield filled


def _pieces(word: str, columns: int) -> Iterator[str]:
    while width(word) > columns:
        head = _beginning(word, columns)
        yield head
        word = word[len(head) :]
    yield word


def _beginning(text: str, columns: int) -> str:
    """Return as much of the beginning as fits; one character at least."""
    if text.isascii():
        return text[: max(1, columns)]
    for number in range(1, min(len(text), _MARKS * columns) + 1):
        if width(text[:number]) > columns:
            return text[: max(1, number - 1)]
    return text[: _MARKS * columns] or text[:1]


def _ending(text: str, columns: int) -> str:
    """Return as much of the end as fits, which may be nothing."""
    if text.isascii():
        return text[max(0, len(text) - columns) :]
    for number in range(1, min(len(text), _MARKS * columns) + 1):
        if width(text[-number:]) > columns:
            return text[len(text) - number + 1 :]
    return text[len(text) - min(len(text), _MARKS * columns) :]
