"""Numbers that are typed, read strictly: what is not exactly a number raises no limit."""

import re

from orphancleanup.errors import UsageError

_WHOLE = re.compile('[0-9]{1,9}')
_COLUMNS = re.compile('-?[0-9]{1,6}')
_DECIMAL = re.compile(r'[0-9]{1,3}(\.[0-9]{1,6})?')


def positive(text: str) -> int:
    """Read a whole number of at least 1.

    :raises UsageError: when it is not one.
    """
    if not _WHOLE.fullmatch(text) or not int(text):
        raise UsageError(f'{text!r} is not a whole number from 1 to 999999999.')
    return int(text)


def percent(text: str) -> float:
    """Read a percentage: more than 0, at most 100, without a sign.

    :raises UsageError: when it is not one.
    """
    if not _DECIMAL.fullmatch(text) or not 0 < float(text) <= 100:
        raise UsageError(
            f'{text!r} is not a percentage: write a number above 0, at most 100, without a percent sign.'
        )
    return float(text)


def columns(text: str) -> int:
    """Read how many columns a table may have; 0 for as many as the terminal has.

    :raises UsageError: when it is no whole number.
    """
    if not _COLUMNS.fullmatch(text):
        raise UsageError(f'{text!r} is no number of columns (it may come from CLIFF_MAX_TERM_WIDTH).')
    return int(text)
