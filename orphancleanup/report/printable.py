"""Strangers' words, made harmless for a terminal."""

from collections.abc import Iterable
from typing import Any


def printable(text: str) -> str:
    """Return a text in which everything that a terminal would obey rather than show is written as an escape.

    That is: control characters (ESC, newline), marks that turn the direction of writing, invisible characters and
    separators other than a space.
    """
    if text.isprintable():
        return text
    return ''.join(
        character if character.isprintable() else character.encode('unicode_escape').decode()
        for character in text
    )


def cell(value: Any, separator: str = '\n') -> str | int | float:
    """Return what a table shows for a value: nothing for None.

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
