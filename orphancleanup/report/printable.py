"""Strangers' words, made harmless for a terminal."""

import itertools
import textwrap
from collections.abc import Iterable
from typing import Any


def printable(text: str) -> str:
    """Answer a text in which everything that a terminal would obey rather than show is written as an escape.

    That is: control characters (ESC, newline), marks that turn the direction of writing, invisible characters and
    separators other than a space.
    """
    if text.isprintable():
        return text
    return ''.join(
        character if character.isprintable() else character.encode('unicode_escape').decode()
        for character in text
    )


#: characters after which a long sentence goes on in the next line of its cell
LINE = 60


def wrapped(text: str) -> str:
    """Answer a cell with its long lines broken between words, so that one sentence does not make a table wide."""
    lines = (
        textwrap.wrap(line, LINE, break_on_hyphens=False, break_long_words=False) or [line]
        for line in text.split('\n')
    )
    return '\n'.join(itertools.chain.from_iterable(lines))


def cell(value: Any, separator: str = '\n') -> str | int | float:
    """Answer what a table shows for a value: nothing for None.

    :param separator: what goes between the elements of a list.
    """
    if value is None:
        return ''
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Iterable) and not isinstance(value, str):
        return separator.join(str(cell(each, separator)) for each in value)
    return printable(str(value))


#: beginnings that a spreadsheet takes for a formula (OWASP, "CSV Injection"; the wide ones as Excel does in East Asia)
_FORMULA = ('=', '+', '-', '@', '\t', '\r', '\n', '\uff1d', '\uff0b', '\uff0d', '\uff20')


def defused(value: str | int | float) -> str | int | float:
    """Return a cell of a CSV file that no spreadsheet takes for a formula: a quote goes before what looks like one."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(' ').startswith(_FORMULA) else value
